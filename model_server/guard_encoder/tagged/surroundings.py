"""Real sentences without personal data, to stand around what the templates say and to be left alone by themselves.

A text is dropped when anything in it might be a name, a place, a firm or a date: what is left is tagged "O" for sure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from model_server.guard_encoder.tagged.vocabulary import Vocabulary

LONGEST = 400
"""Characters of a sentence."""
ORDINARY = 25
"""So many texts with a word make it an ordinary one, whatever else it may be (may, will, so, long)."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_TIME = re.compile(
    r"\d|@|http|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|april|june|july|august|september"
    r"|october|november|december|christmas|easter|years?|months?|weeks?|noon|midnight|o'clock)\b", re.IGNORECASE)
_FIRMS = frozenset(("chase", "visa", "amex", "discover", "mastercard", "paypal", "venmo", "uber", "lyft", "google",
                    "apple", "amazon", "netflix", "spotify", "facebook", "twitter", "instagram", "youtube", "walmart",
                    "target", "costco", "starbucks", "delta", "united", "american", "english", "citi", "usaa",
                    "obama", "trump", "wells", "fargo", "kanye", "beyonce", "drake", "rihanna", "siri", "alexa",
                    "cortana", "america", "york"))
"""Firms and people whose names are ordinary words there, or that no list has."""
_CAPITALS = frozenset({"I", "ATM", "PIN", "OK", "ID", "TV", "IP", "API", "GPS", "URL", "HTML", "SQL", "PDF", "CV",
                       "FAQ", "SMS", "SIM", "Wi-Fi", "CPU", "JSON", "XML", "HTTP", "CSV", "UTF", "ASCII", "Mr", "LOL"})


def without_names(texts: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Those of ``texts`` that hold no word of ``vocabulary``, no capital inside a sentence, no digit and no day."""
    kept = [each.strip() for each in texts if 8 < len(each.strip()) <= LONGEST and not _TIME.search(each)]
    seen = Counter(word for each in kept for word in {match[0] for match in _WORD.finditer(each) if match[0].islower()})
    named = frozenset(word for word in _names(vocabulary) if seen[word] < ORDINARY)
    return tuple(dict.fromkeys(each for each in kept if not _suspicious(each, named)))


def _names(vocabulary: Vocabulary) -> Iterable[str]:
    lists = [vocabulary.lists[kind] for kind in ("city", "country", "region", "place", "real", "nrp", "town", "village")
             if kind in vocabulary.lists]
    for values in (*lists, *vocabulary.given.values(), *vocabulary.family.values()):
        for value in values:
            yield from (match[0].lower() for match in _WORD.finditer(value) if len(match[0]) > 2)


def _suspicious(text: str, named: frozenset[str]) -> bool:
    """Whether a word is a name, or has a capital where no sentence starts."""
    for match in _WORD.finditer(text):
        word = match[0]
        if word.lower() in named or word.lower().removesuffix("'s") in _FIRMS:
            return True
        before = text[: match.start()].rstrip("\"'(“‘ ")
        starts = not before or before[-1] in ".!?:\n"
        if not starts and word[0].isupper() and word.partition("'")[0].partition("’")[0] not in _CAPITALS:
            return True
    return False
