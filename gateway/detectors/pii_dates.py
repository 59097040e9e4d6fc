"""Dates and times of day by their notation: whether one is a date of birth is left to the encoder."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MONTH = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
          r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)")
_DAY = r"(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?"
_FULL_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
_CLOCK = r"(?:[01]?\d|2[0-4])(?::[0-5]\d){1,2}(?:[.,]\d{1,6})?(?:\s?[ap]\.?m\b\.?)?(?:Z|\s?[+-]\d\d:?\d\d)?"
_HOUR = r"(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?|(?:1[0-2]|[1-9]) o['’]clock|(?:[01]?\d|2[0-3])h[0-5]\d"
_NUMERIC = (rf"{_YEAR}([-/.])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12]\d|0?[1-9])"
            r"|(?:3[01]|[12]\d|0?[1-9])([-/.])(?:3[01]|[12]\d|0?[1-9])\2(?:1[89]|20)\d\d"
            r"|(?:3[01]|[12]\d|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])/\d\d"
            r"|(?:3[01]|[12]\d|0[1-9])([-.])(?:1[0-2]|0[1-9])\3\d\d")
_WORDS = (rf"{_ORDINAL}(?:\sof)?[\s/-]{_MONTH}\b\.?(?:[\s,/-]{{1,2}}{_YEAR})?"
          rf"|{_MONTH}\b\.?[\s-]{_ORDINAL}\b(?:,?\s{_YEAR})?|{_MONTH}\b\.?\s{_YEAR}")
_SHAPE = re.compile(
    rf"(?:\b{_DAY},?\s)?\b(?:{_NUMERIC}|{_WORDS})(?:[T\s:]{_CLOCK})?"
    rf"|\b(?:{_CLOCK}|{_HOUR}|{_FULL_DAY}\b)", re.IGNORECASE)
_GLUED = re.compile(r"[\w.:/+-]")


def shapes(text: str) -> Iterator[tuple[int, int]]:
    """Where dates and times stand, ``[start, end)``; a number that goes on (an IP address, a version) is none."""
    for match in _SHAPE.finditer(text):
        start, end = match.span()
        while text[end - 1] in ".,":
            end -= 1
        after = text[end : end + 2]
        if _GLUED.match(text[max(0, start - 1) : start]) or after[:1].isalnum() or re.match(r"[.:/-]\d", after):
            continue
        yield start, end
