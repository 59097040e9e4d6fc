"""The canonical text: what guards read, so that invisible or look-alike characters hide nothing.

Each character is folded on its own (never by its neighbours), so canonical(a + b) is always
canonical(a) + canonical(b): a stream cut anywhere reads the same. ASCII stays as it is.
The original text is what gets forwarded; offsets always lead back to it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Mapping

from gateway.core.breath import EVERY, breathe
from gateway.core.lookalikes import DRAWN, LOOKALIKES, WIDE

MAX_SWALLOWED = 64
"""Characters in a row that fold to nothing; a longer run is ``unscannable``, not a hiding place."""

_HANGUL = range(0xAC00, 0xD7A4)
_OUTSIDE = re.compile(r"[^\x00-\x7f]+")
"""What has to be looked at one by one: a text with a pound sign here and there costs hardly more than ASCII."""


class _Folds(dict[str, str]):
    """Folds of single characters, worked out once each."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = _fold(char)
        return folded


def _fold(char: str) -> str:
    if char.isascii():
        return char
    drawn = WIDE.get(char, DRAWN.get(char))
    if drawn is not None:
        return drawn
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me", "Cs", "Co", "Cn") or char in "\u3164\u115f\u1160\uffa0":
        return ""
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp") or char == "\x85":
        return "\n"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if ord(char) in _HANGUL:
        return char
    parts = unicodedata.normalize("NFKD", char.translate(LOOKALIKES)).translate(LOOKALIKES)
    return "".join(WIDE.get(each, each) for each in parts if not _is_mark(each))


def _is_mark(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("Mn", "Me", "Cf")


FOLDS = _Folds()


def canonical(text: str) -> str:
    """The canonical form of ``text``; linear, and a homomorphism over concatenation."""
    if text.isascii():
        return text
    if len(text) > _AT_ONCE:
        return "".join([canonical(text[at : at + _AT_ONCE]) for at in range(0, len(text), _AT_ONCE)])
    breathe()
    if len(text.encode("utf-8", "replace")) > DENSE * len(text):
        return text.translate(_TABLE)
    return _OUTSIDE.sub(_folded, text)


_AT_ONCE = 1 << 14
"""Characters that are folded by one call of C: about a millisecond."""
DENSE = 1.1
"""Bytes a character, above which looking at every character is cheaper than looking for the ones that need it."""


def _folded(run: re.Match[str]) -> str:
    return run.group().translate(_TABLE)


class _Table(dict[int, str]):
    """``FOLDS`` by code points, as ``str.translate`` wants them."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = FOLDS[chr(code)]
        return folded


_TABLE: Mapping[int, str] = _Table()


def origins(text: str, at: int = 0) -> array[int]:
    """For each UTF-8 byte of ``canonical(text)``, ``at`` plus the index of the character of ``text`` it came from.

    One more entry at the end holds ``at + len(text)``.
    """
    found = array("Q")
    plain = 0
    for run in _OUTSIDE.finditer(text):
        found.extend(range(at + plain, at + run.start()))
        for index, char in enumerate(run.group(), at + run.start()):
            if not index & EVERY:
                breathe()
            folded = FOLDS[char]
            width = len(folded) if folded.isascii() else len(folded.encode())
            if width == 1:
                found.append(index)
            else:
                found.extend([index] * width)
        plain = run.end()
    found.extend(range(at + plain, at + len(text) + 1))
    return found


def swallowed_run(text: str, before: int) -> tuple[int, int | None]:
    """Follow a run of characters that fold to nothing across chunks.

    ``before``: length of the run that ended the previous chunk. Returns the length of the run that ends
    this one and the index of the first character beyond ``MAX_SWALLOWED``, or None.
    """
    shown = "." * len(text) if text.isascii() else text.translate(_SHOWN)
    ahead = len(shown) - len(shown.lstrip("x"))
    if before + ahead > MAX_SWALLOWED and ahead:
        index = max(0, MAX_SWALLOWED - before)
        return before + index + 1, index
    found = shown.find("x" * (MAX_SWALLOWED + 1))
    if found >= 0:
        return MAX_SWALLOWED + 1, found + MAX_SWALLOWED
    behind = len(shown) - len(shown.rstrip("x"))
    return behind + (before if behind == len(shown) else 0), None


class _Shown(dict[int, str]):
    """``x`` for what folds to nothing, a point for what shows."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = "." if FOLDS[chr(code)] else "x"
        return sign


_SHOWN: Mapping[int, str] = _Shown()
