"""What the spelling of words says that the encoder cannot see or need not learn: capitals, titles, words that join."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

EDGES = " \t\n.,;:!?\"'“”‘’()[]{}<>-–/|*_"
"""Marks that stand around a name and not in it."""
FUNCTION = frozenset({
    "a", "about", "after", "again", "all", "also", "am", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "being", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "done", "during", "each",
    "either", "else", "ever", "every", "for", "from", "get", "got", "had", "has", "have", "having", "he", "her",
    "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself", "just", "let",
    "like", "me", "mine", "more", "most", "much", "my", "myself", "neither", "no", "nor", "not", "of", "off", "on",
    "once", "only", "or", "other", "our", "ours", "out", "over", "own", "please", "same", "she", "should", "so",
    "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "through", "to", "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when", "where",
    "which", "while", "who", "whom", "whose", "why", "with", "within", "without", "would", "yes", "you", "your",
    "yours", "i'm", "i've", "i'd", "i'll", "it's", "don't", "that's", "what's", "where's", "who's", "there's",
    "isn't", "you're", "we're", "they're", "he's", "she's", "can't", "won't", "didn't", "doesn't", "wasn't",
    "couldn't"})
"""Words that are no part of a name, however it is written."""
CONNECTORS = frozenset({"of", "the", "and", "for", "in", "on", "at", "by"})
"""Those that may stand inside the names of firms and places."""
PARTICLES = frozenset({
    "de", "del", "della", "di", "da", "das", "do", "dos", "du", "des", "la", "le", "el", "al", "van", "von", "vom",
    "zu", "der", "den", "ter", "ten", "bin", "ibn", "ben", "bint", "abu", "af", "av", "y", "e", "i", "st", "ap",
    "mac", "o"})
"""Words of persons' names in small letters."""
BRIDGED = {
    "PERSON": frozenset({
        "de", "de la", "de los", "del", "della", "di", "da", "das", "dos", "do", "du", "des", "van", "van der",
        "van den", "van de", "von", "von der", "zu", "bin", "ibn", "bint", "al", "el", "le", "la"}),
    "LOCATION": frozenset({"of", "of the", "de", "de la", "del", "di", "do", "du", "des", "upon", "am", "an der"}),
    "ADDRESS": frozenset({"of", "of the", "and", "and the", "&"}),
    "ORGANIZATION": frozenset({"of", "of the", "for", "for the", "de", "de la", "del", "di", "do", "du", "des", "der"}),
}
"""What may stand between two parts of a name."""
HYPHENED = frozenset({
    "on-the", "in-the", "sur", "sous", "on", "le", "la", "les", "lès", "en", "upon", "under", "am", "de"})
"""The same between hyphens, in towns' names."""
BRIDGES = frozenset(one for names in (*BRIDGED.values(), HYPHENED) for each in names for one in re.split("[ -]", each))
TITLES = frozenset({
    "mr", "mrs", "ms", "mx", "miss", "dr", "prof", "professor", "doctor", "sir", "madam", "madame", "mme", "mlle",
    "monsieur", "herr", "hr", "frau", "fräulein", "rev", "reverend", "capt", "sgt", "señor", "señora", "señorita",
    "sra", "srta", "sig", "signor", "signora", "dott", "dhr", "mevr", "mevrouw"})
"""Titles wherever a person follows."""
RANKS = frozenset({
    "mister", "fr", "father", "judge", "justice", "captain", "sergeant", "lt", "col", "gen", "sr", "don", "doña",
    "lady", "lord", "dame", "pan", "pani", "sheikh", "imam", "rabbi", "mag", "ing", "dipl", "med", "hon", "cllr",
    "sen", "gov", "pres"})
"""Words that may be titles."""
_CAPITALISED = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-ÞĀČĎĐĒĚĢĪĶĹĽŁŃŇŐŒŘŚŠŤŪŮŰŹŻŽ][\w'’.-]*|\S*\d\S*")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TITLE_CASE = 0.2
"""A text with a smaller share of words in small letters is a heading: its capitals say nothing."""
SMALL, SMALL_AT_ALL, CAPITAL = -3.0, -1.5, 1.0
"""What is added to the log-odds of a name's tag: for a word in small letters where others inside sentences have
capitals, where only sentences begin with them, and for a capital inside a sentence."""
NAMES = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "NRP", "TITLE"})
"""Tags of what has capitals."""


class Word(NamedTuple):
    """Characters ``[start, end)`` of the window and the shares of the tags (T,), of all its tokens."""

    start: int
    end: int
    shares: Any


def without_names(text: str) -> str:
    """``text`` without numbers and without words that have capitals (Latin ones), as far as small letters stand beside
    them: a street says nothing of the language that it is mentioned in."""
    return text if text == text.upper() else _CAPITALISED.sub(" ", text)


def weighed(words: Sequence[Word], text: str, tags: Sequence[str]) -> list[Word]:
    """``words`` with their shares of names raised or lowered by their capitals: the encoder's input has none."""
    import numpy as np

    found = _capitals(text)
    if not found:
        return list(words)
    out = []
    for word in words:
        likeliest = int(word.shares[1:].argmax()) + 1
        by = found.get(word.start, 0.0) if tags[likeliest] in NAMES else 0.0
        if by:
            none = float(word.shares[0])
            less = none / (none + (1.0 - none) * np.exp(by))
            shares = word.shares * ((1.0 - less) / max(1e-9, 1.0 - none))
            shares[0] = less
            word = Word(word.start, word.end, shares)
        out.append(word)
    return out


def _capitals(text: str) -> dict[int, float]:
    """By where a word starts, what its first letter says; nothing where all letters are of one size."""
    words = list(_LETTERS.finditer(text))
    small = [each for each in words if each[0][0].islower()]
    capital = [each for each in words if each[0][0].isupper() and re.split("['’]", each[0])[0] != "I"]
    if not small or not capital or (len(words) > 3 and len(small) < _TITLE_CASE * len(words)):
        return {}
    inside = [each for each in capital if not begins(text, each.start())]
    out = dict.fromkeys([each.start() for each in inside], CAPITAL)
    out |= dict.fromkeys([each.start() for each in small], SMALL if inside else SMALL_AT_ALL)
    return out


def begins(text: str, start: int) -> bool:
    """Whether a sentence or a line begins at ``start``."""
    before = text[:start].rstrip(" \t\"'“‘(*-–•>#|")
    return not before or before[-1] in ".!?:;\n"


def joins(text: str, start: int, end: int) -> bool:
    """Whether the word only joins others, and is not written like a name."""
    word = text[start:end].lower().replace("’", "'")
    return word in FUNCTION and (word == "i" or text[start].islower() or begins(text, start) or not _mixed(text))


def _mixed(text: str) -> bool:
    return text != text.upper()
