"""Cuts texts into the windows that detectors read, at places that depend on the text alone.

An answer's window ends at a sentence or at 200 characters, whichever comes first, so a stream waits for a detector
no longer than that, and however the text arrives every detector is asked about the same windows. A request is there
as a whole, so its windows are larger: several sentences, up to 400 characters. What is written in another notation
(base64, letters set apart …) can only be read together: of a request it stays in one window, up to ten times as long;
of an answer, which cannot wait for that, each window brings along what stands before it in the same notation.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Any

from gateway.core.breath import breathe
from gateway.core.notations import TAIL, apart, broken, inside
from gateway.core.types import Role, State

LONGEST = 200
"""Characters; an answer's window without a sentence's end is cut here, or at the last space in its second half."""
LONGEST_INPUT = 400
"""The same for a request's."""
TIMES = 10
"""How many such lengths what is in a notation is read in: as one window of a request, or before and in an answer's."""
RUN = (TIMES - 1) * LONGEST
"""Characters of a notation that an answer's window brings along."""
NEXT = 32
"""Characters within which no window ends behind a place where it could not, unless it has hardly begun."""
_SHORT, _ENOUGH = 40, 160
"""Characters: a segment that is shorter may share a window with its neighbours, unless that holds as many already."""

_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f][\"')\]]{0,3}\s|\n")
_CLOSING = r"\"')\]\u2019\u201d\u300b\u300d\u300f\u3011\uff09"
_STOPS = r"\u0589\u061f\u06d4\u0964\u0965\u104b\u1362\u17d4\u3002\uff01\uff1f"
_ANSWER_END = re.compile(
    rf"[.!?{_STOPS}][{_CLOSING}]{{0,3}}\s|\n|[\u3002\uff01\uff1f]+[{_CLOSING}]*(?=[^{_CLOSING}\u3002\uff01\uff1f\s])"
)
"""The same for answers, which wait for it: also where no space follows, as in Chinese and Japanese."""


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


@dataclass(frozen=True, slots=True)
class Partly:
    """What a detector sees in the parts of a window that it could read, and why it could not read the others.

    ``rest`` is an ``Unread``; whatever else a detector says there counts as an error (``detectors/answers.py``).
    """

    readings: Readings
    rest: Any


Answer = Readings | Partly | Unread | None
"""A detector's answer to an ``Ask``; None stands for ``Unread.ERROR``."""
Question = tuple[str, Hashable, Role, str, str, str]
"""All that an answer may depend on: detector, parameters, role, what stood before, the run's digest, and the text."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to ``detector``: what do you see in ``text``, which stands at ``[start, end)``, after ``before``?

    ``role``: who wrote it. ``params``: the parameters of the guard that asks, for detectors that need them (topics, a
    judge's policy). ``run``: see ``Passage``. An answer may depend on nothing else, and never on the asks that are
    answered together with it.
    """

    detector: str
    start: int
    end: int
    text: str
    before: str
    role: Role = "assistant"
    params: Hashable = None
    run: str = ""

    @property
    def question(self) -> Question:
        """The same for windows of which the answer is the same, wherever they stand."""
        run = self.run and blake2b(self.run.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return self.detector, self.params, self.role, self.before, run, self.text

    @property
    def size(self) -> int:
        """How many of a request's usual windows this is: that much more there is to do."""
        return max(1, -(-len(self.text) // LONGEST_INPUT))


@dataclass(frozen=True, slots=True)
class Passage:
    """A window: ``text`` begins at the offset ``start``; ``before`` is the end of what stands before it.

    ``run``: where the window begins inside a notation, up to ``RUN`` characters of what stands before it in that; its
    words can only be read together with the window's.
    """

    start: int
    text: str
    before: str
    run: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(slots=True)
class Windows:
    """The windows of one growing text. ``frontier``: where the one begins that is not complete yet."""

    frontier: int = 0
    _open: str = ""
    _before: str = ""
    _run: str = ""
    """What stands before the open window in the notation inside of which it begins."""
    _passed: int = 0
    """Characters of what is open before which no window ends."""

    def take(self, text: str, *, final: bool = False) -> list[Passage]:
        """Take in ``text``; the windows that are now complete."""
        text, at = self._open + text, 0
        out: list[Passage] = []
        while at < len(text):
            breathe()
            limit = at + LONGEST
            found = _ANSWER_END.search(text, at + self._passed, limit)
            if found is not None:
                end, on = found.end(), self._goes_on(text, at, found.end())
            elif len(text) >= limit:
                end, on = self._cut(text, at, limit)
            elif final:
                end, on = len(text), False
            else:
                break
            if on and found is not None and not (final and end == len(text)):
                self._passed = end - at + (NEXT if end - at > NEXT else 0)
                continue
            window = text[at:end]
            out.append(Passage(self.frontier, window, self._before, self._run))
            self._run = (self._run + window)[-RUN:] if on else ""
            self._before, self._passed = window, 0
            self.frontier += end - at
            at = end
        self._open = text[at:]
        return out

    def _cut(self, text: str, at: int, limit: int) -> tuple[int, bool]:
        """Where the window that begins at ``at`` and has no end up to ``limit`` is cut, and whether it goes on."""
        space = _at_space(text, at, limit)
        if space:
            return space, self._goes_on(text, at, space)
        on = self._goes_on(text, at, limit) or broken(text, at, limit)
        return apart(text, at, limit) if on else limit, on

    def _goes_on(self, text: str, at: int, end: int) -> bool:
        """Whether the window that begins at ``at`` would end inside a notation at ``end``."""
        if not self._run:
            return inside(text, at, end)
        near = self._run[-TAIL:] + text[at:end]
        return inside(near, 0, len(near))


def passages(text: str, ends: Sequence[int] = (), *, whole: bool = True) -> Iterator[Passage]:
    """The windows of a whole text; ``ends``: where its segments end, but the last.

    What is said later changes no window of what was said before, but for a short last one, so that the readings of a
    conversation can be remembered. A window ends where a segment does, unless little stands on one side.
    ``whole``: what is written in a notation stays together; otherwise no window is longer than ``LONGEST_INPUT``.
    """
    at, before = 0, ""
    while at < len(text):
        breathe()
        end = _end(text, at, ends)
        while whole and end < len(text) and end - at <= (TIMES - 1) * LONGEST_INPUT and inside(text, at, end):
            place = bisect_right(ends, end)
            if place and ends[place - 1] == end:
                break
            end = min(_end(text, end, ()), ends[place] if place < len(ends) else len(text))
        yield Passage(at, text[at:end], before)
        before = text[max(at, end - (LONGEST if end - at <= LONGEST_INPUT else TIMES * LONGEST)) : end]
        at = end


def _end(text: str, at: int, ends: Sequence[int]) -> int:
    limit = at + LONGEST_INPUT
    place = bisect_right(ends, at)
    while place < len(ends) and ends[place] <= limit:
        end = ends[place]
        place += 1
        following = ends[place] if place < len(ends) else len(text)
        if end - at >= _ENOUGH or following - end > _SHORT:
            return end
    if len(text) <= limit:
        return len(text)
    end = at
    for found in _SENTENCE_END.finditer(text, at, limit):
        end = found.end()
    return end if end > at else _at_space(text, at, limit) or limit


def _at_space(text: str, at: int, limit: int) -> int:
    """Behind the last space before ``limit``, in the second half of what begins at ``at``; 0 where there is none."""
    return text.rfind(" ", (at + limit) // 2, limit) + 1
