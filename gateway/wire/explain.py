"""What a caller who asks for it is told of a decision, as the member ``wardgate`` of its answer; never a text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.core.types import Direction, Explanation, Finding, Verdict
from gateway.wire.leaves import Judge

MEMBER = "wardgate"
UNTOLD: Mapping[str, Any] = MappingProxyType({})
"""What is told to those who did not ask."""


def member(judge: Judge) -> Mapping[str, Any]:
    """The member to add to an answer at its end; empty where the caller did not ask."""
    told = judge.explained()
    if told is None:
        return UNTOLD
    about = {"decision_id": told.decision_id, "policy": told.policy, "revision": told.revision}
    return {MEMBER: {**about, **_done(told)}}


def details(judge: Judge) -> Mapping[str, Any]:
    """What to add to an error, which names the decision itself; empty where the caller did not ask."""
    told = judge.explained()
    return UNTOLD if told is None else _done(told)


def _done(told: Explanation) -> dict[str, Any]:
    states = (*told.given.states, *told.answered.states)
    out: dict[str, Any] = {
        "states": [{"rule": each.rule, "stage": each.stage, "state": each.state.value} for each in states]
    }
    if told.findings:
        out["findings"] = [*_findings(told.given, "input"), *_findings(told.answered, "output")]
    return out


def _findings(verdict: Verdict, stage: Direction) -> list[dict[str, Any]]:
    return [_finding(each, stage) for each in verdict.findings]


def _finding(each: Finding, stage: Direction) -> dict[str, Any]:
    from gateway.wire.named import named  # it reads the tables of all codecs, and they use this module

    return {"rule": each.rule, "entity": each.entity, "stage": stage, "path": named(each.path), "start": each.start,
            "end": each.end, "score": each.score}  # fmt: skip
