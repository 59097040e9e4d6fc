"""Texts written in another notation inside a text, read where they stand: references, escapes, base64, hex, numbers,
Morse, spelling alphabets, and what tag characters and variation selectors hide.

Unlike ``gateway.core.decode`` this looks at whole texts, so it may ask whether the result reads like a text at all.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from gateway.core.alphabets import MORSE_CODES, MORSE_SIGNS, SPELT
from gateway.core.marks import BASE64, BINARY, DECIMAL, HEX, MORSE, PERCENT, QUOTED, SPELLING
from gateway.core.rewriting import Change

_PRINTED = re.compile(r"[\t\n\r\x20-\x7e\xa0-\U0010ffff]+")
_WORDLIKE = re.compile(r"[A-Za-z .,'?!:;@\n-]")
_HIDDEN = re.compile("(\U0001f3f4?)([\U000e0020-\U000e007f\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,})")
_NAMED = re.compile(
    r"&(?:#[0-9]{2,7};?|#[0-9];|#[xX][0-9a-fA-F]{2,6};?|#[xX][0-9a-fA-F];|[A-Za-z]{2,8};)|\\x[0-9a-fA-F]{2}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]{2,6}\}|\\u[0-9a-fA-F]{4}"
    r"|\bU\+[0-9a-fA-F]{4,5}\b ?|\\[0-3][0-7]{2}"
)
_CODE = re.compile(r"(?:\\x|\\u\{?|[uU]\+)([0-9a-fA-F]{2,6})|\\([0-3][0-7]{2})")
_PERCENT = re.compile(r"(?<![\w.~+-])[\w.~+-]{0,64}(?:%[0-9A-Fa-f]{2}[\w.~+-]{0,64}){3,}", re.ASCII)
_QUOTED = re.compile(r"(?:(?:=[0-9A-F]{2}|=\r?\n)[ -<>-~]{0,3}){4,}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")
_BASE32 = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{16,}={0,6}(?![A-Za-z0-9])")
_HEX = re.compile(
    r"(?<![0-9A-Fa-f])(?:0x)?[0-9A-Fa-f]{2}(?:(?:[ :,-]|, |\\x|0x| 0x|, 0x)?[0-9A-Fa-f]{2}){5,}(?![0-9A-Fa-f])"
)
_BINARY = re.compile(r"(?<![01])[01]{7,8}(?:[ ,]?[01]{7,8}){3,}(?![01])")
_BYTE = r"(?:9|1[03]|[3-9]\d|1\d\d|2[0-4]\d)"
_DECIMAL = re.compile(rf"(?<![\d.])(?:[3-9]\d|1[0-2]\d)(?:[ ,;-]{{1,2}}{_BYTE}){{4,}}(?![\d.])")
_MORSE = re.compile(r"(?<![.\w-])[.-]{1,6}(?:(?: {1,3}| ?[/|] ?)[.-]{1,6}){4,}(?![\w-])")
_MORSE_WORDS = re.compile(r" ?[/|] ?| {2,}")
_MORSE_CODE = dict(zip(MORSE_CODES.split(), MORSE_SIGNS, strict=True))
_SPELT = {word: word[0] for word in SPELT.split()}
_NAMES = "|".join(sorted(_SPELT, reverse=True))
_SPELLING = re.compile(
    rf"(?i)\b(?:{_NAMES})(?:[ ,\n/-]{{1,3}}(?:{_NAMES})\b){{3,}}"
)
_SPELLED = re.compile(rf"(?i)({_NAMES})([^a-z]*)")


def hidden(text: str) -> Iterator[Change]:
    """Tag characters and variation selectors that stand for letters; the flags that are written with tags stay."""
    if text.isascii():
        return
    for found in _HIDDEN.finditer(text):
        run = found[2]
        if found[1] and len(run) <= 7 and run[-1] == "\U000e007f":
            continue
        tags = "".join(chr(ord(char) - 0xE0000) for char in run if 0xE0020 <= ord(char) < 0xE007F)
        selectors = bytes(code for char in run if (code := _selector(ord(char))) is not None)
        plain = f"{tags} {_text(selectors)}".strip()
        if plain:
            yield Change(found.start(2), found.end(2), f" {plain} ")


def _selector(code: int) -> int | None:
    if 0xFE00 <= code <= 0xFE0F:
        return code - 0xFE00
    return code - 0xE0100 + 16 if code >= 0xE0100 else None


def escaped(text: str) -> Iterator[Change]:
    """Single characters by their names and numbers."""
    for found in _NAMED.finditer(text):
        part = found.group()
        plain = html.unescape(part) if part[0] == "&" else _by_number(part)
        if plain != part and _PRINTED.fullmatch(plain):
            yield Change(*found.span(), plain)


def _by_number(part: str) -> str:
    found = _CODE.match(part)
    if found is None:
        return part
    if len(part) == len(r"\ud83d\ude00") and part[:2] == r"\u" == part[6:8]:
        return chr(0x10000 + ((int(part[2:6], 16) & 0x3FF) << 10) + (int(part[8:], 16) & 0x3FF))
    number = int(found[1], 16) if found[1] else int(found[2], 8)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else part


def encoded(text: str, seen: int) -> Iterator[Change]:
    """Runs that decode to something that reads like a text; where two overlap, the first one counts.

    ``seen``: the notations that may occur (``gateway.core.marks``).
    """
    found = [
        Change(*span, plain) for mark, kind, read in _KINDS if seen & mark for span, plain in _runs(kind, read, text)
    ]
    found.sort(key=lambda each: (each.start, -each.end))
    at = 0
    for each in found:
        if each.start >= at:
            at = each.end
            yield each


def _runs(kind: re.Pattern[str], read: Callable[[str], str], text: str) -> Iterator[tuple[tuple[int, int], str]]:
    for found in kind.finditer(text):
        plain = read(found.group())
        if plain:
            yield found.span(), plain


def _text(raw: bytes) -> str:
    """``raw`` when it is UTF-8 of printed characters that are no chance, else nothing."""
    try:
        plain = raw.decode()
    except UnicodeDecodeError:
        plain = _within(raw)
    if len(plain) < 4 or not _PRINTED.fullmatch(plain):
        return ""
    return plain if len(plain) >= NO_CHANCE or _reads(plain) else ""


def _within(raw: bytes) -> str:
    """``raw`` without the parts of characters at its ends: a window may begin and end inside of one."""
    if len(raw) < 2 * NO_CHANCE:
        return ""
    start = next((at for at in range(4) if raw[at] & 0xC0 != 0x80), 0)
    for end in range(len(raw), len(raw) - 4, -1):
        try:
            return raw[start:end].decode()
        except UnicodeDecodeError:
            continue
    return ""


LONG_NUMBER = 32
"""Digits; shorter rows of digits alone are numbers rather than bytes."""
NO_CHANCE = 10
"""Characters; of random bytes hardly any ten are all printed ones."""


def _reads(plain: str) -> bool:
    """Whether it is letters and spaces for the most part."""
    words = len(_WORDLIKE.findall(plain))
    return words >= 0.7 * len(plain) or words + sum(map(str.isdigit, plain)) >= 0.9 * len(plain) <= 2.5 * words


def _base64(run: str) -> str:
    bare = re.sub(r"\s", "", run).rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(4):  # a window may begin inside a run
        part = bare[cut:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            plain = _text(base64.b64decode(part + "=" * (-len(part) % 4)))
        except (binascii.Error, ValueError):
            plain = ""
        if plain:
            return plain
    return ""


def _base32(run: str) -> str:
    bare = run.rstrip("=")
    try:
        return _text(base64.b32decode(bare + "=" * (-len(bare) % 8)))
    except (binascii.Error, ValueError):
        return ""


def _hex(run: str) -> str:
    digits = re.sub(r"0x|\\x|[ :,-]", "", run)
    if digits == run and digits.isdigit() and len(digits) < LONG_NUMBER:
        return ""
    return _text(binascii.unhexlify(digits)) if len(digits) % 2 == 0 else ""


def _binary(run: str) -> str:
    parts = re.split(r"[ ,]+", run)
    if len(parts) == 1:
        parts = [run[at : at + 8] for at in range(0, len(run), 8)]
    return _text(bytes(int(part, 2) for part in parts))


def _decimal(run: str) -> str:
    raw = bytes(int(part) for part in re.findall(r"\d+", run))
    plain = _text(raw) or _text(bytes(byte for byte in raw if byte < 128))
    return plain if _reads(plain) else ""


def _morse(run: str) -> str:
    parts = _MORSE_WORDS.split(run.strip())
    words = ["".join(_MORSE_CODE.get(sign, "\x00") for sign in word.split()) for word in parts]
    plain = " ".join(words)
    if all(len(word) <= 1 for word in words):  # letters apart by slashes
        plain = "".join(words)
    return plain if "\x00" not in plain and len(set(plain)) > 2 else ""


def _spelt(run: str) -> str:
    out = []
    for word, gap in _SPELLED.findall(run):
        out.append(_SPELT[word.lower()] + (" " if "/" in gap or "\n" in gap or len(gap) > 2 else ""))
    return "".join(out).strip()


_KINDS: tuple[tuple[int, re.Pattern[str], Callable[[str], str]], ...] = (
    (PERCENT, _PERCENT, lambda run: _text(unquote_to_bytes(run.replace("+", " ")))),
    (QUOTED, _QUOTED, lambda run: _text(quopri.decodestring(run.encode()))),
    (BASE64, _BASE64, _base64), (BASE64, _BASE32, _base32), (HEX, _HEX, _hex), (BINARY, _BINARY, _binary),
    (DECIMAL, _DECIMAL, _decimal), (MORSE, _MORSE, _morse), (SPELLING, _SPELLING, _spelt),
)
