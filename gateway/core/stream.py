"""One field of one choice on its way to the client: holds, releases, edits, cuts. No clock, no I/O.

The cut and every edit are functions of the whole text alone, so however the text arrives the client gets
``edited(T[:cut])``: what is undecided is held, what is decided is released at once. A non-streamed answer
is a stream of one piece. What detectors read in it was learned before (``Exchange.answers``): nothing waits here.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.json_scan import JsonScan
from gateway.core.json_text import JsonText, is_json
from gateway.core.parts import Following, Parts
from gateway.core.placeholders import UNKNOWN
from gateway.core.policy import EDITS, STOPS
from gateway.core.readings import outcomes as read
from gateway.core.scan import Failed, Outcome, Placed, Scan
from gateway.core.stage import BoundRule
from gateway.core.types import Finding, State
from gateway.core.whole import Kind, Whole, judged
from gateway.core.windows import Passage, Windows

if TYPE_CHECKING:
    from gateway.core.exchange import Exchange


LONGEST_PIECE = 65_536
"""Characters of an event that are looked at in one go: one call of C over a megabyte stopped all threads for 145 ms."""
Kept = tuple[int, Finding, State]
"""A finding that counts: its rule's place in the policy, and the state it gives the rule."""

_Placed = tuple[int, int, int, str]
"""An edit: start, minus end, the place of its rule in the policy, replacement. Sorted, the first of several counts."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """A finding that blocks: where the text is cut, by which rule, and what is said instead."""

    start: int
    order: int
    rule: str
    text: str

    @property
    def place(self) -> tuple[int, int]:
        return self.start, self.order


class FieldStream:
    """The hold-back machine of one (choice, field). ``cut`` is true once the field was cut.

    ``tail``: how many characters before what is undecided are held as well; a block takes them with it.
    """

    __slots__ = (
        "_busy", "_complete", "_edits", "_ended", "_errors", "_exchange", "_json", "_kept", "_restored", "_scan",
        "_stop", "_tail", "_unreadable", "_whole", "_windows", "cut", "edited", "longest_hold", "moves", "refusal",
    )

    def __init__(self, exchange: Exchange, scan: Scan | JsonScan, *, complete: bool, tail: int = 0) -> None:
        self._exchange, self._complete, self._tail = exchange, complete, tail
        self._scan: Scan | JsonScan | Parts | Following = scan
        self._windows = Windows() if scan.stage.wants else None
        self._ended = False
        self._json = JsonText() if is_json(scan.path) else None
        self._busy = bool(complete or tail or self._windows is not None or self._json is not None)
        self._edits: list[_Placed] = []
        self._restored: list[tuple[int, int]] = []
        self._stop: _Stop | None = None
        self._kept: list[Kept] = []
        self._errors: list[Failed] = []
        self._unreadable = False
        self._whole: tuple[tuple[BoundRule, ...], Kind, tuple[int, str]] | None = None
        self.cut = False
        self.edited = False
        self.refusal = ""
        """The words of the rule that cut, when it has any (``action: {respond: …}``)."""
        self.longest_hold = 0
        self.moves: list[tuple[int, int, int]] = []
        """What was edited, in order: start and end in the original text, and the length of what took its place."""

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
        if len(text) > LONGEST_PIECE:
            pieces = range(0, len(text), LONGEST_PIECE)
            return "".join([self.feed(text[start : start + LONGEST_PIECE]) for start in pieces])
        if self.cut:
            return ""
        scan = self._scan
        outcomes = scan.advance(text)
        if self._windows is not None:
            outcomes = [*(outcomes or ()), *self._readings(text)]
        if outcomes is None and not self._busy and (scan.unscannable is None or self._unreadable):
            released = scan.take(scan.frontier)
        else:
            released = self._settle(outcomes or [], final=False)
        held = len(scan.pending)
        if held > self.longest_hold:
            self.longest_hold = held
        return released

    def follow(self, before: str) -> None:
        """Before anything is fed: the text reads on from ``before``, which was judged and told elsewhere."""
        if before and isinstance(self._scan, Scan):
            self._scan = Following(self._scan, before)

    def next_part(self, path: str) -> str:
        """What was fed has ended, and what reads on from it begins at ``path``; what may be released now.

        Offsets count on. Not for texts that are JSON.
        """
        if isinstance(self._scan, Scan):
            self._scan = Parts(self._scan)
        if self.cut or not isinstance(self._scan, Parts):
            return ""
        return self._settle(self._scan.next_part(path), final=False)

    def finish(self, text: str = "") -> str:
        """The text ends with ``text``: what is left comes out.

        A text that comes whole is best given here at once: nothing of it need be held.
        """
        if self.cut or self._ended:
            return ""
        self._ended = True
        scan, seen = self._scan, self._exchange.seen.get(text) if text else None
        if seen is not None and isinstance(scan, Scan) and not scan.base and not scan.pending:
            outcomes = scan.whole(text, *seen) or []
        else:
            outcomes = scan.advance(text, final=True) or []
        if self._windows is not None:
            outcomes += self._readings(text, final=True)
        outcomes += self._wholly()
        return self._settle(outcomes, final=True)

    def wholly(self, rules: tuple[BoundRule, ...], kind: Kind, call: tuple[int, str]) -> None:
        """Hold the text to its end, where ``rules`` judge all of it; ``call``: where the call it belongs to stands."""
        self._whole = rules, kind, call
        self._complete = self._busy = True

    def _wholly(self) -> list[Outcome]:
        if self._whole is None:
            return []
        rules, kind, call = self._whole
        called, text = self._exchange.called, self._scan.pending
        if kind == "name":
            called[call] = text
        return [each for bound in rules for each in judged(bound, Whole(
            bound.rule.id, self._scan.path, "assistant", "output", self._exchange.context, text, kind,
            called.get(call, "") if kind == "arguments" else ""))]

    def _readings(self, text: str, *, final: bool = False) -> list[Outcome]:
        """What detectors make of the windows that ``text``, which the scan has taken in, completes."""
        scan, windows = self._scan, self._windows
        if windows is None:
            return []
        if not isinstance(scan, JsonScan):
            return [each for passage in windows.take(text, final=final) for each in self._outcomes(passage)]
        return [scan.escapes.written(each) for passage in windows.take(scan.read, final=final)
                for each in self._outcomes(passage)]  # fmt: skip

    def _outcomes(self, passage: Passage) -> list[Outcome]:
        scan, exchange = self._scan, self._exchange
        return [each for want, ask in scan.stage.asks(passage, "assistant")
                for each in read(want, ask, exchange.answers.get(ask.question), "output", scan.path)]  # fmt: skip

    @property
    def _frontier(self) -> int:
        """The offset below which everything is decided, by patterns and by detectors."""
        scan = self._scan
        if self._windows is None:
            return scan.frontier
        at = self._windows.frontier
        return min(scan.frontier, scan.escapes.raw(at) if isinstance(scan, JsonScan) else at)

    def _settle(self, outcomes: list[Outcome], *, final: bool) -> str:
        self._sort(outcomes)
        scan = self._scan
        stop = self._stop
        frontier = self._frontier
        limit = frontier if final else scan.base if self._complete else self._short_of(frontier)
        if stop is not None:
            # One character beyond the stop must be decided: until then an earlier or an equal one may come.
            if (frontier > stop.start and not self._complete) or final:
                return self._cut(stop)
            limit = min(limit, self._short_of(stop.start))
        released = self._release(limit, closing=final)
        if final:
            self._settled(self._kept, self._errors)
        self._busy = bool(self._complete or self._tail or self._windows is not None or self._json or self._edits
                          or self._stop)  # fmt: skip
        return released

    def _short_of(self, offset: int) -> int:
        """Where the tail begins that ends at ``offset``; never inside an escape, nor in what was let go.

        An escape is one character of it: how a JSON text is written must not decide how much of it is told.
        """
        if not self._tail:
            return offset
        scan = self._scan
        if not isinstance(scan, JsonScan):
            return max(offset - self._tail, scan.base)
        escapes = scan.escapes
        first, last = escapes.index(scan.base), escapes.index(offset) - self._tail
        return max(escapes.raw(last), scan.base) if last > first else scan.base

    def _cut(self, stop: _Stop) -> str:
        start = stop.start
        released = "" if self._complete else self._release(self._short_of(start), closing=True)
        self.cut = True
        self.refusal = stop.text
        kept, errors = self._kept, self._errors
        if not self._complete:
            kept = [each for each in kept if each[1].start <= start]
            errors = [each for each in errors if each.start <= start]
        self._settled(kept, errors, stop.rule)
        return released

    def _settled(self, kept: list[Kept], errors: list[Failed], blocking: str = "") -> None:
        exchange, scan = self._exchange, self._scan
        for each in errors:
            exchange.note(each.bound.rule.id, "output", each.state)
        marks = [(each.bound.order, exchange.mark(each, scan.path), each.state) for each in exchange.marked(errors)]
        kept = [*kept, *marks] if marks else kept
        if isinstance(scan, Parts):
            kept = [(order, part, state) for order, finding, state in kept for part in scan.placed(finding)]
        exchange.settle(kept, blocking)

    def _release(self, limit: int, *, closing: bool) -> str:
        """Edited text up to ``limit``; an edit that is not wholly decided stops the release before it."""
        scan, edits = self._scan, self._edits
        pending, base = scan.pending, scan.base
        out: list[str] = []
        at, index = base, 0
        while index < len(edits) and edits[index][0] < limit:
            start, end, _, replacement = edits[index]
            end, following = -end, index + 1
            while following < len(edits) and edits[following][0] < end:
                end = max(end, -edits[following][1])
                following += 1
            if end > limit and not closing:
                limit = start
                break
            before, instead = self._edited(
                pending[at - base : start - base], pending[start - base : end - base], replacement)
            out += before, instead
            self.moves.append((start, end, len(instead)))
            at, index = end, following
        if index:
            self.edited = True
            del edits[:index]
        if limit > at:
            rest = pending[at - base : limit - base]
            out.append(rest if self._json is None else self._json.keep(rest))
            at = limit
        scan.take(at)
        return "".join(out)

    def _edited(self, before: str, original: str, replacement: str) -> tuple[str, str]:
        if self._json is None:
            return before, replacement
        return self._json.keep(before), self._json.put(original, replacement)

    def _sort(self, outcomes: list[Outcome]) -> None:
        """File each outcome under what its rule's action says."""
        scan = self._scan
        if outcomes:
            self._restored = [each for each in self._restored if each[1] > scan.base]
            for outcome in outcomes:
                if isinstance(outcome, Placed):
                    self._restore(outcome)
            for outcome in outcomes:
                if isinstance(outcome, Failed):
                    self._failed(outcome)
                elif not isinstance(outcome, Placed) and not self._within_restored(outcome[1]):
                    self._found(*outcome)
        if scan.unscannable is not None and not self._unreadable:
            self._unreadable = True
            if self._exchange.unreadable("text") in STOPS:
                self._stop_at(_Stop(scan.unscannable, len(scan.stage.rules), "unscannable:text", ""))

    def _restore(self, placed: Placed) -> None:
        """The value of a placeholder of this request takes its place; one that nobody made stays, and is reported."""
        value = self._exchange.minted.restore(placed.key)
        if value is not None:
            self._restored.append((placed.start, placed.end))
            insort(self._edits, (placed.start, -placed.end, -1, value))
        else:
            rules, rule = self._scan.stage.rules, self._exchange.plan.tokenizer
            order = next((each.order for each in rules if each.rule.id == rule), len(rules))
            finding = Finding(rule, self._scan.path, placed.start, placed.end, 1.0, UNKNOWN)
            self._kept.append((order, finding, State.FLAGGED))

    def _within_restored(self, finding: Finding) -> bool:
        """Whether ``finding`` is no more than (a part of) a placeholder that is undone anyway.

        One that goes beyond it counts: otherwise a caller's own address in the text would switch guards off.
        """
        at = bisect_right(self._restored, (finding.start, 1 << 62)) - 1
        return at >= 0 and finding.end <= self._restored[at][1]

    def _found(self, bound: BoundRule, finding: Finding) -> None:
        original = self._scan.original(finding)
        kind, text, state = self._exchange.weigh(bound, finding, original, "output")
        if state is State.ALLOWED:
            return
        self._kept.append((bound.order, finding, state))
        if kind in EDITS:
            insort(self._edits, (finding.start, -finding.end, bound.order, text))
        elif kind in STOPS:
            self._stop_at(_Stop(finding.start, bound.order, bound.rule.id, text))

    def _failed(self, outcome: Failed) -> None:
        self._errors.append(outcome)
        kind, blamed = self._exchange.unjudged(outcome)
        if kind in STOPS:
            self._stop_at(_Stop(outcome.start, outcome.bound.order, blamed, ""))

    def _stop_at(self, stop: _Stop) -> None:
        if self._stop is None or stop.place < self._stop.place:
            self._stop = stop
