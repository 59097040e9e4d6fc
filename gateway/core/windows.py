"""Cuts a growing text into the windows that detectors score, at places that depend on the text alone.

A window ends at a sentence or at 200 characters, whichever comes first, so a stream waits for a detector no
longer than that, and however the text arrives every detector is asked about the same windows.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum

from gateway.core.types import Role, State

LONGEST = 200
"""Characters; a window without a sentence's end is cut here."""

_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f][\"')\]]{0,3}\s|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector sees in a window: ``[start, end)`` in characters of the window's text.

    ``score``: 0 to 1, calibrated so that a rule's threshold means the same whatever the detector. ``entity``: what was
    found, in the guard's own words (a topic's name, Presidio's name of an entity); empty for a detector of one thing.
    """

    start: int
    end: int
    score: float
    entity: str = ""


Readings = tuple[Reading, ...]


class Unread(Enum):
    """Why a detector has no readings of a window."""

    ERROR = State.ERROR
    """It raised, or what it answered makes no sense."""
    TIMEOUT = State.TIMEOUT
    UNSCANNABLE = State.UNSCANNABLE
    """It works, but cannot read this: a language that it does not know."""


UNSCANNABLE = Unread.UNSCANNABLE
Answer = Readings | Unread | None
"""A detector's answer to an ``Ask``; None stands for ``Unread.ERROR``."""
Question = tuple[str, Hashable, Role, str, str]
"""All that an answer may depend on: detector, parameters, role, what stood before, and the window's text."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to ``detector``: what do you see in ``text``, which stands at ``[start, end)``, after ``before``?

    ``role``: who wrote it. ``params``: the parameters of the guard that asks, for detectors that need them (topics, a
    judge's policy). An answer may depend on nothing else, and never on the asks that are answered together with it.
    """

    detector: str
    start: int
    end: int
    text: str
    before: str
    role: Role = "assistant"
    params: Hashable = None

    @property
    def question(self) -> Question:
        """The same for windows of which the answer is the same, wherever they stand."""
        return self.detector, self.params, self.role, self.before, self.text


@dataclass(slots=True)
class Windows:
    """The windows of one text. ``frontier`` is the offset below which every window has all its scores."""

    detectors: tuple[str, ...]
    frontier: int = 0
    _open: str = ""
    _at: int = 0
    _before: str = ""
    _waiting: dict[int, set[str]] = field(default_factory=dict)

    def take(self, text: str, *, final: bool = False) -> list[Ask]:
        """Take in ``text``; the questions about windows that are now complete."""
        self._open += text
        asks: list[Ask] = []
        while self._open:
            found = _SENTENCE_END.search(self._open, 0, LONGEST)
            if found is not None:
                end = found.end()
            elif len(self._open) >= LONGEST:
                end = LONGEST
            elif final:
                end = len(self._open)
            else:
                break
            asks += self._close(end)
        return asks

    def scored(self, ask: Ask) -> None:
        """``ask`` was answered, well or badly; the frontier moves on when its window has all answers."""
        waiting = self._waiting.get(ask.start)
        if waiting is None:
            return
        waiting.discard(ask.detector)
        if not waiting:
            del self._waiting[ask.start]
        self.frontier = min(self._waiting, default=self._at)

    @property
    def complete(self) -> bool:
        """Whether every window so far has all its scores and no text is left over."""
        return not self._waiting and not self._open

    def _close(self, end: int) -> list[Ask]:
        text, self._open = self._open[:end], self._open[end:]
        start, self._at = self._at, self._at + end
        self._waiting[start] = set(self.detectors)
        asks = [Ask(detector, start, self._at, text, self._before) for detector in self.detectors]
        self._before = text
        return asks
