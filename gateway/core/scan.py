"""Judging one text as it grows: keeps the window, runs the rules whose patterns occur, says what is settled.

A whole text is pushed once and advanced to its end; a stream is pushed piece by piece. Either way the
findings are those of the whole text, because only decided matches count (see ``gateway.core.view``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from gateway.core import decode
from gateway.core import placeholders as made
from gateway.core.breath import breathe
from gateway.core.places import Places
from gateway.core.policy import Rule
from gateway.core.stage import BoundRule, Stage
from gateway.core.text import canonical, swallowed_run
from gateway.core.types import Context, Finding, Role, State
from gateway.core.view import Key, View, Window

CONTEXT_BYTES: Final = 512
"""How much judged text stays in sight of guards that look back."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A rule could not judge: its guard raised or answered garbage at the absolute offset ``start``, or its detector
    has no readings of the window that begins there, as ``state`` says."""

    bound: BoundRule
    start: int
    state: State = State.ERROR


@dataclass(frozen=True, slots=True)
class Placed:
    """A placeholder stands at ``[start, end)`` of the original text; ``key`` is its ``placeholders.Reading.key``."""

    start: int
    end: int
    key: str


Outcome = tuple[BoundRule, Finding] | Failed | Placed


@dataclass(slots=True, init=False)
class Scan:
    """One text under judgement. Offsets in findings are absolute characters of the original text.

    ``pending`` is what was not taken yet, ``base`` the offset of its first character, ``frontier`` the
    offset below which everything is decided, ``unscannable`` where the text became unreadable, if it did.
    """

    stage: Stage
    role: Role
    path: str
    context: Context
    pending: str
    base: int
    frontier: int
    unscannable: int | None
    disabled: set[str]
    """Rules whose guard failed on this text; they are not asked again."""
    _data: bytes
    _pending_at: int
    _judged: int
    _run: int
    _places: Places | None
    """None while what is pending is ASCII: then bytes and characters go side by side."""
    _positions: dict[Key, int]
    _counts: dict[Key, int]
    _given: tuple[bytes, int] | None
    """The canonical form of the whole text and its hits, where somebody has worked them out already."""
    decoded: bool
    """Whether a run in the text stood for another text."""

    def __init__(self, stage: Stage, role: Role, path: str, context: Context) -> None:
        # Written out, as what dataclasses generate is not compiled.
        self.stage, self.role, self.path, self.context = stage, role, path, context
        self.pending, self._data = "", b""
        self.base = self.frontier = self._pending_at = self._judged = self._run = 0
        self.unscannable = self._places = self._given = None
        self.disabled = set()
        self._positions, self._counts = {}, {}
        self.decoded = False

    def advance(self, text: str, *, final: bool = False) -> list[Outcome] | None:
        """Take in ``text``; the outcomes that became decided, or None when there are none."""
        before = self.frontier
        outcomes = self._advance(text, final)
        limits = self.stage.limits
        if limits and self.frontier > limits[0][0]:
            outcomes = [*(outcomes or ()), *self._too_long(before)] or None
        return outcomes

    def whole(self, text: str, data: bytes, hits: int) -> list[Outcome] | None:
        """``advance`` with all of ``text`` at once, whose canonical form ``data`` has ``hits``."""
        self._given = data, hits
        return self.advance(text, final=True)

    def _too_long(self, before: int) -> Iterator[Outcome]:
        """The first character too many, in the step in which it is decided."""
        for most, bound in self.stage.limits:
            if before <= most < self.frontier and self._applies(bound.rule):
                yield bound, Finding(bound.rule.id, self.path, most, most + 1, 1.0, "LENGTH")

    def _advance(self, text: str, final: bool) -> list[Outcome] | None:
        if text:
            self._append(text)
        data, scanner = self._data, self.stage.scanner
        if self._judged == len(data):
            self.frontier = self.base + len(self.pending)
            return None
        hits = scanner.hits(data[self._scan_from() :]) if self._given is None else self._given[1]
        decided = len(data) if final else scanner.hold(data, self._judged)
        outcomes = self._judge(hits, decided) if hits else None
        self._judged = decided
        if self._places is None or decided == len(data):
            self.frontier = self.base + len(self.pending) - (len(data) - decided)
        else:
            self.frontier = self._places.origin(decided)
        return outcomes

    def _append(self, text: str) -> None:
        at = self.base + len(self.pending)
        if text.isascii():
            self._run = 0
            self._data += text.encode()
        else:
            self._run, beyond = swallowed_run(text, self._run)
            if beyond is not None and self.unscannable is None:
                self.unscannable = at + beyond
            self._data += canonical(text).encode("utf-8", "replace") if self._given is None else self._given[0]
            if self._places is None:
                self._places = Places.of_ascii(self._pending_at, self.base, len(self.pending))
        if self._places is not None:
            self._places.grow(text, at)
        self.pending = self.pending + text if self.pending else text

    def take(self, end: int) -> str:
        """Remove and return the original text before the absolute offset ``end``."""
        count = end - self.base
        if count <= 0:
            return ""
        taken = self.pending[:count]
        self.pending = self.pending[count:]
        self.base = end
        if self._places is None:
            self._pending_at += count
        else:
            self._pending_at = self._places.byte(end)
            if self.pending.isascii():
                self._places = None
        if self._pending_at > 4 * CONTEXT_BYTES:
            self._trim()
        return taken

    def fork(self) -> Scan:
        """Another that goes on from here on its own."""
        other = Scan(self.stage, self.role, self.path, self.context)
        other.pending, other.base, other.frontier = self.pending, self.base, self.frontier
        other.unscannable, other.disabled, other.decoded = self.unscannable, set(self.disabled), self.decoded
        other._data, other._pending_at, other._judged, other._run = (
            self._data, self._pending_at, self._judged, self._run)
        other._places, other._given = self._places and self._places.copy(), self._given
        other._positions, other._counts = dict(self._positions), dict(self._counts)
        return other

    def original(self, finding: Finding) -> str:
        """The original text of ``finding``, as far as it is still pending."""
        return self.pending[max(0, finding.start - self.base) : max(0, finding.end - self.base)]

    def _scan_from(self) -> int:
        """One character of left context, so that word boundaries are seen as they are."""
        start = self._judged
        while start:
            start -= 1
            if self._data[start] & 0xC0 != 0x80:
                break
        return start

    def _trim(self) -> None:
        cut = self._pending_at - CONTEXT_BYTES
        while self._data[cut] & 0xC0 == 0x80:
            cut += 1
        self._data = self._data[cut:]
        if self._places is not None:
            self._places.forget(self._pending_at)
            self._places.shift(cut)
        self._pending_at -= cut
        self._judged -= cut
        self._positions = {each: at - cut for each, at in self._positions.items() if at > cut}

    def _judge(self, hits: int, decided: int) -> list[Outcome] | None:
        stage = self.stage
        window = Window(
            self._data, self._judged, decided, self._pending_at, self.base, self.base + len(self.pending),
            self._places, hits, stage.bits, self._positions, self._counts, written=self.pending, groups=stage.groups,
        )
        outcomes: list[Outcome] = []
        if stage.placeholders is not None and stage.restore_bit & hits:
            for match in self._view(window).matches(stage.placeholders):
                reading = made.read(match.text)
                span = window.span(match.start + reading.lead, match.end - reading.tail)
                outcomes.append(Placed(*span, reading.key))
        outcomes += self._run_rules(window)
        if stage.decode_mask & hits:
            outcomes += self._decoded(window)
        if stage.leet_bit & hits:
            data = decode.unleet(self._data)
            leet_hits = stage.scanner.hits(data[self._judged :])
            leet = replace(window, data=data, hits=leet_hits, positions={}, reached={}, lane="leet")
            outcomes += self._run_rules(leet, leet=True)
        if outcomes and any(isinstance(each, Failed) for each in outcomes):
            outcomes = self._before_failures(outcomes)
        if self._positions or window.reached:
            reached = {**self._positions, **window.reached}
            self._positions = {key: at for key, at in reached.items() if at > decided}
        return outcomes or None

    def _before_failures(self, outcomes: list[Outcome]) -> list[Outcome]:
        """A rule that failed says nothing from its first failure on, in whatever order its readings were judged."""
        first: dict[str, Failed] = {}
        for each in outcomes:
            if isinstance(each, Failed):
                known = first.get(each.bound.rule.id)
                first[each.bound.rule.id] = each if known is None or each.start < known.start else known
        self.disabled.update(first)
        kept = [
            each for each in outcomes
            if isinstance(each, Placed)
            or (isinstance(each, tuple)
                and (each[0].rule.id not in first or each[1].start < first[each[0].rule.id].start))
        ]
        return [*kept, *first.values()]

    def _view(self, window: Window, rule: str = "") -> View:
        return View(window, rule, self.path, self.role, self.stage.direction, self.context)

    def _run_rules(self, window: Window, *, leet: bool = False, decoded: bool = False) -> list[Outcome]:
        hits = window.hits
        outcomes: list[Outcome] = []
        for bound in self.stage.rules:
            if not bound.mask & hits or (leet and not bound.spec.leet) or (decoded and not bound.spec.decode):
                continue
            if bound.rule.id in self.disabled or not self._applies(bound.rule):
                continue
            breathe()
            counts = dict(window.counts)
            try:
                outcomes += self._find(bound, window)
            except Exception:  # noqa: BLE001  # law 5: whatever a guard raises is a state, never "no finding"
                window.counts.clear()
                window.counts.update(counts)  # the turns that the guard took before it failed are not taken
                outcomes += self._failed(bound, window)
        return outcomes

    def _find(self, bound: BoundRule, window: Window) -> list[Outcome]:
        """What the guard finds. Raises whatever it raises, and ``ValueError`` for a finding outside the text."""
        found: list[Outcome] = []
        low, high = window.whole or (window.base, window.end)
        for finding in bound.spec.find(self._view(window, bound.rule.id), bound.params):
            if not low <= finding.start < finding.end <= high:
                raise ValueError("a finding lies outside the text that was judged")
            if not finding.score < bound.rule.threshold:  # a score that is no number counts
                found.append((bound, finding))
        return found

    def _failed(self, bound: BoundRule, window: Window) -> list[Outcome]:
        """The findings before the match at which the guard raises, and where that match stands.

        A guard sees more matches at once the larger the pieces are in which the text arrives; where it fails must
        not depend on that. So it is asked again, about fewer and fewer matches.
        """
        again = replace(window, reached={})
        view = self._view(again, bound.rule.id)
        starts = sorted({match.start for each in bound.spec.patterns(bound.params) for match in view.matches(each)})
        if not starts and window.decided < len(window.data):
            return []  # what made it run is not decided yet: it will be asked again
        low, high = 0, len(starts) - 1
        while low < high:
            middle = (low + high) // 2
            if self._until(bound, window, starts[middle] + 1) is None:
                high = middle
            else:
                low = middle + 1
        before = self._until(bound, window, starts[low]) if starts else None
        place = window.span(starts[low], starts[low] + 1)[0] if starts else window.base
        return [*(before or ()), Failed(bound, place)]

    def _until(self, bound: BoundRule, window: Window, decided: int) -> list[Outcome] | None:
        """What the guard finds in the matches that begin before byte ``decided``; None when it raises."""
        part = replace(window, decided=decided, reached={}, counts=dict(window.counts))
        try:
            return self._find(bound, part)
        except Exception:  # noqa: BLE001  # looked at by the caller
            return None

    def _applies(self, rule: Rule) -> bool:
        return self.stage.direction == "output" or self.role in rule.input_roles

    def _decoded(self, window: Window) -> list[Outcome]:
        """Findings inside encoded runs; each covers its whole run."""
        found: list[Outcome] = []
        view = self._view(window)
        for kind in decode.RUNS:
            for match in view.matches(kind):
                span = window.span(match.start, match.end)
                for text in decode.decode(kind, match.text):
                    self.decoded = True
                    found += self.inside(text, span, decode.MAX_DEPTH - 1, kind.source)
        return found

    def reread(self, text: str, span: Callable[[int, int], tuple[int, int]], size: int) -> list[Outcome]:
        """Findings in ``text``, canonical, which is another reading of a text of ``size`` characters.

        ``span`` leads from bytes of ``text`` to the original.
        """
        data = text.encode("utf-8", "replace")
        hits = self.stage.scanner.hits(data)
        if not hits:
            return []
        window = Window(data, 0, len(data), 0, 0, size, hits=hits, bits=self.stage.bits, counts=self._counts,
                        lane="readable", back=span, groups=self.stage.groups)  # fmt: skip
        return self._run_rules(window, decoded=True)

    def inside(self, text: str, span: tuple[int, int], depth: int, lane: str) -> list[Outcome]:
        """Findings in a decoded text, all of them covering the original ``span``; ``lane`` says how it was decoded."""
        data = canonical(text).encode("utf-8", "replace")
        hits = self.stage.scanner.hits(data)
        if not hits:
            return []
        window = Window(
            data, 0, len(data), 0, 0, 0, hits=hits, bits=self.stage.bits, counts=self._counts, lane=lane, whole=span,
            written=text, groups=self.stage.groups,
        )
        found = self._run_rules(window, decoded=True)
        if depth > 0 and self.stage.decode_mask & hits:
            view = self._view(window)
            for kind in decode.RUNS:
                for match in view.matches(kind):
                    for inner in decode.decode(kind, match.text):
                        found += self.inside(inner, span, depth - 1, lane)
        return found
