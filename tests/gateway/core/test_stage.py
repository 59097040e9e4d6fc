"""What is worth a closer look in a text depends on its role: a rule for other roles is no reason to take it apart."""

from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import Policy, Rule
from gateway.core.stage import Stage
from gateway.core.types import ROLES, Channel, Context, Decision, Segment
from gateway.guards.pattern import PatternParams

WORD = Rule("word", "pattern", input_roles=("user",), params=PatternParams(words=("Bluebird",)))


def _stage(*rules: Rule) -> Stage:
    return Plan.compile([Policy("p", rules=rules)], "1", guards()).input


def test_only_roles_with_a_rule_have_bits() -> None:
    stage = _stage(WORD)
    assert set(stage.wanted) == set(ROLES)
    assert {role for role, mask in stage.wanted.items() if mask} == {"user"}


def test_a_role_with_a_rule_wants_its_patterns_and_whatever_may_hide_them() -> None:
    stage = _stage(WORD)
    assert stage.decode_mask
    assert stage.wanted["user"] == stage.rules[0].mask | stage.decode_mask | stage.leet_bit


def test_each_role_wants_its_own_rules_patterns() -> None:
    other = Rule("other", "pattern", input_roles=("tool",), params=PatternParams(words=("Falcon",)))
    stage = _stage(WORD, other)
    user, tool = (each.mask for each in stage.rules)
    assert stage.wanted["user"] & (user | tool) == user
    assert stage.wanted["tool"] & (user | tool) == tool


def test_the_same_word_is_found_where_the_rule_looks_and_nowhere_else() -> None:
    plan = Plan.compile([Policy("p", rules=(WORD,))], "1", guards())
    for role in ROLES:
        for text in ("about Bluebird", "Qmx1ZWJpcmQgaXMgZHVlIHNvb24="):
            channel = Channel(role, (Segment("/x", role, text),))
            blocked = plan.open(Context("d")).judge_input((channel,)).decision is Decision.BLOCK
            assert blocked is (role == "user")
