"""What a child policy inherits, what it may tighten, and that it loosens only what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.policy import Action, ActionKind, Policy
from tests.gateway.config.specs import load, mistakes

BASE = """\
policy: base
on_unscannable: {image: block, audio: flag}
rules:
  - {id: a, guard: words, words: [one], action: block, on: {input: [user]}}
  - {id: b, guard: digits, sensitivity: low}
exceptions:
  - {rule: b, match: "123456", owner: o, reason: r, until: 2030-01-01}
"""


def child(directory: Path, text: str, base: str = BASE) -> Policy:
    found = load(directory, base=base, child="policy: child\nextends: [base]\n" + text)
    return next(each for each in found.policies if each.name == "child")


def test_rules_exceptions_and_order_are_inherited(tmp_path: Path) -> None:
    policy = child(tmp_path, "rules: [{id: c, guard: words}]\n")
    assert [rule.id for rule in policy.rules] == ["a", "b", "c"]
    assert policy.parents == ("base",)
    assert [each.match for each in policy.exceptions] == ["123456"]


def test_a_named_rule_changes_key_by_key(tmp_path: Path) -> None:
    rule = child(tmp_path, "rules: [{id: a, action: flag}]\n").rules[0]
    assert (rule.action, rule.params.words, rule.input_roles) == (Action(ActionKind.FLAG), ("one",), ("user",))


def test_another_guard_drops_the_old_guards_parameters(tmp_path: Path) -> None:
    rule = child(tmp_path, "rules: [{id: a, guard: digits}]\n").rules[0]
    assert (rule.guard, rule.input_roles) == ("digits", ("user",))


@pytest.mark.parametrize(
    ("base", "text", "mode", "on_error", "warned"),
    [
        (BASE, "mode: monitor\n", "enforce", "block", 2),
        (BASE, "on_error: allow\n", "enforce", "block", 2),
        (BASE, "mode: monitor\nrules: [{id: a, mode: monitor}]\n", "monitor", "block", 1),
        (BASE + "mode: monitor\n", "", "monitor", "block", 0),
        (BASE + "mode: monitor\n", "mode: enforce\n", "enforce", "block", 0),
        (BASE + "on_error: flag\n", "on_error: block\n", "enforce", "block", 0),
    ],
)
def test_file_wide_settings_only_tighten_what_is_inherited(
    tmp_path: Path, base: str, text: str, mode: str, on_error: str, warned: int
) -> None:
    rule = child(tmp_path, text, base).rules[0]
    assert (rule.mode, rule.on_error) == (mode, on_error)
    warnings = load(tmp_path).warnings
    assert len(warnings) == warned, warnings
    assert all("does not weaken the inherited rule" in each for each in warnings)


def test_a_childs_own_rules_take_its_settings(tmp_path: Path) -> None:
    policy = child(tmp_path, "mode: shadow\nrules: [{id: c, guard: words}]\n")
    assert [rule.mode for rule in policy.rules] == ["enforce", "enforce", "shadow"]


def test_unscannable_parts_only_get_stricter(tmp_path: Path) -> None:
    policy = child(tmp_path, "on_unscannable: {image: allow, audio: block, file: flag}\n")
    assert dict(policy.on_unscannable) == {"image": "block", "audio": "block", "file": "flag"}
    assert "on_unscannable.image: stays 'block'" in load(tmp_path).warnings[0]


@pytest.mark.parametrize(("own", "inherited", "holds"), [
    ("stream", "complete", "complete"), ("{tail: 9}", "complete", "complete"), ("complete", "{tail: 9}", "complete"),
    ("stream", "{tail: 9}", 9), ("{tail: 40}", "{tail: 9}", 40), ("{tail: 5}", "{tail: 9}", 9), ("stream", "stream", "stream"),
])  # fmt: skip
def test_the_release_that_holds_most_is_inherited(tmp_path: Path, own: str, inherited: str, holds: object) -> None:
    assert child(tmp_path, f"release: {own}\n", BASE + f"release: {inherited}\n").release == holds


def test_a_mistake_in_an_inherited_rule_is_told_once_where_it_stands(tmp_path: Path) -> None:
    found = mistakes(tmp_path, base=BASE, child="policy: child\nextends: base\nrules: [{id: a, wrods: [x]}]\n",
                     other="policy: other\nextends: child\n")
    assert len(found) == 1
    assert found[0].startswith("child.yaml:3: rules[0].wrods: unknown key 'wrods'")


def test_two_parents_that_disagree_need_a_word(tmp_path: Path) -> None:
    files = {"x": "policy: x\nrules: [{id: a, guard: words}]\n", "y": "policy: y\nrules: [{id: a, guard: digits}]\n"}
    found = mistakes(tmp_path, **files, z="policy: z\nextends: [x, y]\n")
    assert "rule 'a' comes from both 'x' and 'y'" in found[0]
    named = load(tmp_path, z="policy: z\nextends: [x, y]\nrules: [{id: a, action: flag}]\n")
    assert named.policies[-1].rules[0].guard == "words"


def test_a_circle_is_refused(tmp_path: Path) -> None:
    found = mistakes(tmp_path, x="policy: x\nextends: y\n", y="policy: y\nextends: x\n")
    assert any("extends itself" in each for each in found)
    assert len(found) <= 2
