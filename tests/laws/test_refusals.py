"""The words of a block belong to their choice: the order in which choices were cut must not show in them."""

from __future__ import annotations

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Context
from tests.laws.test_law1_streaming import GUARDS

RULES = (Rule("code", "code", action=Action(ActionKind.RESPOND, "Ask the press office.")), Rule("mail", "mail"))
PLAN = Plan.compile([Policy("p", rules=RULES, refusal="No.")], "1", GUARDS)
TEXTS = ("project falcon", "so: ann@quill.example")


def _said(order: tuple[int, int]) -> list[str]:
    exchange = Exchange(PLAN, Context("d"))
    for index in order:
        exchange.field(index, "content").feed(TEXTS[index])
        exchange.field(index, "content").finish()
    return [exchange.refusal(index) for index in (0, 1)]


def test_each_choice_has_its_own_words_in_any_order() -> None:
    assert _said((0, 1)) == _said((1, 0)) == ["Ask the press office. (decision d)", "\n\nNo. (decision d)"]
