"""Runs the ``tests:`` that a policy carries, against the real engine, so that a policy is reviewed with its proof.

An answer under test is judged whole and in small pieces: a policy that behaves differently in a stream fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.core.edits import apply
from gateway.core.engine import Plan
from gateway.core.exchange import Answers
from gateway.core.guard import GuardSpec
from gateway.core.policy import ActionKind, Policy, PolicyTest, Rule
from gateway.core.scanner import DatabaseCache
from gateway.core.stage import BoundRule, Stage, wants
from gateway.core.types import Channel, Context, Decision, Segment, State, Verdict
from gateway.core.windows import Ask

_PIECE = 7
Read = Callable[[Iterable[Ask]], Answers]
"""Has detectors read texts, and waits for it."""
_ACTED = (State.FLAGGED, State.EDITED, State.BLOCKED, State.ERROR, State.TIMEOUT, State.UNSCANNABLE)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy did: ``outcome`` as a test's ``expect`` says it, by which rules, and the text that came out."""

    outcome: str
    rules: tuple[str, ...]
    text: str
    stage: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class TestResult:
    """One row's result; ``reason`` is empty when it passed, and never holds the row's text."""

    __test__ = False

    policy: str
    file: str
    test: PolicyTest
    reason: str = ""

    @property
    def passed(self) -> bool:
        return not self.reason


def compile_policy(policy: Policy, revision: str, specs: Mapping[str, GuardSpec], cache: DatabaseCache | None) -> Plan:
    """The plan of this policy alone, whoever it applies to."""
    return Plan.compile((policy,), revision, specs, cache)


def no_detectors(_: Iterable[Ask]) -> Answers:
    """There are none: a rule that needs one could not judge."""
    return {}


def run_tests(plan: Plan, policy: Policy, now: float, read: Read = no_detectors) -> tuple[TestResult, ...]:
    """Every row of ``policy``; ``now`` (seconds since the epoch) decides which exceptions still apply."""
    return tuple(
        TestResult(policy.name, policy.file, test, failure(plan, policy, test, now, read)) for test in policy.tests
    )


def failure(plan: Plan, policy: Policy, test: PolicyTest, now: float, read: Read = no_detectors) -> str:
    """Why ``test`` fails; empty when it passes."""
    judged = judge(plan, policy, test, now, read=read)
    if judged.stage == "input" and test.output is not None:
        return f"the input came to {judged.outcome} by {_named(judged.rules)}, so the answer was not judged"
    if judged.outcome != test.expect:
        return f"expected {test.expect}, got {judged.outcome}" + (f" by {_named(judged.rules)}" if judged.rules else "")
    if test.by and test.by not in judged.rules:
        return f"expected it by {test.by}, got it by {_named(judged.rules)}"
    wrong = sorted(set(test.not_by) & set(judged.rules))
    if wrong:
        return f"{_named(tuple(wrong))} acted, and should not have"
    if test.text is not None and judged.text != test.text:
        return f"the edited text differs from `text` at character {_first_difference(judged.text, test.text)}"
    if test.output is not None and judge(plan, policy, test, now, _PIECE, read) != judged:
        return "a streamed answer came out differently"
    return ""


def judge(
    plan: Plan, policy: Policy, test: PolicyTest, now: float, piece: int = 0, read: Read = no_detectors
) -> Judged:
    """Judge what a test says; an answer in pieces of ``piece`` characters, 0 for at once."""
    channels = tuple(
        Channel(role, (Segment(f"/messages/{index}/content", role, text),))
        for index, (role, text) in enumerate(test.channels)
    )
    context = Context(decision_id="test", now=now, conversation=channels)
    exchange = plan.open(context)
    verdict = exchange.judge_input(channels, (), read(plan.needs(channels)))
    if test.output is None or verdict.decision is Decision.BLOCK:
        return _judged(policy, verdict, "input", _edited(test, verdict))
    scout = plan.scout()
    if scout is not None:
        scout.field(0, "content").finish(test.output)
        exchange.answers.update(read(scout.take()))
    stream = exchange.field(0, "content")
    size = piece or max(1, len(test.output))
    out = "".join(stream.feed(test.output[at : at + size]) for at in range(0, len(test.output), size))
    out += stream.finish()
    return _judged(policy, exchange.verdict(), "output", out, edited=stream.edited)


def _judged(policy: Policy, verdict: Verdict, stage: str, text: str, *, edited: bool = False) -> Judged:
    acted = tuple(each.rule for each in verdict.states if each.state in _ACTED)
    if verdict.decision is Decision.BLOCK:
        blocking = verdict.rules
        first = next((rule for rule in policy.rules if blocking and rule.id == blocking[0]), None)
        responds = first is not None and _responds(first.id, policy, verdict)
        return Judged("respond" if responds else "block", blocking, text, stage, verdict)
    if verdict.edits or edited:
        return Judged("edit", acted, text, stage, verdict)
    flagged = verdict.findings or any(each.state is State.FLAGGED for each in verdict.states)
    return Judged("flag" if flagged else "allow", acted, text, stage, verdict)


def _responds(rule_id: str, policy: Policy, verdict: Verdict) -> bool:
    """Whether the deciding rule's finding is answered by a text of the policy's own."""
    rule = next(rule for rule in policy.rules if rule.id == rule_id)
    kinds = [rule.action_for(each.entity).kind for each in verdict.findings if each.rule == rule_id]
    return ActionKind.RESPOND in kinds and ActionKind.BLOCK not in kinds


def _edited(test: PolicyTest, verdict: Verdict) -> str:
    """The last message as it would go on."""
    if not test.channels:
        return ""
    path = f"/messages/{len(test.channels) - 1}/content"
    return apply(test.channels[-1][1], [edit for edit in verdict.edits if edit.path == path])


def mutated(plan: Plan, rule: str, change: Callable[[Rule], Rule | None]) -> Plan:
    """The plan with one rule changed, or left out when ``change`` gives None.

    The rule's patterns stay in the prefilter, which changes no verdict and spares compiling it anew.
    """
    def bound(each: BoundRule) -> BoundRule | None:
        if each.rule.id != rule:
            return each
        changed = change(each.rule)
        return None if changed is None else replace(each, rule=changed)

    def altered(stage: Stage) -> Stage:
        rules = tuple(other for each in stage.rules if (other := bound(each)) is not None)
        limits = tuple((most, other) for most, each in stage.limits if (other := bound(each)) is not None)
        return replace(stage, rules=rules, limits=limits, wants=wants(stage.direction, rules),
                       wholes=tuple(each for each in rules if each.spec.whole))

    return replace(plan, input=altered(plan.input), output=altered(plan.output), _clean_inputs={}, _clean_output=None)


def _named(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) if rules else "no rule"


def _first_difference(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
