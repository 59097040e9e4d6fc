"""Varies the wording of questions, because the diversity of wordings, not compute, limits what a small model learns.

Every function draws from the generator it is given, so a seed fixes the whole training set.
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

SYNONYMS = Path(__file__).parent / "data" / "synonyms.txt"
CONTRACTIONS = (
    ("what is", "what's"), ("who is", "who's"), ("where is", "where's"), ("when is", "when's"), ("how is", "how's"),
    ("i am", "i'm"), ("do not", "don't"), ("does not", "doesn't"), ("cannot", "can't"), ("i would", "i'd"),
    ("going to", "gonna"), ("want to", "wanna"), ("you", "u"), ("are", "r"), ("please", "pls"), ("because", "cause"),
)  # fmt: skip
STOP_WORDS = frozenset(
    re.findall(
        r"\w[\w']*",
        "a an the of to in on at by for from with is are was be been do does did can may could would should will i we "
        "you my our your one's me us it that this there any some all have has had if or and so as",
    )
)
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


@cache
def synonym_table(path: Path = SYNONYMS) -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """A pattern that finds any listed phrase (longest first), and each phrase's alternatives."""
    table: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            group = [phrase.strip() for phrase in line.split(",")]
            for phrase in group:
                known = table.get(phrase.lower(), ())
                table[phrase.lower()] = known + tuple(other for other in group if other != phrase)
    phrases = "|".join(re.escape(phrase) for phrase in sorted(table, key=len, reverse=True))
    return re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE), table


def swap_synonyms(text: str, rng: random.Random, rate: float) -> str:
    """Replaces each listed phrase with one of its group, with probability `rate` each."""
    pattern, table = synonym_table()

    def swap(match: re.Match[str]) -> str:
        if rng.random() >= rate:
            return match.group()
        other = rng.choice(table[match.group().lower()])
        return other[:1].upper() + other[1:] if match.start() == 0 else other

    return pattern.sub(swap, text)


def contract(text: str, rng: random.Random) -> str:
    """Shortens phrases as people type them."""
    for full, short in CONTRACTIONS:
        if rng.random() < 0.5:
            text = re.sub(rf"\b{full}\b", short, text, flags=re.IGNORECASE)
    return text


def _matters(word: str, first: bool) -> bool:
    """Names, figures and single letters tell facts apart: noise that hits them would make the label wrong."""
    return not word.isalpha() or len(word) == 1 or (word[0].isupper() and not first) or word.isupper()


def drop_words(text: str, rng: random.Random, small: float, large: float) -> str:
    """Leaves out stop words with probability `small` and other words with probability `large`, never all of them."""
    words = text.split(" ")
    kept = []
    for at, word in enumerate(words):
        bare = word.strip("?,.!:;'\"").lower()
        rate = small if bare in STOP_WORDS else large
        if _matters(word.strip("?,.!:;"), at == 0) or rng.random() >= rate:
            kept.append(word)
    return " ".join(kept) if len(kept) >= 2 else text


def misspell(text: str, rng: random.Random, rate: float) -> str:
    """Typing slips inside words of five letters or more: a letter doubled, lost, swapped or its neighbour hit."""

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < 5 or rng.random() >= rate or _matters(word, match.start() == 0):
            return word
        at = rng.randrange(1, len(word) - 2)
        kind = rng.randrange(4)
        if kind == 0:
            return word[:at] + word[at] + word[at:]
        if kind == 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + rng.choice(NEIGHBOURS.get(word[at].lower(), "e")) + word[at + 1 :]

    return WORD.sub(slip, text)


def shuffle_words(text: str, rng: random.Random) -> str:
    """Swaps neighbouring words here and there, so that word order matters less than the words."""
    words = text.rstrip("?").split(" ")
    for at in range(len(words) - 1):
        if rng.random() < 0.25:
            words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def recase(text: str, rng: random.Random) -> str:
    """Small letters, capitals, or a capital less at the start."""
    kind = rng.random()
    if kind < 0.75:
        return text.lower()
    if kind < 0.85:
        return text.upper()
    return text[:1].lower() + text[1:]


def repunctuate(text: str, rng: random.Random) -> str:
    """Drops or doubles the final mark, or all marks but those inside words."""
    kind = rng.random()
    if kind < 0.6:
        return text.rstrip("?.! ")
    if kind < 0.8:
        return text.rstrip("?.! ") + rng.choice(("??", "?!", " ?", "...", ".", "!"))
    return re.sub(r"[?,.!:;](?=\s|$)", "", text)


def vary(text: str, rng: random.Random, strength: float = 1.0) -> str:
    """One noisy version of a question; `strength` 0 leaves it alone, 1 is training's default."""
    if rng.random() < 0.5 * strength:
        text = swap_synonyms(text, rng, rng.uniform(0.15, 0.7))
    if rng.random() < 0.2 * strength:
        text = contract(text, rng)
    if rng.random() < 0.3 * strength:
        text = drop_words(text, rng, rng.uniform(0.1, 0.7), rng.uniform(0.0, 0.15))
    if rng.random() < 0.06 * strength:
        text = shuffle_words(text, rng)
    if rng.random() < 0.2 * strength:
        text = misspell(text, rng, rng.uniform(0.1, 0.4))
    if rng.random() < 0.3 * strength:
        text = repunctuate(text, rng)
    if rng.random() < 0.3 * strength:
        text = recase(text, rng)
    return text
