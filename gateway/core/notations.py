"""Tells whether a place in a text lies inside words in another notation, for all that stands before it.

A letter takes two to nine characters in base64, escapes, binary, Morse, a spelling alphabet or when letters are set
apart, so a window of a fixed length would hold a few words of what somebody reads, and end in the midst of one.
Where one has to end all the same, it ends at a place up to which what stands before can be read.
"""

from __future__ import annotations

import re

from gateway.core.alphabets import SPELT

TAIL = 64
"""Characters before a place that are looked at."""
_PLAIN = re.compile(r"(?:\A|\s)[A-Za-z]?[a-z]{1,14}[,;:]? [a-z]{2,14}[ .,;:!?]")
"""Two words as they are usually written."""
_SOLID = re.compile(r"[A-Za-z0-9+/_=-]{40,}[.,]?\Z")
_APART = re.compile(r"(?:(?<![A-Za-z0-9])[A-Za-z0-9][^A-Za-z0-9]{1,16}){7,}[A-Za-z0-9]?\Z")
_LETTERS = re.compile(r"(?:[A-Za-z]\r?\n[ \r\n]{0,3})+")
"""A letter a line, from the start on."""
_SIGNS = re.compile(r"\s*[.-]{1,6}(?:[ /|]{1,3}[.-]{1,6})*[ /|]{1,3}")
"""Letters of Morse, from the start on: the dot that ends one ends no sentence."""
_CODES = re.compile(r"[0-9A-Fa-fxXuU\\&#;%={}+ ,:\r\n-]{40}\Z")
_CODES_SIGNS, _CODES_LEAST = frozenset("0123456789&#%=\\"), 12
_MORSE = re.compile(r"[./| \n-]{40}\Z")
_NAMES = "|".join(sorted(SPELT.split(), reverse=True))
_SPELLING = re.compile(rf"(?i)(?:\b(?:{_NAMES})[ ,\n/-]{{1,3}}){{4,}}\w*\Z")
_SWALLOWED = re.compile(
    "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_UNITS = re.compile(r"[A-Za-z0-9+/_-]{16,}\Z")
UNIT = 8
"""Signs that stand for whole bytes in base64 (4), base32 (8) and hex (2) alike."""
_BEGUN = re.compile(
    r"(?:&#?[A-Za-z0-9]{0,7}|\\(?:u[0-9A-Fa-f]{0,3}|u\{[0-9A-Fa-f]{0,6}|x[0-9A-Fa-f]?|[0-7]{0,2})|[%=][0-9A-Fa-f]?)\Z"
)
"""An escape that may go on."""
MIXED = 4
"""Of a run's small letters, capitals and figures: characters of the second most frequent kind, or it may be a word."""
VEILED = 0.3
"""Share of characters that show as nothing from which the others are fewer than they seem."""


def inside(text: str, start: int, place: int) -> bool:
    """Whether ``text[start:place]`` ends in a notation; it may, but need not, go on behind ``place``."""
    tail = text[max(start, place - TAIL) : place]
    if not tail.isascii() and len(_SWALLOWED.findall(tail)) >= VEILED * len(tail):
        return True
    if place - start <= len(tail) and (_LETTERS.fullmatch(tail) is not None or _SIGNS.fullmatch(tail) is not None):
        return True
    if _PLAIN.search(tail) is not None:
        return _SPELLING.search(tail) is not None
    return _is_solid(tail.replace("\n", "").replace("\r", "")) or _is_apart(tail)


def apart(text: str, start: int, limit: int) -> int:
    """The last place up to ``limit`` at which ``text[start:]`` is best cut, where no space shows one.

    Not inside an escape, nor inside a group of signs that stands for whole bytes: those are counted from the line's or
    the run's beginning, or from ``start`` where a cut like this was made.
    """
    line = text.rfind("\n", (start + limit) // 2, limit)
    if line >= 0:
        return line + 1
    begun = _BEGUN.search(text, limit - TAIL // 4, limit)
    if begun is not None:
        return begun.start()
    units = _UNITS.search(text, start, limit)
    return limit - len(units.group()) % UNIT if units is not None else limit


def broken(text: str, start: int, place: int) -> bool:
    """Whether ``text[start:place]`` may end in the midst of what is in a notation, where nothing shows an end."""
    units = _UNITS.search(text, start, place)
    return units is not None and len({(char.isdigit(), char.isupper()) for char in units.group()}) > 1


def _is_solid(tail: str) -> bool:
    """Base64, base32, hex: a long run of letters and figures, or of small letters and capitals, mixed."""
    found = _SOLID.search(tail)
    if found is None:
        return False
    run = found.group()
    kinds = sorted((sum(map(str.isupper, run)), sum(map(str.islower, run)), sum(map(str.isdigit, run))))
    return kinds[1] >= MIXED


def _is_apart(tail: str) -> bool:
    """Letters, their codes or their names, one after the other."""
    if _APART.search(tail) is not None or _SPELLING.search(tail) is not None:
        return True
    if _CODES.search(tail) is not None:
        return sum(char in _CODES_SIGNS for char in tail[-40:]) >= _CODES_LEAST
    return _MORSE.search(tail) is not None and "." in tail and "-" in tail
