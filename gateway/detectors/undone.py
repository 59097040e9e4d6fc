"""A window as the encoder reads it: without its disguises, and cut where the same words in plain would be cut.

What is in disguise gets the scores that it would get in plain, so far as its words come out; which language it is in is
asked of the words that come out, too.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from gateway.core.text import canonical
from gateway.core.vocabulary import common
from gateway.core.windows import LONGEST_INPUT, Ask, passages
from gateway.detectors.encoder_input import Places, lettered, undone
from gateway.detectors.language import foreign

LATIN = 0.85
"""The share of a readable window's letters that are Latin."""
ENGLISH = 0.45
"""The share of letters in common English words from which a text with accents may be English in disguise."""
_MACHINE = re.compile(r"[A-Za-z0-9+/=_.:-]{32,}")
"""Digests, tokens, encoded data: no language, unless it was decoded."""
_WORDS = re.compile(r"[a-z]{2,}")
_ACCENTS = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read at once: ``text`` after ``before``. ``span``: ``[start, end)`` of the window's characters.

    ``places`` leads characters of ``text`` back to the window's. ``said``: the text by which its language is told;
    ``accented``: it has accents that ``text`` has not.
    """

    text: str
    before: str
    span: tuple[int, int]
    places: Places
    said: str
    accented: bool = False

    @property
    def known(self) -> bool:
        """Whether the encoder may know the language: it learnt English, in Latin letters.

        Letters that look like Latin ones count as such, and some of any Cyrillic text do: hence not half of them, but
        most. Languages in Latin letters are told apart where the extra ``language`` is installed.
        """
        letters = [char for char in self.text if char.isalpha()]
        if sum(map(str.isascii, letters)) < LATIN * len(letters):
            return False
        if not _tells_languages() or not foreign(self.said):
            return True
        return self.accented and _is_english(self.text) and not foreign(self.text)


def pieces(ask: Ask, *, worded: bool = False) -> tuple[Piece, ...]:
    """The window of ``ask`` as it is read; ``worded``: without what only machines read."""
    text = ask.text
    reading = undone(text)
    plain, places = lettered(reading, text)
    if len(text) <= LONGEST_INPUT or len(plain) <= LONGEST_INPUT:
        accented = _is_accented(text, plain)
        said = text if accented else reading.text
        found: tuple[Piece, ...] = (Piece(plain, ask.before, (0, len(text)), places, said, accented),)
    else:
        found = tuple(_cut(plain, ask.before, places))
    return tuple(_worded(each) for each in found) if worded else found


def _cut(plain: str, before: str, places: Places) -> Sequence[Piece]:
    return [
        Piece(each.text, each.before if each.start else before, places(each.start, each.end),
              lambda start, end, at=each.start: places(at + start, at + end), each.text)  # type: ignore[misc]
        for each in passages(plain, whole=False) if not each.text.isspace()
    ]


def _worded(piece: Piece) -> Piece:
    return replace(piece, text=_MACHINE.sub(" ", piece.text)) if _MACHINE.search(piece.text) else piece


def _is_accented(text: str, plain: str) -> bool:
    """Whether ``text`` is ``plain`` with accents on Latin letters, as many languages are written."""
    return _ACCENTS.search(text) is not None and canonical(text) == plain and all(
        char.isascii() or _ACCENTS.match(char) is not None for char in text if char.isalpha())


def _is_english(plain: str) -> bool:
    words, known = _WORDS.findall(plain.lower()), common().costs
    return sum(len(word) for word in words if word in known) >= ENGLISH * max(1, sum(map(len, words)))


@cache
def _tells_languages() -> bool:
    return importlib.util.find_spec("py3langid") is not None
