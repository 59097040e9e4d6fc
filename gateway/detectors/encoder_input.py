"""What the encoder reads: a window and a little of what stood before it, as numbered tokens of one role.

Training cuts and numbers its texts with this file too, so what a model learnt is what it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.core.readable import readable
from gateway.core.rewriting import Readable
from gateway.core.text import FOLDS
from gateway.core.types import Role
from gateway.core.windows import LONGEST as LONGEST_ANSWER

LONGEST = 128
"""Tokens of a row, marks included."""
OVERLAP = 32
"""Tokens that two rows of one long window share."""
CONTEXT, CONTEXT_CHARACTERS = 24, 160
"""Tokens kept of what stood before, and the characters in which they are looked for."""
STEP = 16
"""A row is padded to a multiple of this that follows from itself alone, and asked beside rows of that length only."""
USER, OUTSIDE, ASSISTANT, BEFORE = 0, 1, 2, 3
SPACES = 4
"""Words for each one that stands between spaces, up to which a text is written with spaces."""
_WORDS = re.compile(r"[^\W_]+")
TYPES: Mapping[Role, int] = {"user": USER, "system": USER, "developer": USER,
                             "document": OUTSIDE, "tool": OUTSIDE, "assistant": ASSISTANT}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the encoder's input. ``places``: ``[start, end)`` of the window's characters, None for marks."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    places: tuple[tuple[int, int] | None, ...]

    @property
    def padded(self) -> int:
        return -(-len(self.ids) // STEP) * STEP


Places = Callable[[int, int], tuple[int, int] | None]
"""Leads characters ``[start, end)`` of what is read back to those of what is written; None: before the window."""


def folded(text: str) -> tuple[str, Places]:
    """``text`` as it reads without its disguises, in the letters that guards read, and the way back to it."""
    return lettered(undone(text), text)


def undone(text: str) -> Readable:
    """How ``text`` reads; signs between the same words are no disguise, unless there are hardly any spaces.

    For the tokenizer takes them apart.
    """
    reading = readable(text)
    if reading.text is not text:
        words = _WORDS.findall(text)
        if words == _WORDS.findall(reading.text) and SPACES * len(text.split()) > len(words):
            return Readable.plain(text)
    return reading


def lettered(reading: Readable, text: str) -> tuple[str, Places]:
    """``reading`` of ``text`` in the letters that guards read, and the way back to ``text``."""
    plain = reading.text
    if plain.isascii():
        return plain, _written if plain is text else reading.span
    parts = [FOLDS[char] for char in plain]
    origins = [index for index, part in enumerate(parts) for _ in part]
    return "".join(parts), lambda start, end: reading.span(origins[start], origins[end - 1] + 1)


def _written(start: int, end: int) -> tuple[int, int]:
    return start, end


class Tokens:
    """The tokenizer's file, read once. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._first = self._mark("[CLS]")
        self._end = self._mark("[SEP]")

    def rows(self, text: str, role: Role, before: str = "") -> Iterator[Row]:
        """``text`` as rows of at most ``LONGEST`` tokens; none when it has no token at all."""
        plain, places_of = folded(text)
        return self.numbered(plain, places_of, role, before)

    def numbered(self, plain: str, places_of: Places, role: Role, before: str = "") -> Iterator[Row]:
        """The same for a text that is ``plain`` already; ``places_of`` leads back to what is written."""
        found = self._tokenizer.encode(plain, add_special_tokens=False)
        if not found.ids:
            return
        kind = TYPES[role]
        context = self._context(before)
        room = LONGEST - 2 - (len(context) + 1 if context else 0)
        head = (self._first, *context, self._end) if context else (self._first,)
        kinds = (kind, *[BEFORE] * (len(head) - 1))
        for start in range(0, max(1, len(found.ids) - OVERLAP), room - OVERLAP):
            ids = found.ids[start : start + room]
            places = [places_of(begin, end) for begin, end in found.offsets[start : start + room]]
            nowhere = (None,) * len(head)
            yield Row((*head, *ids, self._end), (*kinds, *[kind] * (len(ids) + 1)), (*nowhere, *places, None))

    def _mark(self, name: str) -> int:
        number: int | None = self._tokenizer.token_to_id(name)
        if number is None:
            raise ValueError(f"the tokenizer has no {name}")
        return number

    def _context(self, before: str) -> tuple[int, ...]:
        if not before:
            return ()
        in_disguise = len(before) > LONGEST_ANSWER  # then letters take several characters
        plain = folded(before if in_disguise else before[-CONTEXT_CHARACTERS:])[0][-CONTEXT_CHARACTERS:]
        return tuple(self._tokenizer.encode(plain, add_special_tokens=False).ids[-CONTEXT:])
