"""The tests inside policies: each way to fail is noticed, and lint finds what no test would miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.policy_lint import lint
from gateway.config.policy_tests import compile_policy, run_tests
from gateway.core.pattern import phrases
from gateway.core.types import Finding
from gateway.core.view import View
from tests.gateway.config.specs import NOW, SPECS, WordParams, load

PELICAN = phrases(["pelican"])

POLICY = """\
policy: p
rules:
  - {id: stop, guard: words, words: [pelican], on: {input: [user, tool], output: all}}
  - {id: answer, guard: words, words: [heron], on: {input: [user]}, action: {respond: "No birds."}}
  - {id: even, guard: digits, entities: {EVEN: mask, ODD: flag}, on: {input: [user], output: all}}
  - {id: watch, guard: words, words: [ibis], mode: monitor}
exceptions:
  - {rule: stop, match: Pelican, owner: o, reason: r, until: 2027-02-01}
"""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('user: "a PELICAN!", expect: block, by: stop', "expected block, got allow"),
        ('user: "two pelicans", expect: block, by: stop', ""),
        ('tool: "two pelicans", expect: block', ""),
        ('system: "two pelicans", expect: allow', ""),
        ('user: "two pelicans", expect: allow', "expected allow, got block by stop"),
        ('user: "two pelicans", expect: block, by: answer', "expected it by answer, got it by stop"),
        ('user: "a heron", expect: respond, by: answer', ""),
        ('user: "a heron", expect: block', "expected block, got respond by answer"),
        ('user: "no 123456.", expect: edit, by: even, text: "no <EVEN>."', ""),
        ('user: "no 123456.", expect: edit, text: "no 123456."', "the edited text differs from `text` at character 3"),
        ('user: "no 123457.", expect: flag, by: even, not_by: [watch, stop]', ""),
        ('user: "no 123457.", expect: flag, not_by: even', "even acted, and should not have"),
        ('user: "an ibis", expect: flag, by: watch', ""),
        ('user: "hello", assistant: "see 123456, ok", expect: edit, text: "see <EVEN>, ok"', ""),
        ('assistant: "two pelicans", expect: block, by: stop', ""),
        ('user: "two pelicans", assistant: "ok", expect: block',
         "the input came to block by stop, so the answer was not judged"),
        ('messages: [{role: user, content: two pelicans}, {role: assistant, content: hm}], expect: block', ""),
        ('user: "pelicans ", times: 2, expect: block', ""),
        ('user: "pelican", assistant: "peli", times: 2, expect: allow', ""),
        ('user: "hello", expect: flag', "expected flag, got allow"),
    ],
)
def test_a_row_passes_or_says_why_not(tmp_path: Path, row: str, reason: str) -> None:
    (policy,) = load(tmp_path, p=POLICY + f"tests:\n  - {{name: row, {row}}}\n").policies
    (result,) = run_tests(compile_policy(policy, "r", SPECS, None), policy, NOW)
    assert result.reason == reason
    assert result.passed == (not reason)
    assert result.test.line == 10


def test_an_exception_ends_by_the_clock_that_is_given(tmp_path: Path) -> None:
    (policy,) = load(tmp_path, p=POLICY + "tests: [{name: t, user: pelican, expect: allow}]\n").policies
    plan = compile_policy(policy, "r", SPECS, None)
    assert run_tests(plan, policy, NOW)[0].passed
    assert not run_tests(plan, policy, NOW + 30 * 86_400)[0].passed


LINTED = """\
policy: p
rules:
  - {id: proven, guard: words, words: [pelican], on: {input: [user]}}
  - {id: unproven, guard: words, words: [heron, Heron], on: {input: [user]}, action: mask}
  - {id: half, guard: words, words: [ibis], on: {input: [user]}, action: block}
exceptions:
  - {rule: proven, match: pelican, owner: o, reason: r, until: 2030-02-01}
  - {rule: proven, match: sparrow, owner: o, reason: r, until: 2030-02-01}
tests:
  - {name: a, user: two pelicans, expect: block, by: proven}
  - {name: b, user: an ibis is no pelicans, expect: block}
  - {name: c, user: a swift, expect: allow}
  - {name: d, user: one ibis and pelicans, expect: block, by: half}
"""


def test_lint_finds_what_no_test_would_miss(tmp_path: Path) -> None:
    (policy,) = load(tmp_path, p=LINTED).policies
    report = lint(policy, compile_policy(policy, "r", SPECS, None), NOW)
    assert [(each.kind, each.line) for each in report.remarks] == [
        ("exception", 3), ("repeat", 4), ("untested", 4)]
    assert "rule 'unproven'" in report.remarks[2].message
    assert (report.mutations, report.caught) == (6, 4)


def test_lint_leaves_inherited_rules_to_their_policy(tmp_path: Path) -> None:
    child = "policy: child\nextends: p\nrules: [{id: half, action: mask}]\n"
    policy = load(tmp_path, p=LINTED, child=child).policies[0]
    report = lint(policy, compile_policy(policy, "r", SPECS, None), NOW)
    assert [each.message for each in report.remarks if each.kind == "untested"] == [
        "no test fails when rule 'half' is removed"]


def test_an_answer_that_is_judged_differently_in_pieces_fails(tmp_path: Path) -> None:
    """A guard that looks at what has not arrived yet breaks law 1; the test that shows it must not pass."""
    def find(view: View, _: WordParams) -> Iterator[Finding]:
        for match in view.matches(PELICAN):
            if "in the end" in view.text:
                yield view.finding(match)

    spec = replace(SPECS["words"], find=find, patterns=lambda _: (PELICAN,))
    text = "two pelicans came and stayed and in the end it left"
    (policy,) = load(tmp_path, p=POLICY + f"tests: [{{name: t, assistant: {text}, expect: block}}]\n").policies
    plan = compile_policy(policy, "r", {**SPECS, "words": spec}, None)
    assert run_tests(plan, policy, NOW)[0].reason == "a streamed answer came out differently"


def test_lint_finds_a_rule_whose_weakening_goes_unnoticed(tmp_path: Path) -> None:
    text = "policy: p\nrules: [{id: r, guard: words, entities: {WORD: flag}, action: block}]\n"
    (policy,) = load(tmp_path, p=text + "tests: [{name: t, user: secret, expect: flag, by: r}]\n").policies
    report = lint(policy, compile_policy(policy, "r", SPECS, None), NOW)
    assert [each.kind for each in report.remarks] == ["weakening"]
