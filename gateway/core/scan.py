"""Judging one text as it grows: keeps the window, runs the rules whose patterns occur, says what is settled.

A whole text is pushed once and advanced to its end; a stream is pushed piece by piece. Either way the
findings are those of the whole text, because only decided matches count (see ``gateway.core.view``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.core import decode
from gateway.core.guard import GuardSpec
from gateway.core.pattern import Pattern
from gateway.core.placeholders import PLACEHOLDER
from gateway.core.policy import Rule
from gateway.core.scanner import DatabaseCache, Scanner
from gateway.core.text import canonical, origins, swallowed_run
from gateway.core.types import Context, Direction, Finding, Role
from gateway.core.view import View, Window

CONTEXT_BYTES = 512
"""How much judged text stays in sight of guards that look back."""


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with its guard, and the bits of its patterns in the stage's scanner."""

    rule: Rule
    spec: GuardSpec
    params: Any
    mask: int
    order: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A guard raised: its rule could not judge."""

    bound: BoundRule


@dataclass(frozen=True, slots=True)
class Placed:
    """A placeholder stands at ``[start, end)`` of the original text."""

    start: int
    end: int
    name: str


@dataclass(slots=True)
class Stage:
    """The rules of one direction, compiled."""

    direction: Direction
    rules: tuple[BoundRule, ...]
    detectors: tuple[str, ...]
    limits: tuple[tuple[int, BoundRule], ...]
    """Rules for which a text of more characters is a finding, strictest first."""
    scanner: Scanner
    decode_mask: int
    leet_bit: int
    restore_bit: int
    bits: dict[Pattern, int]

    def absent(self, hits: int) -> Callable[[Pattern], bool]:
        """Whether a pattern surely does not occur in the text whose hit mask is ``hits``."""
        bits = self.bits
        return lambda pattern: pattern in bits and not hits >> bits[pattern] & 1

    @classmethod
    def compile(
        cls, direction: Direction, rules: Iterable[tuple[Rule, GuardSpec, Any]], *, restore: bool,
        cache: DatabaseCache | None,
    ) -> Stage:
        bits: dict[Pattern, int] = {}
        bound = []
        for order, (rule, spec, params) in enumerate(rules):
            mask = 0
            for each in spec.patterns(params):
                mask |= 1 << bits.setdefault(each, len(bits))
            bound.append(BoundRule(rule, spec, params, mask, order))
        decode_mask = leet_bit = restore_bit = 0
        if any(each.spec.decode for each in bound):
            for run in decode.RUNS:
                decode_mask |= 1 << bits.setdefault(run, len(bits))
        if direction == "input" and any(each.spec.leet for each in bound):
            leet_bit = 1 << bits.setdefault(decode.LEET, len(bits))
        if restore:
            restore_bit = 1 << bits.setdefault(PLACEHOLDER, len(bits))
        detectors = tuple(dict.fromkeys(each.spec.detector for each in bound if each.spec.detector))
        limits = [
            (most, each) for each in bound
            if each.spec.longest is not None and (most := each.spec.longest(each.params)) > 0
        ]
        limits.sort(key=lambda limit: limit[0])
        scanner = Scanner(tuple(bits), cache)
        return cls(direction, tuple(bound), detectors, tuple(limits), scanner, decode_mask, leet_bit, restore_bit, bits)


Outcome = tuple[BoundRule, Finding] | Failed | Placed
Positions = dict[tuple[str, Pattern], int]


@dataclass(slots=True)
class Scan:
    """One text under judgement. Offsets in findings are absolute characters of the original text.

    ``pending`` is what was not taken yet, ``base`` the offset of its first character, ``frontier`` the
    offset below which everything is decided, ``unscannable`` where the text became unreadable, if it did.
    """

    stage: Stage
    role: Role
    path: str
    context: Context
    pending: str = ""
    base: int = 0
    frontier: int = 0
    unscannable: int | None = None
    disabled: set[str] = field(default_factory=set)
    """Rules whose guard failed on this text; they are not asked again."""
    _data: bytes = b""
    _pending_at: int = 0
    _judged: int = 0
    _run: int = 0
    _ascii: bool = True
    _positions: Positions = field(default_factory=dict)

    def advance(self, text: str, *, final: bool = False) -> list[Outcome] | None:
        """Take in ``text``; the outcomes that became decided, or None when there are none."""
        before = self.frontier
        outcomes = self._advance(text, final)
        limits = self.stage.limits
        if limits and self.frontier > limits[0][0]:
            outcomes = [*(outcomes or ()), *self._too_long(before)] or None
        return outcomes

    def _too_long(self, before: int) -> Iterator[Outcome]:
        """The first character too many, in the step in which it is decided."""
        for most, bound in self.stage.limits:
            if before <= most < self.frontier and self._applies(bound.rule):
                yield bound, Finding(bound.rule.id, self.path, most, most + 1, 1.0, "LENGTH")

    def _advance(self, text: str, final: bool) -> list[Outcome] | None:
        if text:
            if text.isascii():
                self._data += text.encode()
                self._run = 0
            else:
                self._take_unicode(text)
            self.pending = self.pending + text if self.pending else text
        data, scanner = self._data, self.stage.scanner
        if self._judged == len(data):
            self.frontier = self.base + len(self.pending)
            return None
        hits = scanner.hits(data[self._scan_from() :])
        decided = len(data) if final else scanner.hold(data, self._judged)
        outcomes = self._judge(hits, decided) if hits else None
        self._judged = decided
        held = len(data) - decided
        if self._ascii:
            self.frontier = self.base + len(self.pending) - held
        else:
            self.frontier = self.base + origins(self.pending)[decided - self._pending_at]
        return outcomes

    def take(self, end: int) -> str:
        """Remove and return the original text before the absolute offset ``end``."""
        count = end - self.base
        if count <= 0:
            return ""
        taken = self.pending[:count]
        self.pending = self.pending[count:]
        self.base = end
        self._pending_at += len(taken) if taken.isascii() else len(canonical(taken).encode())
        if self._pending_at > 4 * CONTEXT_BYTES:
            self._trim()
        if not self._ascii and not self.pending:
            self._ascii = True
        return taken

    def original(self, finding: Finding) -> str:
        """The original text of ``finding``, as far as it is still pending."""
        return self.pending[max(0, finding.start - self.base) : max(0, finding.end - self.base)]

    def _take_unicode(self, text: str) -> None:
        self._run, beyond = swallowed_run(text, self._run)
        if beyond is not None and self.unscannable is None:
            self.unscannable = self.base + len(self.pending) + beyond
        self._data += canonical(text).encode("utf-8", "replace")
        self._ascii = False

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
        self._pending_at -= cut
        self._judged -= cut
        self._positions = {each: at - cut for each, at in self._positions.items() if at > cut}

    def _judge(self, hits: int, decided: int) -> list[Outcome] | None:
        stage = self.stage
        window = Window(
            self._data, self._judged, decided, self.pending, self._pending_at, self.base, self._positions
        )
        outcomes: list[Outcome] = []
        if stage.restore_bit & hits:
            for match in View(window, "", self.path, self.role, stage.direction, self.context).matches(PLACEHOLDER):
                outcomes.append(Placed(*window.span(match.start, match.end), match.text))
        outcomes += self._run_rules(window, hits)
        if stage.decode_mask & hits:
            outcomes += self._decoded(window, hits)
        if stage.leet_bit & hits:
            data = decode.unleet(self._data)
            leet = Window(data, self._judged, decided, self.pending, self._pending_at, self.base)
            outcomes += self._run_rules(leet, stage.scanner.hits(data[self._judged :]), leet=True)
        reached = {**self._positions, **window.reached}
        self._positions = {key: at for key, at in reached.items() if at > decided}
        return outcomes or None

    def _run_rules(
        self, window: Window, hits: int, *, leet: bool = False, decoded: bool = False
    ) -> Iterator[Outcome]:
        absent = self.stage.absent(hits)
        for bound in self.stage.rules:
            if not bound.mask & hits or (leet and not bound.spec.leet) or (decoded and not bound.spec.decode):
                continue
            rule = bound.rule
            if rule.id in self.disabled or not self._applies(rule):
                continue
            view = View(window, rule.id, self.path, self.role, self.stage.direction, self.context, absent)
            try:
                for finding in bound.spec.find(view, bound.params):
                    if finding.score >= rule.threshold:
                        yield bound, finding
            except Exception:  # noqa: BLE001  # law 5: whatever a guard raises is a state, never "no finding"
                self.disabled.add(rule.id)
                yield Failed(bound)

    def _applies(self, rule: Rule) -> bool:
        return self.stage.direction == "output" or self.role in rule.input_roles

    def _decoded(self, window: Window, hits: int) -> list[Outcome]:
        """Findings inside encoded runs; each covers its whole run."""
        found: list[Outcome] = []
        view = View(window, "", self.path, self.role, self.stage.direction, self.context)
        for kind in decode.RUNS:
            for match in view.matches(kind):
                span = window.span(match.start, match.end)
                for text in decode.decode(kind, match.text):
                    found += self.inside(text, span, decode.MAX_DEPTH - 1)
        return found

    def inside(self, text: str, span: tuple[int, int], depth: int) -> list[Outcome]:
        """Findings in a decoded text, all of them covering the original ``span``."""
        data = canonical(text).encode("utf-8", "replace")
        hits = self.stage.scanner.hits(data)
        if not hits:
            return []
        window = Window(data, 0, len(data), "", 0, 0, whole=span)
        found = list(self._run_rules(window, hits, decoded=True))
        if depth > 0 and self.stage.decode_mask & hits:
            view = View(window, "", self.path, self.role, self.stage.direction, self.context)
            for kind in decode.RUNS:
                for match in view.matches(kind):
                    for inner in decode.decode(kind, match.text):
                        found += self.inside(inner, span, depth - 1)
        return found
