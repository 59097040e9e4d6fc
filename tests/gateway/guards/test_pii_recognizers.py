"""A policy's own recognizers: found with their scores, their context and everything the table asks for."""

from __future__ import annotations

import pytest

from gateway.guards.pii import PiiParams
from gateway.guards.pii_recognizers import Recognizer, RecognizerPattern, denied
from tests.gateway.guards.table import guard_table, plan_for, streamed

BADGE = Recognizer("badge", "BADGE", (RecognizerPattern("weak", r"\bB-\d{4}\b", 0.3),), context=("badge", "staff pass"))
TITLES = Recognizer("titles", "CODENAME", deny_list=("Blue Lantern", "C++ guild", "Lantern"), deny_list_score=0.9)
PARAMS = PiiParams(entities=("EMAIL_ADDRESS",), recognizers=(BADGE, TITLES))

test_own_recognizers = guard_table("pii", [
    ("my badge is B-1234", [("B-1234", "BADGE")]),
    ("Blue Lantern, a lantern", [("Blue Lantern", "CODENAME"), ("lantern", "CODENAME")]),
    ("the c++ guild", [("c++ guild", "CODENAME")]),
    ("lanterns, AB-1234, B-12345", []),
    ("a@b.io 4111 1111 1111 1111", [("a@b.io", "EMAIL_ADDRESS")]),
], params=PARAMS)


@pytest.mark.parametrize(("text", "score"), [
    ("see B-1234", 0.3), ("badge B-1234", 0.65), ("his staff pass: B-1234", 0.65), ("badges: see the list of all B-1234", 0.3),
    ("badge one two three four five B-1234", 0.3), ("badge one two three four B-1234", 0.65),
])
def test_context_raises_a_score_as_in_presidio(text: str, score: float) -> None:
    found = streamed(plan_for("pii", PARAMS), [text])
    assert [each.score for each in found] == [pytest.approx(score)]


def test_a_weak_score_with_context_is_at_least_presidios_least() -> None:
    weak = Recognizer("z", "ZIP", (RecognizerPattern("z", r"\b\d{5}\b", 0.01),), context=("zip",))
    found = streamed(plan_for("pii", PiiParams(entities=(), recognizers=(weak,))), ["zip 12345"])
    assert [(each.entity, each.score) for each in found] == [("ZIP", 0.4)]


def test_of_denied_words_the_longest_is_found() -> None:
    assert denied(("ab", "ab cd")).startswith(r"\bab\ cd")
