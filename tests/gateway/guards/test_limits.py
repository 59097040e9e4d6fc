"""Length: the first character too many, in requests and in streams, for the roles a rule names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Segment
from gateway.errors import PolicyErrors
from gateway.guards.limits import LimitsParams
from tests.gateway.guards.table import guard_table

# A flood of invisible characters is characters all the same, so the mutators that add some move the limit.
_ADDING = ("zero-width", "soft hyphen", "word joiner", "combining mark", "variation selector")
test_limits = guard_table("limits", [
    ("twelve chars", []),
    ("twelve chars.", [(12, 13)]),
    ("a" * 40, [(12, 13)]),
    ("", []),
    ("\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b", [(12, 13)]),
    ("ééééééééééééé", [(12, 13)]),
], params=LimitsParams(max_characters=12), known_gaps=_ADDING)

test_zero_is_no_limit = guard_table("limits", [("a" * 60, [])], params=LimitsParams(max_characters=0))


def _plan(*rules: Rule) -> Plan:
    return Plan.compile([Policy("p", rules=rules)], "r", guards())


def test_a_stream_is_cut_at_the_limit_however_it_arrives() -> None:
    plan = _plan(Rule("short", "limits", params=LimitsParams(max_characters=10), action=BLOCK))
    for size in (1, 3, 7, 10, 11, 30):
        exchange = Exchange(plan, Context("d"))
        field = exchange.field(0, "content")
        text = "0123456789 and more than was asked"
        out = "".join(field.feed(text[at : at + size]) for at in range(0, len(text), size)) + field.finish()
        assert (out, field.cut, exchange.verdict().rules) == ("0123456789", True, ("short",))


def test_a_limit_is_for_the_roles_that_its_rule_names_and_others_do_not_hide_it() -> None:
    plan = _plan(
        Rule("documents", "limits", input_roles=("document",), params=LimitsParams(max_characters=5)),
        Rule("users", "limits", input_roles=("user",), params=LimitsParams(max_characters=9)),
    )

    def judged(role: str, text: str) -> tuple[str, ...]:
        channel = Channel(role, (Segment("/t", role, text),))  # type: ignore[arg-type]
        return Exchange(plan, Context("d")).judge_input((channel,)).rules

    assert judged("user", "123456") == ()
    assert judged("document", "123456") == ("documents",)
    assert judged("user", "1234567890") == ("users",)
    verdict = Exchange(plan, Context("d")).judge_input((Channel("user", (Segment("/t", "user", "1234"),)),))
    assert verdict.decision is Decision.ALLOW


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="max_characters"):
        LimitsParams(max_characters=-1)


@pytest.mark.parametrize(("action", "refused"), [
    ("action: mask", "action"), ("entities: {LENGTH: {replace: \"…\"}}", "entities.LENGTH"), ("action: block", ""),
    ("action: flag", ""), ("action: {respond: \"Too long.\"}", ""),
])
def test_an_edit_which_would_let_the_rest_go_on_is_refused(tmp_path: Path, action: str, refused: str) -> None:
    """It took the place of one character, the first too many."""
    path = tmp_path / "p.yaml"
    path.write_text(f"policy: p\nrules:\n  - id: short\n    guard: limits\n    max_characters: 9\n    {action}\n", "utf-8")
    if not refused:
        assert load_policies(path).policies[0].rules
        return
    with pytest.raises(PolicyErrors) as caught:
        load_policies(path)
    said = f"p.yaml:6: rules[0].{refused}: a text that is too long would lose one character and go on (use `block`, "
    assert said in str(caught.value)
