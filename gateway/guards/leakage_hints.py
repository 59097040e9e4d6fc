"""Protected figures told in a roundabout way: in a short code, by the month or the week, by their first digits.

Each is found by a pattern of its own and read back to what the ``leakage`` guard looks up. A code that reads back to
a figure is that figure; a share of it, or its first digits, say something only where the words around name its subject.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from gateway.core.pattern import pattern
from gateway.core.text import canonical
from gateway.core.types import Context
from gateway.guards.leakage_documents import Secret
from gateway.guards.leakage_forms import Form, scaled
from gateway.guards.leakage_numbers import NUMBER_WORDS, english, read_digits, tokens

_SIXTH = ("[MNOLI]", "[DTjzCSiy]", "[AEIMQUYcgkw40]", "[wxyz0-5sug]")
"""What the four characters of base64 may be when all three bytes are digits, commas, points or spaces."""
_ALL = "".join(_SIXTH)
BASE64_FIGURE = pattern(
    rf"\b(?:R0JQ|VVNE|RVVS|4oKs|wqM[w-z0-5]|J{''.join(_SIXTH[1:])})?(?:{_ALL}){{1,4}}"
    rf"(?:{_SIXTH[0]}(?:[AQgw]\b(?:==)?|{_SIXTH[1]}{_SIXTH[2]}\b=?)|\b)"
)
"""Digits in base64 with at most a currency before them: longer texts are ``decode.BASE64``'s."""
_PAIR = r"(?:0x)?(?:3\d|2[0ce4]|c2[ :-]?a3)"
HEX_FIGURE = pattern(
    rf"\b(?:(?:{_PAIR}[ ,:;-]{{0,2}}){{3,15}}{_PAIR}|0(?:x[0-9a-f]{{3,8}}|b[01]{{10,32}}|o[0-7]{{4,11}}))\b",
    ignore_case=True,
)
"""The codes of digits in pairs, and numbers to the base 16, 2 and 8."""

_WORD = f"(?:{'|'.join(NUMBER_WORDS)})"
_WORDS = rf"{_WORD}(?:[ ,-]{{0,2}}(?:and[ -])?{_WORD}){{0,8}}"
_AMOUNT = r"(?:\d{1,3}(?: \d{3}){1,2}|\d[\d,.']{0,12})(?: ?k)?"
_SPAN = r"(?:month|monat|mois|mes|week|woche|semaine|semana|fortnight|quarter)"
_EVERY = (
    rf"(?: ?/ ?{_SPAN}|[ -](?:(?:a|an|per|each|every|pro|par|al) (?:calendar )?{_SPAN}|monthly|weekly|fortnightly"
    r"|quarterly|pcm))\b"
)
PERIOD = pattern(
    rf"\b(?:{_AMOUNT}|{_WORDS})(?:[ -]?(?:pounds|gbp|quid|euros|eur|dollars))?(?: (?:gross|net|or so))?,?{_EVERY}",
    ignore_case=True,
    trigger=rf"(?:\d[,.']{{0,12}}(?: ?k)?|{_WORD}|pounds|gbp|quid|euros|eur|dollars|gross|net|or so),?{_EVERY}",
)
"""An amount and the part of a year that it is for."""
_OPENING = (
    r"(?:(?:start|begin)(?:s|ning|ing)? (?:with|in|by|at|from)"
    r"|(?:first|leading|opening) (?:(?:two|three|four|few|[234]) )?(?:digits?|figures?|numbers?)"
    r"(?: of (?:it|that|this|(?:her|his|their|the) \w{1,14}))?(?: (?:are|is|being))?)"
)
LEADING = pattern(
    rf"\b(?:{_OPENING}(?: (?:an?|the|digits?|figures?|numbers?)){{0,2}}:? ?[\u00a3$\u20ac]?"
    rf"(?:\d(?:[ ,]{{0,2}}(?:and )?\d){{0,8}}|{_WORDS})|\d{{2,4}}[ -](?:something|odd|ish))\b",
    ignore_case=True, trigger=rf"(?:{_OPENING}|\d[ -](?:something|odd|ish))",
)
"""The beginning of a number, announced as such."""
HINTS = (BASE64_FIGURE, HEX_FIGURE, PERIOD, LEADING)

_SHARES = (("fortnight", 26), ("month", 12), ("monat", 12), ("mois", 12), ("mes", 12), ("pcm", 12), ("quarter", 4),
           ("week", 52), ("woche", 52), ("semaine", 52), ("semana", 52))  # fmt: skip
PARTS: Final = tuple(dict.fromkeys(count for _, count in _SHARES))
"""How many parts a year may be told in."""
_NEARBY: Final = re.compile(r"\b(?:(?:fortnight|month|quarter|week)(?:ly)?|pcm)\b")
_STOPS: Final = re.compile(r"[.!?\d]")
_FIRST_ASKED = re.compile(
    r"\b(?:first|leading|opening|initial)\b.{0,20}\b(?:digit|figure|number)|\bdigits?\b.{0,60}\b(?:start|begin)",
    re.DOTALL,
)


