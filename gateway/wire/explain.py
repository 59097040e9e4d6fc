"""What a caller who asks for it is told of a decision, as the member ``wardgate`` of its answer; never a text.

A place is named by words of the APIs only: a key that a caller or a model made up is text, and stands as ``*``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.core.types import Direction, Explanation, Finding, Verdict
from gateway.wire.fields import NAMES
from gateway.wire.leaves import Judge

MEMBER = "wardgate"
UNTOLD: Mapping[str, Any] = MappingProxyType({})
"""What is told to those who did not ask."""
_LONGEST_INDEX = 4
_OWN = frozenset({"", "choices", "~choice", "~key"})
"""What the gateway itself writes into the path of a text."""


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


def place(path: str) -> str:
    """``path`` with everything in it that is no word of an API, and no index, as ``*``."""
    return "/".join([part if _is_known(part) else "*" for part in path.split("/")])


def _is_known(part: str) -> bool:
    name, _, again = part.partition("#")  # the second text at a place is called "content#2"
    if again and not again.isdecimal():
        return False
    return name in NAMES or name in _OWN or (name.isdecimal() and name.isascii() and len(name) <= _LONGEST_INDEX)


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
    return {"rule": each.rule, "entity": each.entity, "stage": stage, "path": place(each.path), "start": each.start,
            "end": each.end, "score": each.score}  # fmt: skip
