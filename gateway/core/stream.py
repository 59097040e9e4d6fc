"""One field of one choice on its way to the client: holds, releases, edits, cuts. No clock, no I/O.

The cut and every edit are functions of the whole text alone, so however the text arrives the client gets
``edited(T[:cut])``: what is undecided is held, what is decided is released at once. A non-streamed answer
is a stream of one piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.policy import EDITS, STOPS, ActionKind
from gateway.core.scan import BoundRule, Failed, Outcome, Placed, Scan
from gateway.core.types import Edit, Finding, State
from gateway.core.windows import Ask, Windows

if TYPE_CHECKING:
    from gateway.core.exchange import Exchange


Kept = tuple[int, Finding, State]
"""A finding that counts: its rule's place in the policy, and the state it gives the rule."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """A finding that blocks: where the text is cut, by which rule, and what is said instead."""

    start: int
    order: int
    rule: str
    text: str


class FieldStream:
    """The hold-back machine of one (choice, field). ``cut`` is true once the field was cut."""

    __slots__ = (
        "_busy", "_complete", "_edits", "_ended", "_exchange", "_kept", "_scan", "_stops", "_windows", "asks", "cut",
        "edited", "longest_hold", "refusal",
    )

    def __init__(self, exchange: Exchange, scan: Scan, *, complete: bool) -> None:
        self._exchange, self._scan, self._complete = exchange, scan, complete
        detectors = scan.stage.detectors
        self._windows = Windows(detectors) if detectors else None
        self._ended = False
        self._busy = complete or bool(detectors)
        self._edits: list[Edit] = []
        self._stops: list[_Stop] = []
        self._kept: list[Kept] = []
        self.asks: list[Ask] = []
        """Windows that wait for a detector's score; whoever takes one must answer with ``score``."""
        self.cut = False
        self.edited = False
        self.refusal = ""
        """The words of the rule that cut, when it has any (``action: {respond: …}``)."""
        self.longest_hold = 0

    @property
    def position(self) -> int:
        """Characters of the original text that were let go (released, or replaced by an edit)."""
        return self._scan.base

    @property
    def held(self) -> int:
        """Characters of the original text that are held back now."""
        return len(self._scan.pending)

    def feed(self, text: str) -> str:
        """Take in the next piece; what may be released now."""
        if self.cut:
            return ""
        scan = self._scan
        outcomes = scan.advance(text)
        if self._windows is not None:
            self.asks += self._windows.take(text)
        if outcomes is None and not self._busy and scan.unscannable is None:
            released = scan.take(scan.frontier)
        else:
            released = self._settle(outcomes or [], final=False)
        held = len(scan.pending)
        if held > self.longest_hold:
            self.longest_hold = held
        return released

    def finish(self) -> str:
        """The text has ended: what is left comes out, or waits for the scores of ``asks``."""
        if self.cut or self._ended:
            return ""
        self._ended = True
        if self._windows is not None:
            self.asks += self._windows.take("", final=True)
        return self._settle(self._scan.advance("", final=True) or [], final=self.settled)

    def score(self, ask: Ask, value: float | None) -> str:
        """A detector's answer to ``ask``, None when it failed; what may be released now."""
        if self.cut or self._windows is None:
            return ""
        self._windows.scored(ask)
        outcomes: list[Outcome] = []
        for bound in self._scan.stage.rules:
            if bound.spec.detector != ask.detector:
                continue
            if value is None:
                outcomes.append(Failed(bound))
            elif value >= bound.rule.threshold:
                outcomes.append((bound, Finding(bound.rule.id, self._scan.path, ask.start, ask.end, value)))
        return self._settle(outcomes, final=self._ended and self.settled)

    @property
    def settled(self) -> bool:
        """Whether no detector still owes a score."""
        return self._windows is None or self._windows.complete

    def _settle(self, outcomes: list[Outcome], *, final: bool) -> str:
        self._sort(outcomes)
        scan = self._scan
        stop = min(self._stops, key=lambda each: (each.start, each.order), default=None)
        frontier = scan.frontier if self._windows is None or final else min(scan.frontier, self._windows.frontier)
        limit = scan.base if self._complete and not final else frontier
        if stop is not None:
            # One character beyond the stop must be decided: until then an earlier or an equal one may come.
            if (frontier > stop.start and not self._complete) or final:
                return self._cut(stop)
            limit = min(limit, stop.start)
        released = self._release(limit, closing=final)
        if final:
            self._exchange.settle(self._kept)
        self._busy = bool(self._complete or self._windows or self._edits or self._stops)
        return released

    def _cut(self, stop: _Stop) -> str:
        start = 0 if self._complete else stop.start
        released = "" if self._complete else self._release(start, closing=True)
        self.cut = True
        kept = [each for each in self._kept if self._complete or each[1].start <= start]
        self.refusal = stop.text
        self._exchange.settle(kept, stop.rule)
        return released

    def _release(self, limit: int, *, closing: bool) -> str:
        """Edited text up to ``limit``; an edit that is not wholly decided stops the release before it."""
        scan, out = self._scan, []
        edits = sorted(self._edits, key=lambda each: (each.start, -each.end))
        while edits and edits[0].start < limit:
            first, end = edits[0], edits[0].end
            count = 1
            while count < len(edits) and edits[count].start < end:
                end = max(end, edits[count].end)
                count += 1
            if end > limit and not closing:
                limit = first.start
                break
            out.append(scan.take(first.start))
            out.append(first.replacement)
            scan.take(end)
            self.edited = True
            del edits[:count]
        self._edits = edits
        out.append(scan.take(limit))
        return "".join(out)

    def _sort(self, outcomes: list[Outcome]) -> None:
        """File each outcome under what its rule's action says."""
        scan, exchange = self._scan, self._exchange
        restored = [
            (each.start, each.end, value)
            for each in outcomes
            if isinstance(each, Placed) and (value := exchange.minted.restore(each.name)) is not None
        ]
        self._edits += [Edit(scan.path, start, end, value) for start, end, value in restored]
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                self._failed(outcome)
            elif not isinstance(outcome, Placed):
                bound, finding = outcome
                if not any(start < finding.end and finding.start < end for start, end, _ in restored):
                    self._found(bound, finding)
        if scan.unscannable is not None:
            self._unreadable(scan.unscannable)

    def _found(self, bound: BoundRule, finding: Finding) -> None:
        kind, text, state = self._exchange.weigh(bound, finding, self._scan.original(finding))
        if state is State.ALLOWED:
            return
        self._kept.append((bound.order, finding, state))
        if kind in EDITS:
            self._edits.append(Edit(finding.path, finding.start, finding.end, text))
        elif kind in STOPS:
            self._stops.append(_Stop(finding.start, bound.order, bound.rule.id, text))

    def _failed(self, outcome: Failed) -> None:
        rule = outcome.bound.rule
        self._exchange.note(rule.id, "output", State.ERROR)
        if rule.on_error == "block" and rule.mode == "enforce":
            self._stops.append(_Stop(self._scan.base, outcome.bound.order, rule.id, ""))

    def _unreadable(self, at: int) -> None:
        action = self._exchange.unreadable("text")
        if action in (ActionKind.BLOCK, ActionKind.RESPOND):
            self._stops.append(_Stop(at, len(self._stops), "unscannable", ""))
        self._scan.unscannable = None
