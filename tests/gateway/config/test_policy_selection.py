"""Which policies judge whom, and that several together are never weaker than each alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.policy_selection import combined, selected, selections
from gateway.core.engine import Plan
from gateway.core.policy import BLOCK, FLAG, Action, ActionKind, Exemption, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Segment
from tests.gateway.config.specs import SPECS, WordParams, load

SET = (
    Policy("all"),
    Policy("hand", models=("hand*",)),
    Policy("child", parents=("all", "hand"), models=("handbook",), keys=("app", "web*")),
    Policy("key", keys=("admin",)),
)


@pytest.mark.parametrize(
    ("model", "key", "names"),
    [
        ("gpt", "app", ("all",)),
        ("handful", "app", ("all", "hand")),
        ("handbook", "app", ("child",)),
        ("handbook", "web-7", ("child",)),
        ("handbook", "other", ("all", "hand")),
        ("HANDBOOK", "admin", ("all", "key")),
        ("handbook", "admin", ("all", "hand", "key")),
    ],
)
def test_a_child_stands_for_its_parents(model: str, key: str, names: tuple[str, ...]) -> None:
    assert tuple(each.name for each in selected(SET, model, key)) == names


def test_selections_foresee_configured_and_free_names() -> None:
    assert selections(SET, ["gpt", "handbook"], ["app"]) == {("all",), ("child",)}
    assert selections(SET, ["*"], ["*"]) >= {("all",), ("all", "hand"), ("child",), ("all", "hand", "key")}


def words(*, action: Action = BLOCK, word: str = "pelican", **options: object) -> Rule:
    return Rule("w", "words", params=WordParams(words=(word,)), action=action, **options)  # type: ignore[arg-type]


def test_the_same_rule_runs_once_and_differing_ones_both() -> None:
    one = Policy("one", rules=(words(line=3, policy="one"),))
    same = Policy("same", rules=(words(line=9, policy="same"),))
    other = Policy("other", rules=(words(action=FLAG),), exceptions=(Exemption("w", "x", "o", "r", 9e9),))
    assert [[rule.id for rule in each.rules] for each in combined((one, same, other))] == [["w"], [], ["other/w"]]
    assert combined((one, other))[1].exceptions[0].rule == "other/w"


def test_an_exception_of_one_policy_does_not_loosen_the_other() -> None:
    excepting = Policy("a", rules=(words(),), exceptions=(Exemption("w", "pelican", "o", "r", 9e9),))
    strict = Policy("b", rules=(words(),))
    for pair in ((excepting, strict), (strict, excepting)):
        assert _blocks(pair)
    assert not _blocks((excepting,))


_ACTIONS = st.sampled_from([BLOCK, FLAG, Action(ActionKind.MASK), Action(ActionKind.ALLOW)])
_RULES = st.builds(words, action=_ACTIONS, word=st.sampled_from(["pelican", "heron"]),
                   mode=st.sampled_from(["enforce", "monitor"]))
_POLICIES = st.builds(
    Policy, name=st.sampled_from("abc"), rules=st.lists(_RULES, max_size=1).map(tuple),
    exceptions=st.sampled_from([(), (Exemption("w", "pelican", "o", "r", 9e9),)]),
)


def _blocks(policies: tuple[Policy, ...]) -> bool:
    plan = Plan.compile(combined(policies), "r", SPECS)
    channel = Channel("user", (Segment("/0", "user", "a pelican"),))
    return plan.open(Context(decision_id="d")).judge_input((channel,)).decision is Decision.BLOCK


@given(st.lists(_POLICIES, min_size=1, max_size=3, unique_by=lambda each: each.name))
def test_together_they_block_whatever_one_of_them_blocks(policies: list[Policy]) -> None:
    """Law 4 for operators' own files: adding a policy that applies never lets more through."""
    assert _blocks(tuple(policies)) == any(_blocks((each,)) for each in policies)


def test_an_unreadable_part_gets_the_strictest_answer() -> None:
    one = Policy("one", on_unscannable=(("audio", ActionKind.FLAG), ("image", ActionKind.ALLOW)))
    two = Policy("two", on_unscannable=(("audio", ActionKind.ALLOW),))
    assert combined((one, two))[1].on_unscannable == (("audio", ActionKind.FLAG), ("image", ActionKind.BLOCK))
    assert Plan.compile(combined((one, two)), "r", SPECS).unscannable["image"] is ActionKind.BLOCK


def test_files_are_selected_by_what_they_say(tmp_path: Path) -> None:
    found = load(tmp_path, a="policy: a\napplies_to: {models: x*}\n", b="policy: b\napplies_to: {keys: [k]}\n")
    assert [each.name for each in selected(found.policies, "x1", "k")] == ["a", "b"]
    assert selected(found.policies, "y", "z") == ()
