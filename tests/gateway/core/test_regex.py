"""Prefix closures must hold every beginning of every match: a stream releases whatever they do not hold."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.pattern import pattern, phrases
from gateway.core.regex import Unsupported, compile_regex

PATTERNS = [
    r"\b[a-z0-9._%+-]{1,64}@[a-z0-9.-]{1,20}\.[a-z]{2,24}\b",
    r"AKIA[0-9A-Z]{16}",
    r"(?:ab|a)(?:c|bcd)",
    r"a{2,4}b?c+",
    r"x(?:y(?:z|w){0,3}|q{12,20})+v",
    r"(?i)ignore (?:all |any )?(?:previous|prior)",
    r"\d{1,3}(?:[ ,.]\d{3}){1,3}(?:\.\d\d)?",
    r"[^ab]{3}c",
    r".{2,5}?end",
    r"ü[éè]+\w",
]


@pytest.mark.parametrize("source", PATTERNS)
def test_every_beginning_of_a_match_is_in_the_closure(source: str) -> None:
    compiled = compile_regex(source)
    exact, prefixes = re2.compile(compiled.exact), re2.compile(compiled.prefixes)

    @settings(max_examples=60, deadline=None)
    @given(st.from_regex(re.compile(source, re.ASCII), fullmatch=True))
    def check(match: str) -> None:
        if exact.fullmatch(match) is None:
            return  # Python and RE2 differ on what an unbounded repeat may reach
        assert len(match.encode()) <= compiled.reach
        for end in range(len(match) + 1):
            assert prefixes.fullmatch(match[:end]) is not None, match[:end]

    check()


def test_every_place_where_a_beginning_may_stop_has_an_end_of_its_own() -> None:
    assert compile_regex("abc").prefixes == r"(?:a(?:b(?:c)?\z|\z)|\z)"
    assert compile_regex(r"a(?:bc|d)\b").prefixes == r"(?:a(?:(?:b(?:c)?\z|\z)|(?:d)?\z)|\z)"
    for source in PATTERNS:
        closure = re2.compile(compile_regex(source).prefixes)
        assert closure.match("") is not None  # the end of an empty text
        assert closure.match("\x7f") is None, "the text goes on"


@pytest.mark.parametrize("source", PATTERNS)
@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="abcdxyz0159 .,@AKI-éü\n", max_size=40))
def test_exact_agrees_with_python(source: str, text: str) -> None:
    ours = [match.span() for match in re2.compile(compile_regex(source).exact).finditer(text)]
    theirs = [match.span() for match in re.finditer(source, text, re.ASCII)]
    assert ours == theirs


@pytest.mark.parametrize(("source", "word"), [
    (r"(?=a)b", "look-ahead"), (r"(?<!a)b", "look-ahead or look-behind"), (r"(a)\1", "back-reference"),
    (r"(a", "not a valid regular expression"), (r"a*", "nothing at all"), (r"(?:a{900}){900}", "bound its repeats"),
    (r"a{2000}", "refused by the linear-time engine"), (r"(?i)a(?-i:b)", "case-insensitivity"),
])
def test_what_no_linear_engine_can_do_is_refused_with_the_reason(source: str, word: str) -> None:
    with pytest.raises(Unsupported, match=word):
        pattern(source)


def test_unbounded_repeats_are_bounded() -> None:
    assert pattern(r"a+").reach == 256
    assert pattern(r"(?:a+b)+").reach == (1000 // 32) * 33


def test_phrases_withstand_case_punctuation_endings_and_short_words() -> None:
    found = phrases(["close the Halverton site", "vote for"], skip_short_words=True)
    for text in ("we CLOSE the halverton site", "closing, the - Halverton of sites", "who do I vote for"):
        assert found.search(text), text
    for text in ("close that big blue thing at the Halverton site", "devote fortunes", "vote  against"):
        assert not found.search(text), text


def test_phrases_without_words_are_refused() -> None:
    with pytest.raises(Unsupported, match="no word"):
        phrases(["...", ""])
