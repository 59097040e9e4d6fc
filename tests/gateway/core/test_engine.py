"""Plans: policies combined so that the strictest wins, whatever their order."""

from __future__ import annotations

from itertools import permutations

import pytest

from gateway.core.engine import Plan
from gateway.core.policy import DEFAULT_REFUSAL, FLAG, Action, ActionKind, Policy, Rule
from gateway.core.types import Context, State
from tests.gateway.core.test_stream import SPECS

POLICIES = (
    Policy("a", rules=(Rule("a1", "cat", action=FLAG),), on_unscannable=(("image", ActionKind.FLAG),)),
    Policy("b", rules=(Rule("b1", "cat", output=False),), release="complete", on_unscannable=(("image", ActionKind.BLOCK),)),
    Policy("c", rules=(Rule("c1", "mail", input_roles=()),), refusal="C.", on_unscannable=(("image", ActionKind.ALLOW),)),
)


@pytest.mark.parametrize("policies", list(permutations(POLICIES)))
def test_the_strictest_wins_in_any_order(policies: tuple[Policy, ...]) -> None:
    plan = Plan.compile(policies, "7", SPECS)
    assert plan.complete
    assert plan.unscannable == {"image": ActionKind.BLOCK}
    assert {each.rule.id for each in plan.input.rules} == {"a1", "b1"}
    assert {each.rule.id for each in plan.output.rules} == {"a1", "c1"}
    assert plan.name == "+".join(each.name for each in policies)
    assert plan.refusal == policies[-1].refusal


def test_no_policy_judges_nothing() -> None:
    plan = Plan.compile((), "7", SPECS)
    assert (plan.name, plan.refusal, plan.complete) == ("none", DEFAULT_REFUSAL, False)
    field = plan.open(Context("d")).field(0, "content")
    assert field.feed("a cat") == "a cat"


@pytest.mark.parametrize(("action", "entities", "restores"), [
    (FLAG, (), False), (Action(ActionKind.TOKENIZE), (), True), (FLAG, (("MAIL", Action(ActionKind.TOKENIZE)),), True),
])
def test_placeholders_are_looked_for_where_some_are_made(
    action: Action, entities: tuple[tuple[str, Action], ...], restores: bool
) -> None:
    plan = Plan.compile([Policy("p", rules=(Rule("r", "mail", action=action, entities=entities),))], "1", SPECS)
    assert bool(plan.output.restore_bit) is restores
    assert plan.input.restore_bit == 0


def test_states_of_texts_without_findings() -> None:
    plan = Plan.compile([Policy("p", rules=(Rule("u", "cat", input_roles=("user",)), Rule("t", "cat", input_roles=("tool",))))], "1", SPECS)
    assert [each.state for each in plan.clean_input(frozenset(["user"])).states] == [State.ALLOWED, State.NOT_RUN]
    assert [each.state for each in plan.clean_input(frozenset(["user", "tool"])).states] == [State.ALLOWED, State.ALLOWED]
    assert [(each.stage, each.state) for each in plan.clean_output().states] == [("output", State.ALLOWED)] * 2
