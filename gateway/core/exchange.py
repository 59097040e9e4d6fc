"""One request's judging: its input as a whole, then every field of every choice of its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gateway.core.given import Given
from gateway.core.json_scan import JsonScan
from gateway.core.json_text import is_json
from gateway.core.looked import Seen
from gateway.core.placeholders import Minted
from gateway.core.policy import STOPS, UNJUDGED, ActionKind
from gateway.core.scan import Failed, Scan
from gateway.core.stage import BoundRule
from gateway.core.stream import FieldStream, Kept
from gateway.core.types import (
    Channel,
    Context,
    Decision,
    Direction,
    Explanation,
    Finding,
    RuleState,
    State,
    Unscannable,
    Verdict,
)
from gateway.core.verdicts import GRAVITY
from gateway.core.whole import kind_of
from gateway.core.windows import Answer, Question

if TYPE_CHECKING:
    from gateway.core.engine import Plan

Answers = Mapping[Question, Answer]
_NOTHING: Final = Verdict(Decision.ALLOW)
_PROSE: Final = frozenset({"content", "text"})
"""Fields of an answer in which a refusal follows running text."""


class Exchange:
    """Pure and per request; ``minted`` holds the placeholders that only this request may undo."""

    __slots__ = ("_blocking", "_fields", "_findings", "_given", "_notes", "_waited", "answers", "called", "context",
                 "minted", "plan", "seen")  # fmt: skip

    def __init__(self, plan: Plan, context: Context) -> None:
        self.plan, self.context = plan, context
        self.minted = Minted(context.placeholder_keys)
        self._fields: dict[tuple[int, str], FieldStream] = {}
        self._findings: list[Finding] = []
        self._notes: dict[tuple[Direction, str], State] = {}
        self._blocking: list[str] = []
        self.answers: dict[Question, Answer] = {}
        """What detectors have said of the texts to be judged; whoever judges with detectors puts it here before."""
        self.called: dict[tuple[int, str], str] = {}
        """The names of the tools that the answer calls, by choice and place."""
        self.seen: Seen = {}
        """What a first look has found in texts of the answer."""
        self._waited = 0
        self._given = _NOTHING

    def judge_input(
        self, channels: tuple[Channel, ...], unscannable: tuple[Unscannable, ...] = (),
        answers: Answers | None = None,
    ) -> Verdict:
        """Judge the whole request. Edits are per segment, sorted, and never overlap.

        ``answers``: to the questions of ``Plan.needs(channels)``; one that is missing counts as a detector that failed.
        """
        if answers:
            self.answers.update(answers)
        return self.given(channels).verdict(unscannable)

    def given(self, channels: tuple[Channel, ...]) -> Given:
        """The same in two steps, for whoever must know beforehand what the verdict may take."""
        return Given(self, channels)

    def gave(self, verdict: Verdict) -> None:
        """The request as a whole was judged."""
        self._given = verdict

    def field(self, choice: int, name: str) -> FieldStream:
        """The machine of one field of one choice; the same object each time."""
        stream = self._fields.get((choice, name))
        if stream is None:
            scan = Scan(self.plan.output, "assistant", f"/choices/{choice}/{name}", self.context)
            read = JsonScan(scan) if is_json(name) else scan
            stream = self._fields[choice, name] = FieldStream(
                self, read, complete=self.plan.complete, tail=self.plan.tail)
            if self.plan.output.wholes:
                self._judge_whole(stream, choice, name)
        return stream

    def _judge_whole(self, stream: FieldStream, choice: int, name: str) -> None:
        """Have the text of ``stream`` judged at its end by the rules for its kind."""
        kind, call = kind_of(name)
        wanted = "text" if kind == "text" else "calls" if kind is not None else ""
        rules = tuple(each for each in self.plan.output.wholes if each.spec.whole == wanted)
        if kind is not None and rules:
            stream.wholly(rules, kind, (choice, call))

    def blocked(self, choice: int) -> bool:
        """Whether any field of ``choice`` was cut. Safe while another thread judges."""
        return any(stream.cut for (index, _), stream in tuple(self._fields.items()) if index == choice)

    def refusal(self, choice: int) -> str:
        """What stands in the place of what was cut of ``choice``; names the decision, never the text."""
        for (index, name), stream in self._fields.items():
            if index == choice and stream.cut:
                lead = "\n\n" if name in _PROSE and stream.position else ""  # a cut sentence is not ours to end
                return lead + self.refused(stream.refusal or self.plan.refusal)
        return self.refused(self.plan.refusal)

    @property
    def longest_hold(self) -> int:
        """The most characters that any field held back at once."""
        return max([self._waited, *[stream.longest_hold for stream in self._fields.values()]])

    def waited(self, choice: int, name: str, length: int) -> None:
        """``length`` characters of a field have come; those that detectors still read were not given to it yet."""
        if self.blocked(choice):
            return  # what comes after a cut is not held, it is gone
        stream = self._fields.get((choice, name))
        self._waited = max(self._waited, length - (stream.position if stream is not None else 0))

    def verdict(self) -> Verdict:
        """The verdict on the answer, over all fields that are settled so far."""
        clean = self.plan.clean_output()
        quiet = not self._findings and not self._blocking and not self._notes
        if quiet and self._fields:
            return clean
        states = clean.states
        if not self._fields:
            states = tuple(RuleState(each.rule, "output", State.NOT_RUN) for each in states)
        if quiet:
            return Verdict(Decision.ALLOW, states=states)
        return Verdict(
            Decision.BLOCK if self._blocking else Decision.ALLOW,
            tuple(sorted(self._findings, key=lambda each: (each.path, each.start, each.end, each.rule, each.entity))),
            (),
            self.noted("output", states),
            self.refused(self.plan.refusal) if self._blocking else "",
            self._blocked_by(),
        )

    def close(self) -> None:
        """Nothing more is judged. What refers to this is let go, so that both are freed now, with the caller's texts.

        Else they wait for the garbage collector, which comes after hundreds of requests.
        """
        self._fields, self.seen = {}, {}

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

    def unjudged(self, failed: Failed) -> tuple[ActionKind, str]:
        """What the policy makes of a place that a rule could not judge, and who is named where it blocks."""
        rule = failed.bound.rule
        if failed.state is State.UNSCANNABLE:
            kind, blamed = self.unreadable("language"), "unscannable:language"
        else:
            kind, blamed = ActionKind(rule.on_error), rule.id
        return (ActionKind.FLAG if kind in STOPS and rule.mode != "enforce" else kind), blamed

    def marked(self, failed: Iterable[Failed]) -> Iterator[Failed]:
        """The first failure in a text of each rule that is to be flagged for it."""
        seen: set[int] = set()
        for each in sorted(failed, key=lambda one: (one.start, one.bound.order)):
            flagged = each.state is not State.UNSCANNABLE and each.bound.rule.on_error == "flag"
            if flagged and each.bound.order not in seen:
                seen.add(each.bound.order)
                yield each

    def mark(self, failed: Failed, path: str) -> Finding:
        """The finding that says where a rule could not judge."""
        return Finding(failed.bound.rule.id, path, failed.start, failed.start + 1, 0.0, UNJUDGED)

    def note(self, rule: str, stage: Direction, state: State) -> None:
        """Record what a rule did; the gravest state stays."""
        known = self._notes.get((stage, rule), State.NOT_RUN)
        if GRAVITY[state] > GRAVITY[known]:
            self._notes[stage, rule] = state

    @property
    def quiet(self) -> bool:
        """Whether no rule has done anything but to judge."""
        return not self._notes

    def settle(self, kept: Sequence[Kept], blocking: str = "") -> None:
        """A field came to an end, or was cut by rule ``blocking``, with these findings."""
        noted: dict[str, State] = {}
        for _, finding, state in kept:
            self._findings.append(finding)
            if noted.get(finding.rule) is not state:
                noted[finding.rule] = state
                self.note(finding.rule, "output", state)
        if blocking:
            self._blocking.append(blocking)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _blocked_by(self) -> tuple[str, ...]:
        """In policy order: the order in which choices were cut must not show."""
        orders = {each.rule.id: each.order for each in self.plan.output.rules}
        return tuple(sorted(set(self._blocking), key=lambda rule: (orders.get(rule, len(orders)), rule)))

    def noted(self, stage: Direction, states: tuple[RuleState, ...]) -> tuple[RuleState, ...]:
        """``states``, but for rules that did more than that at ``stage``."""
        return tuple(RuleState(each.rule, stage, self._notes.get((stage, each.rule), each.state)) for each in states)

    def _excepted(self, rule: str, original: str) -> bool:
        if not self.plan.exceptions:
            return False
        text, now = original.casefold(), self.context.now
        return any(each.rule == rule and each.match.casefold() == text and now < each.until
                   for each in self.plan.exceptions)

    def refused(self, text: str) -> str:
        """``text`` with the decision's id, by which a caller can ask about it."""
        return f"{text} (decision {self.context.decision_id})"
