"""Rules that others judge (``custom``, ``nemo``): what they refuse, and what follows from verdicts and failures."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule, SourceFile
from gateway.core.types import Channel, Context, Decision, Segment, State
from gateway.core.windows import Reading
from gateway.guards.custom import CustomParams
from gateway.guards.nemo import NemoParams

CUSTOM = CustomParams(rule="Promises a refund.", url="http://127.0.0.1:9/v1", model="judge", entity="REFUND")
NEMO = NemoParams(config=(SourceFile("config.yml", "rails: {input: {flows: [x]}}"),))


@pytest.mark.parametrize(("guard", "params", "entity"), [("custom", CUSTOM, "REFUND"), ("nemo", NEMO, "BLOCKED")])
@pytest.mark.parametrize(("score", "on_error", "decision", "state"), [
    (0.9, "block", Decision.BLOCK, State.BLOCKED), (0.2, "block", Decision.ALLOW, State.ALLOWED),
    (None, "block", Decision.BLOCK, State.ERROR), (None, "flag", Decision.ALLOW, State.ERROR),
])
def test_verdicts_and_failures(
    guard: str, params: Any, entity: str, score: float | None, on_error: Any, decision: Decision, state: State
) -> None:
    """A failure is never taken for "not broken": it blocks unless the policy says otherwise, and says so."""
    rule = Rule("judged", guard, params=params, action=BLOCK, on_error=on_error)
    plan = Plan.compile([Policy("p", rules=(rule,))], "r", guards())
    channels = (Channel("user", (Segment("/messages/0/content", "user", "You will get it back."),)),)
    asks = list(plan.needs(channels))
    assert [(each.detector, each.params) for each in asks] == [(guard, params)]
    answer = None if score is None else (Reading(0, len(asks[0].text), score, entity),)
    verdict = plan.open(Context("d")).judge_input(channels, (), {asks[0].question: answer})
    assert verdict.decision is decision
    assert verdict.states[0].state is state


@pytest.mark.parametrize(("guard", "params", "said"), [
    ("custom", CustomParams(), "has no 'rule'"), ("custom", CustomParams(rule="r", url="http://h"), "has no 'model'"),
    ("nemo", NemoParams(), "has no configuration"),
    ("nemo", NemoParams(config=(SourceFile("actions.py", "1"),)), "no part of a configuration"),
    ("nemo", NemoParams(config=(SourceFile("a.co", "1"),)), "no *.yml file"),
])
def test_what_is_missing_is_refused(guard: str, params: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("*", r"\*")):
        guards()[guard].patterns(params)


def test_a_time_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout_s"):
        NemoParams(timeout_s=0)
