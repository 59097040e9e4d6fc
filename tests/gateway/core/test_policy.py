"""What a rule does about an entity, and which policies a request gets."""

from __future__ import annotations

import pytest

from gateway.core.engine import select
from gateway.core.policy import BLOCK, EDITS, FLAG, STOPS, Action, ActionKind, Policy, Rule

MASK = Action(ActionKind.MASK)
RULE = Rule("r", "pii", action=BLOCK, entities=(("MAIL", MASK), ("CARD", FLAG), ("MAIL", FLAG)))


@pytest.mark.parametrize(("entity", "action"), [("MAIL", MASK), ("CARD", FLAG), ("", BLOCK), ("mail", BLOCK), ("MAIL_X", BLOCK)])
def test_an_entity_takes_its_first_action_and_else_the_rules(entity: str, action: Action) -> None:
    assert RULE.action_for(entity) is action


def test_every_action_edits_or_stops_or_lets_be() -> None:
    assert frozenset() == EDITS & STOPS
    assert set(ActionKind) - EDITS - STOPS == {ActionKind.ALLOW, ActionKind.FLAG}


POLICIES = (Policy("all"), Policy("gpt", models=("gpt-*", "o?")), Policy("team", keys=("team-a", "ops-*")), Policy("Case", models=("GPT-*",)))


@pytest.mark.parametrize(("model", "key", "names"), [
    ("gpt-4", "x", ["all", "gpt"]), ("o1", "team-a", ["all", "gpt", "team"]), ("o10", "ops-", ["all", "team"]), ("", "", ["all"]),
])
def test_select(model: str, key: str, names: list[str]) -> None:
    assert [each.name for each in select(POLICIES, model, key)] == names
