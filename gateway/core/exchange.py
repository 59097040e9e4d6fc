"""One request's judging: its input as a whole, then every field of every choice of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from sys import maxsize
from typing import TYPE_CHECKING

from gateway.core.decode import MAX_DEPTH, smuggled
from gateway.core.disguised import disguised
from gateway.core.edits import localize, merge
from gateway.core.json_scan import Escapes, JsonScan, unescaped
from gateway.core.json_text import fitted, is_json
from gateway.core.marks import hinted
from gateway.core.placeholders import Minted
from gateway.core.policy import EDITS, STOPS, ActionKind
from gateway.core.scan import Failed, Scan
from gateway.core.stage import BoundRule
from gateway.core.stream import FieldStream, Kept
from gateway.core.text import canonical
from gateway.core.types import (
    Channel,
    Context,
    Decision,
    Direction,
    Edit,
    Explanation,
    Finding,
    RuleState,
    State,
    Unscannable,
    Verdict,
)
from gateway.core.verdicts import GRAVITY

if TYPE_CHECKING:
    from gateway.core.engine import Plan

_KEY = "/~key"
_PROSE = frozenset({"content", "text"})
"""Fields of an answer in which a refusal follows running text."""


class Exchange:
    """Pure and per request; ``minted`` holds the placeholders that only this request may undo."""

    __slots__ = ("_blocking", "_fields", "_findings", "_given", "_notes", "_respond", "context", "minted", "plan")

    def __init__(self, plan: Plan, context: Context) -> None:
        self.plan, self.context = plan, context
        self.minted = Minted(context.placeholder_keys)
        self._fields: dict[tuple[int, str], FieldStream] = {}
        self._findings: list[Finding] = []
        self._notes: dict[tuple[Direction, str], State] = {}
        self._blocking: list[str] = []
        self._respond = ""
        self._given = Verdict(Decision.ALLOW)

    def judge_input(self, channels: tuple[Channel, ...], unscannable: tuple[Unscannable, ...] = ()) -> Verdict:
        """Judge the whole request. Edits are per segment, sorted, and never overlap."""
        self._given = verdict = self._judge_given(channels, unscannable)
        return verdict

    def _judge_given(self, channels: tuple[Channel, ...], unscannable: tuple[Unscannable, ...]) -> Verdict:
        stage = self.plan.input
        scan, wanted = stage.scanner.hits, stage.wanted
        longest = stage.limits[0][0] if stage.limits else maxsize
        findings: list[Finding] = []
        edits: list[Edit] = []
        blocking: list[tuple[int, str]] = []
        for channel in channels:
            text, escapes = channel.text, None
            if "\\" in text:
                text, escapes = unescaped(channel) or (text, None)
            data = canonical(text).encode("utf-8", "replace")
            hits = scan(data)
            plain = len(text) <= longest and text.isascii() and not hits & wanted[channel.role]
            if plain and not (stage.known is not None and hinted(data)):
                continue
            self._judge_channel(channel, text, hits, escapes, findings, edits, blocking)
        for part in unscannable:
            if self.unreadable(part.kind) in STOPS:
                blocking.append((len(stage.rules), f"unscannable:{part.kind}"))
        states = self.plan.input_states(frozenset([channel.role for channel in channels]))
        if not findings and not blocking and not self._notes:
            return Verdict(Decision.ALLOW, states=states)
        return Verdict(
            Decision.BLOCK if blocking else Decision.ALLOW,
            tuple(findings),
            () if blocking else _fitting(channels, merge(edits)),
            self._noted("input", states),
            self._refused(self.plan.refusal) if blocking else "",
            tuple(dict.fromkeys(rule for _, rule in sorted(blocking))),
            self._respond if blocking else "",
        )

    def field(self, choice: int, name: str) -> FieldStream:
        """The machine of one field of one choice; the same object each time."""
        stream = self._fields.get((choice, name))
        if stream is None:
            scan = Scan(self.plan.output, "assistant", f"/choices/{choice}/{name}", self.context)
            read = JsonScan(scan) if is_json(name) else scan
            stream = self._fields[choice, name] = FieldStream(self, read, complete=self.plan.complete)
        return stream

    def blocked(self, choice: int) -> bool:
        """Whether any field of ``choice`` was cut."""
        return any(stream.cut for (index, _), stream in self._fields.items() if index == choice)

    def refusal(self, choice: int) -> str:
        """What stands in the place of what was cut of ``choice``; names the decision, never the text."""
        for (index, name), stream in self._fields.items():
            if index == choice and stream.cut:
                lead = "\n\n" if name in _PROSE and stream.position else ""  # a cut sentence is not ours to end
                return lead + self._refused(stream.refusal or self.plan.refusal)
        return self._refused(self.plan.refusal)

    @property
    def longest_hold(self) -> int:
        """The most characters that any field held back at once."""
        return max((stream.longest_hold for stream in self._fields.values()), default=0)

    def verdict(self) -> Verdict:
        """The verdict on the answer, over all fields that are settled so far."""
        states = self.plan.output_states()
        if not self._fields:
            states = tuple(RuleState(each.rule, "output", State.NOT_RUN) for each in states)
        if not self._findings and not self._blocking and not self._notes:
            return Verdict(Decision.ALLOW, states=states)
        return Verdict(
            Decision.BLOCK if self._blocking else Decision.ALLOW,
            tuple(sorted(self._findings, key=lambda each: (each.path, each.start, each.end, each.rule, each.entity))),
            (),
            self._noted("output", states),
            self._refused(self.plan.refusal) if self._blocking else "",
            self._blocked_by(),
        )

    def explained(self) -> Explanation | None:
        """What the caller is to be told at the end of the answer; None where it did not ask."""
        context, plan = self.context, self.plan
        if context.explain == "nothing":
            return None
        return Explanation(context.decision_id, plan.name, plan.revision, self._given, self.verdict(),
                           context.explain == "findings")  # fmt: skip

    # ---- for the field streams ---------------------------------------------------------------------------------

    def weigh(
        self, bound: BoundRule, finding: Finding, original: str, stage: Direction
    ) -> tuple[ActionKind, str, State]:
        """What the policy makes of a finding: the action, the text that goes with it, and the rule's state.

        What is found in an answer gets a placeholder that is not undone: else it would depend on the order in
        which choices arrive whether one that another choice repeats is.
        """
        rule = bound.rule
        action = rule.action_for(finding.entity)
        kind = action.kind
        if kind is ActionKind.ALLOW or self._excepted(rule.id, original):
            return ActionKind.ALLOW, "", State.ALLOWED
        if kind is ActionKind.FLAG or rule.mode != "enforce":
            return ActionKind.FLAG, "", State.FLAGGED
        if kind in STOPS:
            return kind, action.text if kind is ActionKind.RESPOND else "", State.BLOCKED
        if kind is ActionKind.TOKENIZE:
            return kind, self._placeholder(finding.entity, original, stage), State.EDITED
        if kind is ActionKind.HASH:
            return kind, self.minted.digest(finding.entity, original), State.EDITED
        return kind, action.text if kind is ActionKind.REPLACE else f"<{finding.entity or 'REDACTED'}>", State.EDITED

    def _placeholder(self, entity: str, original: str, stage: Direction) -> str:
        return self.minted.mint(entity, original) if stage == "input" else self.minted.name(entity, original)

    def unreadable(self, kind: str) -> ActionKind:
        """The policy's answer to a part that no guard can read."""
        return self.plan.unscannable.get(kind, ActionKind.BLOCK)

    def note(self, rule: str, stage: Direction, state: State) -> None:
        """Record what a rule did; the gravest state stays."""
        known = self._notes.get((stage, rule), State.NOT_RUN)
        if GRAVITY[state] > GRAVITY[known]:
            self._notes[stage, rule] = state

    def settle(self, kept: Sequence[Kept], blocking: str = "") -> None:
        """A field came to an end, or was cut by rule ``blocking``, with these findings."""
        for _, finding, state in kept:
            self._findings.append(finding)
            self.note(finding.rule, "output", state)
        if blocking:
            self._blocking.append(blocking)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _judge_channel(
        self, channel: Channel, text: str, hits: int, escapes: Escapes | None, findings: list[Finding],
        edits: list[Edit], blocking: list[tuple[int, str]],
    ) -> None:
        scan = Scan(self.plan.input, channel.role, "", self.context)
        outcomes = list(scan.whole(text, hits) or ())
        for hidden in smuggled(text):
            outcomes += scan.inside(hidden, (0, len(text)), MAX_DEPTH, "smuggled")
        outcomes += disguised(scan, text, hits, outcomes)
        if scan.unscannable is not None and self.unreadable("text") in STOPS:
            blocking.append((len(self.plan.input.rules), "unscannable:text"))
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                rule = outcome.bound.rule
                self.note(rule.id, "input", State.ERROR)
                if rule.on_error == "block" and rule.mode == "enforce":
                    blocking.append((outcome.bound.order, rule.id))
            elif isinstance(outcome, tuple):
                self._weigh_input(*outcome, channel, text, escapes, findings, edits, blocking)

    def _weigh_input(
        self, bound: BoundRule, finding: Finding, channel: Channel, text: str, escapes: Escapes | None,
        findings: list[Finding], edits: list[Edit], blocking: list[tuple[int, str]],
    ) -> None:
        original = text[finding.start : finding.end]
        written = finding if escapes is None else escapes.moved(finding)
        parts = localize(channel, written.start, written.end)
        kind, said, state = self.weigh(bound, finding, original, "input")
        if state is State.ALLOWED:
            return
        self.note(bound.rule.id, "input", state)
        for path, start, end in parts:
            findings.append(Finding(finding.rule, path, start, end, finding.score, finding.entity))
        if kind in STOPS:
            blocking.append((bound.order, bound.rule.id))
            self._respond = self._respond or said
        elif kind in EDITS and any(path.endswith(_KEY) for path, _, _ in parts):
            blocking.append((bound.order, bound.rule.id))  # a key cannot be rewritten without changing the meaning
        elif kind in EDITS:
            for index, (path, start, end) in enumerate(parts):
                edits.append(Edit(path, start, end, said if index == 0 else ""))

    def _blocked_by(self) -> tuple[str, ...]:
        """In policy order: the order in which choices were cut must not show."""
        orders = {each.rule.id: each.order for each in self.plan.output.rules}
        return tuple(sorted(set(self._blocking), key=lambda rule: (orders.get(rule, len(orders)), rule)))

    def _noted(self, stage: Direction, states: tuple[RuleState, ...]) -> tuple[RuleState, ...]:
        return tuple(RuleState(each.rule, stage, self._notes.get((stage, each.rule), each.state)) for each in states)

    def _excepted(self, rule: str, original: str) -> bool:
        if not self.plan.exceptions:
            return False
        text, now = original.casefold(), self.context.now
        return any(each.rule == rule and each.match.casefold() == text and now < each.until
                   for each in self.plan.exceptions)

    def _refused(self, text: str) -> str:
        return f"{text} (decision {self.context.decision_id})"


def _fitting(channels: tuple[Channel, ...], edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """``edits``, with those in texts that are JSON changed so that they stay JSON."""
    if not any(is_json(edit.path) for edit in edits):
        return edits
    texts = {segment.path: segment.text for channel in channels for segment in channel.segments}
    out: list[Edit] = []
    for path, group in groupby(edits, key=lambda edit: edit.path):
        ours = list(group)
        out += fitted(texts[path], ours) if is_json(path) else ours
    return tuple(out)
