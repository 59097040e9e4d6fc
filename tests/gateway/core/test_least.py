"""How many figures every match holds: never more than some match has, or numbers would pass as cheap to judge."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.looked import is_light_answer
from gateway.core.pattern import Pattern
from gateway.core.policy import Policy, Rule
from gateway.core.regex import compile_regex

PROSE = "The office will note it in the plan for next month. " * 25

KNOWN = {
    r"\d": 1, r"a": 0, r"7": 1, r"[0-9]": 1, r"[1-37]": 1, r"[0-9a]": 0, r"[^0-9]": 0, r"\D": 0, r".": 0, r"\w": 0, r"[\d.]": 0,
    r"(?:\d{2}|a)b": 0, r"(?:\d{2}|1)b": 1, r"\b\d(?:[ -]?\d){5,19}\b": 6, r"x\d?": 0, r"(?:\d\d){2,}?": 4, r"(?i)ab\d+[0-9A-F]": 1,
    r"(?:(?i:a1)|\d{3}x)+": 1, r"[-+]?\d{1,3}(?:,\d{3})+": 4, r"[0-5][/-9]": 1, r"a[5]": 1,
}  # fmt: skip


@pytest.mark.parametrize("source", KNOWN)
def test_the_least_figures_of_a_match(source: str) -> None:
    assert compile_regex(source).figures == KNOWN[source]

    @settings(max_examples=40, deadline=None)
    @given(st.from_regex(re.compile(source, re.ASCII), fullmatch=True))
    def check(match: str) -> None:
        assert sum(each in "0123456789" for each in match) >= KNOWN[source]

    check()


def test_no_pattern_matches_more_often_than_a_texts_figures_allow(shipped: Plan) -> None:
    numbers = random.Random(5)
    written = ["£12", "4111 1111 1111 1111", "020 7183 8750", "DE89 3704 0044 0532 0130 00", "3 May 1980", "61.5k", "0x41",
               "93 42 31", "1.2.3.4", "AB123456C", "SW1A 1AA", "2024-05-03", "12", "7", "passport 533380006", "a1b2"]  # fmt: skip
    for stage in (shipped.input, shipped.output):
        counted = [each for each in stage.scanner.patterns if each.figures]
        assert len(counted) > 40
        for _ in range(60):
            data = " ".join(numbers.choice(written) for _ in range(40)).encode()
            figures = sum(each in b"0123456789" for each in data)
            for pattern in counted:
                assert len(pattern.spans(data, 0)) * pattern.figures <= figures, pattern.source


def test_a_few_numbers_in_prose_are_not_looked_for() -> None:
    """Some hundred are, as nothing less says how much there is to judge."""
    stage = Plan.compile([Policy("p", rules=(Rule("r", "pii"),))], "1", guards()).output
    asked = 0

    def counting(pattern: Pattern) -> Pattern:
        def match(*arguments: object) -> object:
            nonlocal asked
            asked += 1
            return pattern.match(*arguments)

        return replace(pattern, match=match)

    stage.scanner.patterns = tuple([counting(each) for each in stage.scanner.patterns])
    assert is_light_answer(stage, _answered(f"{PROSE} Item 2024007, 14 days."))
    assert asked == 0
    assert not is_light_answer(stage, _answered(PROSE + "Item 2024007. " * 100))
    assert is_light_answer(stage, _answered(f"{PROSE} {'2024007 ' * 7}"))
    assert asked > 0


def _answered(text: str) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}).encode()
