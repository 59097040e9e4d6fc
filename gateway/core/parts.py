"""Parts that read as one text: each is judged on its own, and so is what goes over from one to the next.

A word may be cut between two blocks of an answer that a client shows side by side; and a word that begins a block may
be one only because it begins there. So there are two readings: of each part alone, and of all without their joints, of
which only what spans a joint counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace

from gateway.core.scan import Failed, Outcome, Placed, Scan
from gateway.core.stage import Stage
from gateway.core.types import Finding


class Parts:
    """What ``Scan`` is for one text. Every offset is one of all parts together."""

    __slots__ = ("_part", "_paths", "_starts", "_whole")

    def __init__(self, scan: Scan) -> None:
        self._whole = scan
        self._part: Scan | None = None
        """The reading of the last part alone; of the first one, ``_whole`` is both."""
        self._starts, self._paths = [0], [scan.path]

    @property
    def stage(self) -> Stage:
        return self._whole.stage

    @property
    def path(self) -> str:
        return self._whole.path

    @property
    def pending(self) -> str:
        return self._whole.pending

    @property
    def base(self) -> int:
        return self._whole.base

    @property
    def frontier(self) -> int:
        if self._part is None:
            return self._whole.frontier
        return min(self._whole.frontier, self._starts[-1] + self._part.frontier)

    @property
    def unscannable(self) -> int | None:
        return self._whole.unscannable

    @property
    def last_unscannable(self) -> int | None:
        """The same for the last part alone, by its own offsets."""
        return self._whole.unscannable if self._part is None else self._part.unscannable

    def advance(self, text: str, *, final: bool = False) -> list[Outcome] | None:
        """Take in ``text``; the outcomes that became decided, or None when there are none."""
        found = self._whole.advance(text, final=final)
        if self._part is None:
            return found
        spanning = [each for each in found or () if self._spans(each)]
        return [*spanning, *self._moved(self._part.advance(text, final=final))] or None

    def next_part(self, path: str) -> list[Outcome]:
        """The last part has ended and another begins at ``path``; the outcomes that became decided by that."""
        if self._part is None:
            found = self._whole.fork().advance("", final=True) or []
        else:
            found = self._moved(self._part.advance("", final=True))
        whole = self._whole
        self._starts.append(whole.base + len(whole.pending))
        self._paths.append(path)
        self._part = Scan(whole.stage, whole.role, whole.path, whole.context)
        return found

    def take(self, end: int) -> str:
        """Remove and return the original text before the absolute offset ``end``."""
        if self._part is not None:
            self._part.take(end - self._starts[-1])
        return self._whole.take(end)

    def original(self, finding: Finding) -> str:
        """The original text of ``finding``, as far as it is still pending."""
        return self._whole.original(finding)

    def placed(self, finding: Finding) -> list[Finding]:
        """``finding`` as one in each part that it touches, with the offsets of that part."""
        starts, out = self._starts, []
        for at in range(bisect_right(starts, finding.start) - 1, bisect_left(starts, finding.end)):
            start, end = starts[at], starts[at + 1] if at + 1 < len(starts) else finding.end
            low, high = max(start, finding.start), min(end, finding.end)
            if low < high:
                out.append(replace(finding, path=self._paths[at], start=low - start, end=high - start))
        return out

    def _spans(self, outcome: Outcome) -> bool:
        if isinstance(outcome, Failed):
            return True
        place = outcome if isinstance(outcome, Placed) else outcome[1]
        after = bisect_right(self._starts, place.start)
        return after < len(self._starts) and self._starts[after] < place.end

    def _moved(self, outcomes: Iterable[Outcome] | None) -> list[Outcome]:
        """``outcomes`` of the last part, with the offsets of all parts."""
        return [_moved(each, self._starts[-1]) for each in outcomes or ()]


class Following:
    """What ``Scan`` is for a text that reads on from ``before``, which was judged and told elsewhere.

    Every offset is one of the text alone: what begins in ``before`` counts from the first character on, as nothing
    that is out can be taken back.
    """

    __slots__ = ("_by", "_parts")

    def __init__(self, scan: Scan, before: str) -> None:
        scan.advance(before)
        self._parts, self._by = Parts(scan), len(before)
        self._parts.next_part(scan.path)

    @property
    def stage(self) -> Stage:
        return self._parts.stage

    @property
    def path(self) -> str:
        return self._parts.path

    @property
    def pending(self) -> str:
        return self._parts.pending[max(0, self._by - self._parts.base) :]

    @property
    def base(self) -> int:
        return max(0, self._parts.base - self._by)

    @property
    def frontier(self) -> int:
        return max(0, self._parts.frontier - self._by)

    @property
    def unscannable(self) -> int | None:
        return self._parts.last_unscannable

    def advance(self, text: str, *, final: bool = False) -> list[Outcome] | None:
        """Take in ``text``; the outcomes that became decided, or None when there are none."""
        found = self._parts.advance(text, final=final)
        return [_moved(each, -self._by) for each in found] if found else None

    def take(self, end: int) -> str:
        """Remove and return the original text before the absolute offset ``end``."""
        if end <= 0:
            return ""
        own = max(0, self._by - self._parts.base)  # what is left of ``before`` goes with the first character
        return self._parts.take(end + self._by)[own:]

    def original(self, finding: Finding) -> str:
        """The original text of ``finding``, as far as it is still pending."""
        return self._parts.original(replace(finding, start=finding.start + self._by, end=finding.end + self._by))


def _moved(outcome: Outcome, by: int) -> Outcome:
    """``outcome`` with other offsets, none of them below 0."""
    if isinstance(outcome, Failed):
        return replace(outcome, start=max(0, outcome.start + by))
    if isinstance(outcome, Placed):
        return replace(outcome, start=max(0, outcome.start + by), end=outcome.end + by)
    found = outcome[1]
    return outcome[0], replace(found, start=max(0, found.start + by), end=found.end + by)
