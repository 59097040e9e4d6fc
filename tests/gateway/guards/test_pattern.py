"""The operator's own patterns: whole words, folded letters, refused expressions."""

from __future__ import annotations

import pytest

from gateway.core.guard import guards
from gateway.core.regex import Unsupported
from gateway.guards.pattern import PatternParams
from tests.gateway.guards.table import guard_table

_WORDS = PatternParams(words=("Project Falcon", "C++", "café", "Straße", "секрет"), entity="PROJECT_NAME")
test_words = guard_table("pattern", [
    ("about project  FALCON now", [("project  FALCON", "PROJECT_NAME")]),
    ("Project\nFalcon", ["Project\nFalcon"]),
    ("projects falconry, Project Falcons", []),
    ("we use C++ here", ["C++"]),
    ("at the cafe", ["cafe"]),
    ("am Café de Paris", ["Café"]),
    ("cafeteria", []),
    ("die strasse dort", ["strasse"]),
    ("это секрет", ["секрет"]),
], params=_WORDS)

_CODES = PatternParams(patterns=(r"\bEMP-\d{6}\b", r"ticket #\d+"), ignore_case=False)
test_expressions = guard_table("pattern", [
    ("ask EMP-123456 about it", [("EMP-123456", "PATTERN")]),
    ("ticket #42, ticket #7", ["ticket #42", "ticket #7"]),
    ("emp-123456 EMP-1234567", []),
], params=_CODES)


def test_a_rule_that_looks_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"looks for nothing \| add `patterns"):
        guards()["pattern"].patterns(PatternParams())


@pytest.mark.parametrize("expression", [r"(?<=a)b", r"(a)\1", r"a*", r"[", r"(?:x{1000}){1000}"])
def test_an_expression_that_cannot_run_in_linear_time_is_refused(expression: str) -> None:
    with pytest.raises(Unsupported):
        guards()["pattern"].patterns(PatternParams(patterns=(expression,)))


@pytest.mark.parametrize("params", [{"entity": "My entity"}, {"words": ("ok", " \u200b")}])
def test_settings_that_cannot_be_meant_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"entity must be|empty word"):
        PatternParams(**params)  # type: ignore[arg-type]
