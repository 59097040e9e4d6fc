"""Heads: only printable ASCII leaves, whatever a policy or a file was named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.types import Decision, Edit, Finding, RuleState, State, Verdict
from gateway.proxy import headers

FOUND = Finding("rule", "/p", 0, 1)


@given(st.text())
def test_a_line_is_one_line_or_an_error(value: str) -> None:
    try:
        line = headers.line("x", value)
    except ValueError:
        assert any(not 0x20 <= ord(letter) <= 0x7E for letter in value)
    else:
        assert line.count(b"\r\n") == 1
        assert line == b"x: " + value.encode() + b"\r\n"


@given(st.lists(st.text(), max_size=40))
def test_rule_ids_always_make_a_header(rules: list[str]) -> None:
    ids = headers.rule_ids(Verdict(Decision.BLOCK, rules=tuple(rules)))
    assert headers.line("x-wardgate-rules", ids).count(b"\r\n") == 1
    assert len(ids.split(",")) <= headers.MAX_RULES


def test_rule_ids_are_named_once_in_order() -> None:
    first = Verdict(Decision.BLOCK, findings=(FOUND,), rules=("b", "a"))
    assert headers.rule_ids(first, Verdict(Decision.ALLOW, findings=(FOUND,))) == "b,a,rule"


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict(Decision.ALLOW), "allow"),
        (Verdict(Decision.ALLOW, edits=(Edit("/p", 0, 1, ""),)), "edit"),
        (Verdict(Decision.ALLOW, findings=(FOUND,), states=(RuleState("rule", "output", State.EDITED),)), "edit"),
        (Verdict(Decision.ALLOW, findings=(FOUND,), states=(RuleState("rule", "output", State.FLAGGED),)), "allow"),
        (Verdict(Decision.BLOCK, edits=(Edit("/p", 0, 1, ""),)), "block"),
    ],
)
def test_the_decision_is_the_strongest_thing_done(verdict: Verdict, word: str) -> None:
    assert headers.decision_word(verdict) == word
    assert headers.decision_word(Verdict(Decision.ALLOW), verdict) == word


def test_the_date_is_the_second_s() -> None:
    assert headers.status_line(200, 0.0) == b"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    assert b"00:00:01" in headers.status_line(200, 1.9)
    assert headers.status_line(599, 1.0).startswith(b"HTTP/1.1 599 ")
