"""Texts hidden inside the text: base64, hex, URL escapes, letter-spacing, character references,
wrapped letters, leet, tag characters.

Each run is found by an ordinary linear-time pattern, so a stream holds it back like any other match;
what it decodes to is judged as a text of its own and every finding covers the whole run.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote_to_bytes

from gateway.core.pattern import Pattern, pattern
from gateway.core.spaced import unspaced
from gateway.core.vocabulary import common

MAX_DEPTH = 2
"""How many encodings around each other are undone."""

BASE64 = pattern(r"[A-Za-z0-9+/_-]{16,960}={0,2}", trigger=r"[A-Za-z0-9+/_-]{16}")
HEX = pattern(r"(?:0x)?(?:[0-9A-Fa-f]{2}[ :]?){8,400}", trigger=r"(?:[0-9A-Fa-f]{2}[ :]?){8}")
PERCENT = pattern(r"[\w.~+-]{0,24}(?:%[0-9A-Fa-f]{2}[\w.~+-]{0,12}){3,64}")
SPACED = pattern(r"\b(?:\w[ \t._*|/,-]{1,3}){4,128}\w\b", trigger=r"\b(?:\w[ \t._*|/,-]{1,3}){4}\w")
_CHARACTER = (
    r"(?:&(?:#(?:[0-9]{2,7}|x[0-9a-f]{2,6})|[a-z]{2,8});|&#[0-9]{2,7}|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]{2,6}\})"
    r"|u\+[0-9a-f]{4,5}\b)"
)
REFERENCES = pattern(
    rf"[\w.~+-]{{0,24}}{_CHARACTER}(?:[\w.,~+-]{{0,12}} ?{_CHARACTER}){{0,63}}\w{{0,12}}",
    ignore_case=True, trigger=_CHARACTER,
)
"""Characters by their numbers, as in HTML and in program text."""
_AROUND = r"(?:[\])}>*`~\"'|]{1,4}[ \t\n,.|/:;-]{0,3}[\[({<*`~\"'|]{0,3}|</[a-z]{1,6}> ?<[a-z]{1,6}>)"
WRAPPED = pattern(rf"\b\w(?:{_AROUND}\w){{4,128}}\b", trigger=rf"\b\w(?:{_AROUND}\w){{4}}\b")
"""One character each in brackets, quotes, bold or tags."""
LEET = pattern(r"(?:[a-z][01345@$!]|[01345@$!][a-z])", ignore_case=True)
"""Not a run to decode: says that reading digits as letters is worth a second look."""

RUNS: tuple[Pattern, ...] = (BASE64, HEX, PERCENT, SPACED, REFERENCES, WRAPPED)
_LEET_TABLE = bytes.maketrans(b"013457@$!", b"oieastasi")
_TAGS = re.compile(r"^\w>|</?[a-z]{1,6}>|[^\w]")
_NUMBERED = re.compile(r"\\(?:x([0-9a-f]{2})|u\{?([0-9a-f]{2,6})\}?)|u\+([0-9a-f]{4,5})\b", re.IGNORECASE)
_APART = re.compile(r"(?<=\b\w) (?=\w\b)")
_READABLE = re.compile(rb"[\x20-\x7e\t\r\n\x80-\xff]{4,}")
_PLAIN = re.compile(rb"[\x20-\x7e\t\r\n]{8,}")
_HIDING = re.compile("[\U000e0020-\U000e007e\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What those begin with: a single set is looked for several times as fast."""
_HIDDEN = re.compile("[\U000e0020-\U000e007e\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")


def decode(kind: Pattern, text: str) -> tuple[str, ...]:
    """The texts that a run of ``kind`` stands for; empty when it is not an encoding after all."""
    if kind is SPACED:
        return unspaced(text, common())
    if kind is WRAPPED:
        return (_TAGS.sub("", text),)
    if kind is REFERENCES:
        return _referred(text)
    if kind is BASE64:
        raw = _base64(text)
    elif kind is HEX:
        digits = re.sub(r"[ :]|^0x", "", text)
        raw = binascii.unhexlify(digits[: len(digits) // 2 * 2])
    else:
        raw = unquote_to_bytes(text.replace("+", " "))
    readable = _readable(raw)
    return (readable,) if readable else ()


def _referred(text: str) -> tuple[str, ...]:
    """``text`` with its references undone; with spaces between them, also without those."""
    plain = html.unescape(_NUMBERED.sub(lambda found: _character(found[1] or found[2] or found[3]), text))
    apart = _APART.sub("", plain)
    return (plain,) if apart == plain else (plain, apart)


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0x110000 else "\ufffd"


def unleet(data: bytes) -> bytes:
    """Canonical bytes with digits and signs read as the letters they stand for; same length."""
    return data.translate(_LEET_TABLE)


def smuggled(text: str) -> tuple[str, ...]:
    """Texts written in tag characters or variation selectors, which show as nothing."""
    if text.isascii() or _HIDING.search(text) is None:
        return ()
    found = []
    for run in _HIDDEN.finditer(text):
        tags = "".join(chr(ord(char) - 0xE0000) for char in run.group() if 0xE0020 <= ord(char) <= 0xE007E)
        selectors = bytes(_selector(ord(char)) for char in run.group() if not 0xE0020 <= ord(char) <= 0xE007E)
        found += [tags] if tags else []
        readable = _readable(selectors) if selectors else ""
        found += [readable] if readable else []
    return tuple(found)


def _selector(code: int) -> int:
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16


def _base64(text: str) -> bytes:
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


def _readable(raw: bytes) -> str:
    """``raw`` as text when it is UTF-8 without control characters, else its longest stretch of plain characters.

    A random token is rarely either; but a word before a run may look like a part of it ("see 70726f…" begins "ee").
    """
    if _READABLE.fullmatch(raw):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            pass
    return max(_PLAIN.findall(raw), key=len, default=b"").decode()
