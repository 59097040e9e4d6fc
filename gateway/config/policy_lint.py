"""Finds what a policy's author would want to know: rules that no test would miss, dead exceptions, repeats.

The mutation score asks of each rule: were it gone, or only flagging, would any test of the policy fail?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from gateway.config.policy_tests import Read, failure, judge, mutated, no_detectors
from gateway.core.engine import Plan
from gateway.core.policy import FLAG, ActionKind, Policy, PolicyTest, Rule


@dataclass(frozen=True, slots=True)
class Remark:
    """``kind``: untested, weakening, exception or repeat."""

    file: str
    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """``mutations``: how many weakened policies were tried; ``caught``: how many of them failed a test."""

    policy: str
    remarks: tuple[Remark, ...]
    mutations: int
    caught: int


def lint(policy: Policy, plan: Plan, now: float, read: Read = no_detectors) -> Report:
    """All remarks on ``policy``, whose plan is ``plan``. What it only inherits is its parent's to prove."""
    remarks = [*_exceptions(policy, plan, now, read), *_repeats(policy)]
    mutations = caught = 0
    proofs = [test for test in policy.tests if not failure(plan, policy, test, now, read)]
    for rule in (each for each in policy.rules if each.policy == policy.name):
        gone, weak = mutated(plan, rule.id, lambda _: None), _flagging(plan, rule)
        lost = _notices(policy, proofs, gone, now, read)
        weakened = _notices(policy, proofs, weak, now, read) if weak is not None else True
        mutations += 1 if weak is None else 2
        caught += int(lost) + (int(weakened) if weak is not None else 0)
        if not lost:
            message = f"no test fails when rule '{rule.id}' is removed"
            remarks.append(Remark(policy.file, rule.line, "untested", message))
        elif not weakened:
            remarks.append(Remark(policy.file, rule.line, "weakening",
                                  f"no test fails when rule '{rule.id}' only flags"))
    return Report(policy.name, tuple(remarks), mutations, caught)


def _notices(policy: Policy, proofs: list[PolicyTest], mutated: Plan, now: float, read: Read) -> bool:
    """Whether a test that passes on the policy as it is fails on the mutated one."""
    return any(failure(mutated, policy, test, now, read) for test in proofs)


def _flagging(plan: Plan, rule: Rule) -> Plan | None:
    """The plan in which ``rule`` flags whatever it stopped or edited; None when it only flags already."""
    actions = (rule.action, *(action for _, action in rule.entities))
    if all(action.kind in (ActionKind.FLAG, ActionKind.ALLOW) for action in actions):
        return None
    return mutated(plan, rule.id, _flagged)


def _flagged(rule: Rule) -> Rule:
    entities = tuple((name, action if action.kind is ActionKind.ALLOW else FLAG) for name, action in rule.entities)
    return replace(rule, action=rule.action if rule.action.kind is ActionKind.ALLOW else FLAG, entities=entities)


def _exceptions(policy: Policy, plan: Plan, now: float, read: Read) -> Iterator[Remark]:
    """Exceptions on texts that their rule would let pass anyway."""
    bare = replace(plan, exceptions=())
    by_id = {rule.id: rule for rule in policy.rules}
    for each in policy.exceptions:
        rule = by_id.get(each.rule)
        if rule is None or each.until <= now:
            continue
        texts = [PolicyTest("", ((role, each.match),), None, "allow") for role in rule.input_roles[:1]]
        texts += [PolicyTest("", (), each.match, "allow")] if rule.output else []
        if not any(finding.rule == rule.id for row in texts
                   for finding in judge(bare, policy, row, now, read=read).verdict.findings):
            yield Remark(policy.file, rule.line, "exception", f"the exception on rule '{rule.id}' owned by "
                         f"{each.owner} matches nothing that the rule finds")


def _repeats(policy: Policy) -> Iterator[Remark]:
    """Words and phrases that are written twice among the rules of one guard."""
    seen: dict[tuple[str, str, tuple[Any, ...]], str] = {}
    for rule in policy.rules:
        for place, text in _phrases(rule.params):
            where = (rule.guard, " ".join(text.casefold().split()), (rule.input_roles, rule.output, place))
            if where in seen:
                yield Remark(policy.file, rule.line, "repeat",
                             f"'{text}' stands twice, in '{seen[where]}' and '{rule.id}'")
            seen.setdefault(where, rule.id)


def _phrases(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a tuple of texts, with the name of the field that holds it."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name != "text":
                yield from _phrases(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for item in value:
            if isinstance(item, str):
                yield place, item
            else:
                yield from _phrases(item, place)


