"""A text as somebody could read it, and where each of its characters comes from in the text as it is written.

Undoing a disguise makes a new text; whatever is found in it must lead back to the characters that hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.core.breath import breathe


class Change(NamedTuple):
    """Characters ``[start, end)`` read as ``text``.

    ``origins``: for each character of ``text`` the index within the change that it comes from; None: from all of it.
    """

    start: int
    end: int
    text: str
    origins: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Readable:
    """``starts`` and ``ends``: for each character of ``text`` the original ``[start, end)`` it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def plain(cls, text: str) -> Readable:
        """The text read as it is written."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original ``[start, end)`` of the characters ``[start, end)`` of the reading; both need at least one."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def changed(self, changes: Iterable[Change]) -> Readable:
        """With ``changes`` made, which are sorted and do not overlap; itself when there are none."""
        text, starts, ends = self.text, self.starts, self.ends
        out: list[str] = []
        new_starts: list[int] = []
        new_ends: list[int] = []
        at = 0
        for change in changes:
            breathe()
            out += (text[at : change.start], change.text)
            new_starts += starts[at : change.start]
            new_ends += ends[at : change.start]
            if change.origins is None:
                low, high = self.span(change.start, change.end)
                new_starts += [low] * len(change.text)
                new_ends += [high] * len(change.text)
            else:
                new_starts += [starts[change.start + each] for each in change.origins]
                new_ends += [ends[change.start + each] for each in change.origins]
            at = change.end
        if not out:
            return self
        out.append(text[at:])
        new_starts += starts[at:]
        new_ends += ends[at:]
        return Readable("".join(out), new_starts, new_ends)
