"""Places of an answer that read as one text: judged by one stream, and told place by place.

What is held at the end of one place waits for what the next one brings, so the end of the first, and all of the second,
wait with it. Who writes the answer asks how far the text has come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from gateway.wire.leaves import Leaves, Stream

if TYPE_CHECKING:
    from gateway.wire.chat.logprobs import Logprobs


class Joined:
    """``at``: the place that has been reached, by its number; all before it are told to their end.

    ``log``: keeps track of what becomes of the text, where its tokens have probabilities.
    """

    __slots__ = ("_ends", "_leaves", "_log", "at", "begun", "stream")

    def __init__(self, leaves: Leaves, log: Logprobs | None = None) -> None:
        self._leaves, self._log = leaves, log
        self.stream: Stream | None = None
        """None while there is no text yet."""
        self._ends: list[int] = []
        """Where each place that is over ends, in the original text of all."""
        self.begun = self.at = 0

    @property
    def cut(self) -> bool:
        return self.stream is not None and self.stream.cut

    @property
    def spoken(self) -> bool:
        """Whether something of the place that has been reached was let go."""
        return self.stream is not None and self.stream.position > self.start(self.at)

    @property
    def live(self) -> bool:
        """Whether all that is released now is of the last place, and goes out at once."""
        return self.stream is not None and self.at == self.begun - 1

    def begin(self, name: str) -> list[tuple[int, str]]:
        """The next place begins, and its text is called ``name``. What is released by that: place and text."""
        self.begun += 1
        stream = self.stream
        if stream is None:
            return []
        before = stream.position
        released = self._leaves.next_part(stream, name)
        if self._log is not None:
            self._log.took(stream, released)
        return self._split(stream, before, released)

    def open(self, name: str) -> None:
        """The text begins, at the place whose text is called ``name``."""
        self.stream = self._leaves.open(name)

    def start(self, place: int) -> int:
        """Where in the original text of all a place begins, which is where the one before it is over."""
        return self._ends[place - 1] if place else 0

    def feed(self, name: str, text: str) -> list[tuple[int, str]]:
        """The next piece of the last place, whose text is called ``name``."""
        stream = self.stream
        if stream is None:
            if not text:
                return []
            stream = self.stream = self._leaves.open(name)
        before = stream.position
        return self._split(stream, before, stream.feed(text) if self._log is None else self._log.feed(stream, text))

    def end(self) -> None:
        """The last place is over."""
        self._ends.append(0 if self.stream is None else self.stream.position + self.stream.held)

    def finish(self) -> list[tuple[int, str]]:
        """Nothing follows that would read on: the rest."""
        stream = self.stream
        if stream is None:
            return []
        before = stream.position
        return self._split(stream, before, stream.finish() if self._log is None else self._log.finish(stream))

    def step(self) -> bool:
        """Goes on to the next place, if the one that has been reached is told to its end."""
        told = self.at < len(self._ends) and (self.stream is None or self.stream.position >= self._ends[self.at])
        self.at += told
        return told

    def _place(self, offset: int) -> int:
        """The place of the character at ``offset``."""
        return min(bisect_right(self._ends, offset), self.begun - 1)

    def _split(self, stream: Stream, start: int, released: str) -> list[tuple[int, str]]:
        """``released`` stands for the original text from ``start`` on; what replaces a part is where that began."""
        if not self._ends or self._ends[-1] <= start:
            return [(self.begun - 1, released)] if released else []
        out: list[tuple[int, str]] = []
        at, told = start, 0
        moves = stream.moves[bisect_left(stream.moves, (start, 0, 0)) :]
        for first, last, length in [*moves, (stream.position, stream.position, 0)]:
            while at < first:
                place = self._place(at)
                end = min(first, self._ends[place]) if place < len(self._ends) else first
                out.append((place, released[told : told + end - at]))
                told, at = told + end - at, end
            if length:
                out.append((self._place(first), released[told : told + length]))
            told, at = told + length, last
        return out
