"""The canonical text: what guards read, so that invisible or look-alike characters hide nothing.

Each character is folded on its own (never by its neighbours), so canonical(a + b) is always
canonical(a) + canonical(b): a stream cut anywhere reads the same. ASCII stays as it is.
The original text is what gets forwarded; offsets always lead back to it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array

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
    return _OUTSIDE.sub(_folded, text)


def _folded(run: re.Match[str]) -> str:
    return "".join([FOLDS[char] for char in run.group()])


def origins(text: str, at: int = 0) -> array[int]:
    """For each UTF-8 byte of ``canonical(text)``, ``at`` plus the index of the character of ``text`` it came from.

    One more entry at the end holds ``at + len(text)``.
    """
    found = array("Q")
    plain = 0
    for run in _OUTSIDE.finditer(text):
        found.extend(range(at + plain, at + run.start()))
        for index, char in enumerate(run.group(), at + run.start()):
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
    run, plain = before, 0
    for part in _OUTSIDE.finditer(text):
        if part.start() > plain:
            run = 0
        for index, char in enumerate(part.group(), part.start()):
            if FOLDS[char]:
                run = 0
            else:
                run += 1
                if run > MAX_SWALLOWED:
                    return run, index
        plain = part.end()
    return (0 if plain < len(text) else run), None
