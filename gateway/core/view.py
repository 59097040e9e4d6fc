"""What a guard sees: a window of canonical text in which matches may be trusted.

In a stream the end of the text is still moving, so a view yields *decided* matches only: those that no
further text could lengthen, shorten or undo. A whole text is simply a window whose end is final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.core.pattern import Pattern
from gateway.core.places import Places
from gateway.core.spans import spans
from gateway.core.text import origins
from gateway.core.types import Context, Direction, Finding, Role


class Match(NamedTuple):
    """``[start, end)`` in bytes of the window's canonical text, and the canonical text matched."""

    start: int
    end: int
    text: str


Key = tuple[str, str, Pattern]
"""A window's lane, a rule and one of its patterns."""
Group = tuple[tuple[Pattern, ...], int, tuple[int, ...]]
"""Patterns of one guard, all their bits, and the bit of each; 0: it has none."""


@dataclass(slots=True, init=False)
class Window:
    """Canonical bytes with the bounds within which a stream's text is new and decided.

    ``data[:start]`` was judged before and serves as left context; matches that begin at or after
    ``decided`` may still change. What is pending begins at byte ``pending_at``, at the absolute offset
    ``base`` of the original, and ends before ``end``; ``places`` leads back to it unless it is ASCII.
    ``hits`` has the ``bits`` of the patterns that the prefilter saw in it; a pattern without a bit may occur.
    """

    data: bytes
    start: int
    decided: int
    pending_at: int
    base: int
    end: int
    places: Places | None
    hits: int
    bits: Mapping[Pattern, int]
    positions: dict[Key, int]
    """Where the last match of a rule's pattern ended, when that is beyond ``start``."""
    counts: dict[Key, int]
    """How often a guard asked whose turn it is (``View.turn``), over the whole text."""
    lane: str
    """Empty for the text itself; else which kind of reading this is, since each keeps an order of its own."""
    reached: dict[Key, int]
    whole: tuple[int, int] | None
    """For a decoded window: the original span that every finding covers."""
    back: Callable[[int, int], tuple[int, int]] | None
    """For another reading of the text: leads from its bytes to the original."""
    written: str
    """The pending text, or the decoded one, as it was written: what ``data`` was folded from."""
    groups: dict[int, Group]
    """The bits of guards' patterns, by the identity of the tuples that hold them; ``bits`` must be the same for all."""

    def __init__(
        self, data: bytes, start: int, decided: int, pending_at: int, base: int, end: int,
        places: Places | None = None, hits: int = -1, bits: Mapping[Pattern, int] | None = None,
        positions: dict[Key, int] | None = None, counts: dict[Key, int] | None = None, lane: str = "",
        reached: dict[Key, int] | None = None, whole: tuple[int, int] | None = None,
        back: Callable[[int, int], tuple[int, int]] | None = None, written: str = "",
        groups: dict[int, Group] | None = None,
    ) -> None:
        # Written out, as what dataclasses generate is not compiled.
        self.data, self.start, self.decided = data, start, decided
        self.pending_at, self.base, self.end, self.places = pending_at, base, end, places
        self.hits, self.bits = hits, {} if bits is None else bits
        self.positions = {} if positions is None else positions
        self.counts = {} if counts is None else counts
        self.lane, self.written, self.whole, self.back = lane, written, whole, back
        self.reached = {} if reached is None else reached
        self.groups = {} if groups is None else groups

    def origin(self, index: int) -> int:
        """Absolute offset of the original character that byte ``index`` came from."""
        return self.base + index - self.pending_at if self.places is None else self.places.origin(index)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original ``[start, end)`` of canonical bytes ``[start, end)``."""
        if self.whole is not None:
            return self.whole
        if self.back is not None:
            return self.back(start, end)
        return self.origin(start), self.origin(end - 1) + 1


class View:
    """A window as one rule's guard sees it."""

    __slots__ = ("context", "direction", "path", "role", "rule", "window")

    def __init__(
        self, window: Window, rule: str, path: str, role: Role, direction: Direction, context: Context
    ) -> None:
        self.window, self.rule, self.path = window, rule, path
        self.role: Role = role
        self.direction: Direction = direction
        self.context = context

    @property
    def text(self) -> str:
        """Canonical text of the window, left context included (up to 512 bytes in a stream)."""
        return self.window.data.decode("utf-8", "replace")

    def matches(self, pattern: Pattern) -> Sequence[Match]:
        """Decided matches of ``pattern``, leftmost first, not overlapping."""
        window = self.window
        bit = window.bits.get(pattern)
        if bit is not None and not bit & window.hits:
            return ()  # most patterns of a guard that runs do not occur
        key = (window.lane, self.rule, pattern)
        start = max(window.start, window.positions.get(key, 0))
        data, decided, end = window.data, window.decided, -1
        found: list[Match] = []
        for begin, stop in spans(pattern.match, data, start):
            if begin >= decided:
                break
            end = stop
            found.append(Match(begin, stop, data[begin:stop].decode()))
        if end >= 0:
            window.reached[key] = end
        return found

    def occurring(self, patterns: tuple[Pattern, ...]) -> Sequence[int]:
        """The places of those of ``patterns`` that may occur: a guard of many need not ask about each in turn.

        ``patterns``: a tuple that the guard keeps, as what is known of it goes by its identity.
        """
        window = self.window
        group = window.groups.get(id(patterns))
        if group is None:
            bits = tuple([window.bits.get(each, 0) for each in patterns])
            group = window.groups[id(patterns)] = patterns, 0 if 0 in bits else _union(bits), bits
        _, mask, bits = group
        hits = window.hits
        if mask and not mask & hits:
            return ()
        return [at for at, bit in enumerate(bits) if not bit or bit & hits]

    def original(self, match: Match) -> str:
        """``match`` as it was written, before folding: for what tells look-alike characters from real ones."""
        window = self.window
        if not window.written:
            return match.text  # another reading of the text, which nobody wrote so
        if window.whole is None:
            begin, stop = window.span(match.start, match.end)
            return window.written[begin - window.base : stop - window.base]
        if len(window.written) == len(window.data):
            return match.text
        places = origins(window.written)
        return window.written[places[match.start] : places[match.end - 1] + 1]

    def turn(self, pattern: Pattern) -> int:
        """How many times this was asked about ``pattern`` before, in this text.

        A guard that asks before each costly look at a match can bound what a flood of matches costs, and the
        same matches get the same turns however the text arrives.
        """
        counts, key = self.window.counts, (self.window.lane, self.rule, pattern)
        turn = counts.get(key, 0)
        counts[key] = turn + 1
        return turn

    def before(self, match: Match, length: int) -> str:
        """Up to ``length`` (at most 512) bytes of canonical text before ``match``."""
        return self.window.data[max(0, match.start - min(length, 512)) : match.start].decode("utf-8", "ignore")

    def finding(
        self, match: Match, *, entity: str = "", score: float = 1.0, inner: tuple[int, int] | None = None
    ) -> Finding:
        """A finding on ``match``; ``inner`` narrows it to a part, in bytes from the match's start."""
        start, end = match.start, match.end
        if inner is not None:
            start, end = match.start + inner[0], match.start + inner[1]
        begin, stop = self.window.span(start, end)
        return Finding(self.rule, self.path, begin, stop, score, entity)


def _union(bits: tuple[int, ...]) -> int:
    mask = 0
    for each in bits:
        mask |= each
    return mask