def coded_digits(text: str) -> list[str]:
    """The groups of digits that a match of ``BASE64_FIGURE`` or ``HEX_FIGURE`` stands for."""
    if re.fullmatch(r"0(?:[xX][0-9a-fA-F]{3,}|[bB][01]+|[oO][0-7]+)", text):
        return [str(int(text, 0))]
    pairs = re.sub(r"0x|[ ,:;-]", "", text.lower())
    try:
        if re.fullmatch(r"(?:3\d|2[0ce4]|c2a3)+", pairs):
            raw = binascii.unhexlify(pairs)
        else:
            bare = text.rstrip("=")
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return []
    return re.findall(r"\d+", raw.decode("utf-8", "ignore"))


def shares(text: str) -> int:
    """How many of the parts that ``text`` names make a year; 0 when it names none."""
    lower = text.lower()
    return next((count for name, count in _SHARES if name in lower), 0)


def shares_before(before: str) -> int:
    """The same for the words (lower case) before a number, in its own sentence: "her monthly pay is"."""
    if not ("month" in before or "week" in before or "quarter" in before or "fortnight" in before or "pcm" in before):
        return 0  # as for most: to look for these costs a tenth of looking for them as words
    if _NEARBY.search(before) is None:
        return 0
    start = 0
    for stop in _STOPS.finditer(before):
        start = stop.end()
    found = _NEARBY.search(before, start)
    return shares(before[found.start() :]) if found is not None else 0


def amount(text: str) -> tuple[Decimal, Decimal] | None:
    """The value of the number at the beginning of ``text``, and the worth of its last digit."""
    found = re.match(r"[\u00a3$\u20ac ]*(\d[\d,.' ]*\d|\d) ?(k\b)?", text)
    if found is None:
        return english(tokens(text)) if tokens(text) else None
    number, unit = found[1], "k" if found[2] else ""
    cents = re.fullmatch(r"(\d{1,3}(?:[,' ]\d{3})+|\d+)\.(\d\d)", number)
    if cents is not None and not unit:
        return Decimal(f"{re.sub(r'[^0-9]', '', cents[1])}.{cents[2]}"), Decimal("0.01")
    return scaled(number, unit)


def by_share(
    worth: tuple[Decimal, Decimal] | None, count: int, figures: Sequence[Secret], values: Sequence[float]
) -> list[Form]:
    """Yearly ``figures`` (``values``, rising) of which ``worth`` is one of ``count`` equal parts, as far as it says."""
    if worth is None or not count or worth[0] < 10 * worth[1]:
        return []
    about, step = float(worth[0]), float(worth[1]) * 1.0001
    low, high = (about - step) * count, (about + step) * count
    return [Form(figures[index], partial=True) for index in range(bisect_left(values, low), bisect_right(values, high))
            if is_yearly(figures[index])]


def is_yearly(figure: Secret) -> bool:
    """Whether it is an amount for a year, of which a month's or a week's part can be told."""
    return "annua" in figure.cues


def by_start(text: str, figures: Sequence[Secret]) -> list[Form]:
    """Figures that begin with the digits that ``text`` ends with, two at least."""
    found = re.search(r"\d(?:[ ,]{0,2}(?:and )?\d)*(?=[ -](?:something|odd|ish)\Z|\Z)", text.lower())
    start = re.sub(r"\D", "", found.group()) if found is not None else _said(text.lower())
    if len(start) < 2:
        return []
    return [Form(each, partial=True) for each in figures
            if len(each.value) > 3 and each.value.startswith(start) and len(start) < len(each.value)]


def _said(text: str) -> str:
    """Digits in words, read out one by one or as a number; those of the announcement are none of it."""
    opening = re.match(_OPENING, text)
    words = tokens(text[opening.end() :] if opening is not None else text)
    digits = read_digits(words)
    if words and " " not in digits:
        return digits
    worth = english(words)
    return str(worth[0]) if worth is not None and words else ""


_OF_NUMBERS: Final[tuple[str, ...]] = ("digit", "figure", "number")
"""One of them is in every such question; looking for them costs a hundredth of looking for the question."""
_KEY: Final = "leakage: first digits asked"


def first_digits_asked(context: Context) -> bool:
    """Whether the caller asks how a number begins: then a short number is an answer to that. Found once a request."""
    known = context.derived.get(_KEY)
    if not isinstance(known, bool):
        said = [canonical(channel.text)[-4096:].lower() for channel in context.conversation if channel.role == "user"]
        known = any(_FIRST_ASKED.search(text) is not None for text in said if any(word in text for word in _OF_NUMBERS))
        context.derived[_KEY] = known
    return known
