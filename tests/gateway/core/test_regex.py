"""Prefix closures must hold every beginning of every match: a stream releases whatever they do not hold."""

from __future__ import annotations

import random
import re
import sys
import threading
import time
import warnings

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.pattern import pattern, phrases
from gateway.core.regex import Unsupported, compile_regex, trigger
from gateway.core.scanner import Scanner

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
    r"\b(?:one two|once|other)\b",
]


def _closure(source: str) -> str:
    return "|".join(each.prefixes for each in compile_regex(source).closures)


@pytest.mark.parametrize("source", PATTERNS)
def test_every_beginning_of_a_match_is_in_the_closure(source: str) -> None:
    compiled = compile_regex(source)
    exact, prefixes = re2.compile(compiled.exact), re2.compile(_closure(source))

    @settings(max_examples=60, deadline=None)
    @given(st.from_regex(re.compile(source, re.ASCII), fullmatch=True))
    def check(match: str) -> None:
        if exact.fullmatch(match) is None:
            return  # Python and RE2 differ on what an unbounded repeat may reach
        assert len(match.encode()) <= compiled.reach
        for end in range(len(match) + 1):
            assert prefixes.fullmatch(match[:end]) is not None, match[:end]

    check()


@pytest.mark.parametrize("largest", [1, 12, 30, 60])
@pytest.mark.parametrize("source", [*PATTERNS, r"(?:a?b|c*)d\b", r"\b(?:x?(?:yes|no)|(?:ab){2,9}c)\d?", r"(?s)a.{0,3}(?:bb|b\b)c{2}"])
def test_a_trigger_occurs_in_every_match_however_small_it_must_be(source: str, largest: int) -> None:
    exact, small = compile_regex(source).exact, trigger(source, largest=largest)
    occurs, matches = re2.compile(small), re2.compile(exact)
    assert len(small) <= largest or small == r"(?s:.)"
    assert largest < 60 or small != r"(?s:.)"

    @settings(max_examples=40, deadline=None)
    @given(st.from_regex(re.compile(source, re.ASCII), fullmatch=True), st.sampled_from(["", " ", "- "]))
    def check(match: str, around: str) -> None:
        if matches.search(around + match + around) is not None:
            assert occurs.search(around + match + around) is not None

    check()


@pytest.mark.parametrize("form", [r"\bx(?:{})\b", r"\b(?:{})\b", r"\b[xy](?:{})\d{{3}}", "x?(?:{})", "(?:(?:{})-){{2}}"])
def test_thousands_of_alternatives_are_compiled_at_once(form: str) -> None:
    """300 behind one letter took the prefilter half a second, 1,000 already 7."""
    chance = random.Random(1)
    words = sorted({"".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 6))) for _ in range(3000)})
    begun = time.thread_time()
    compiled = pattern(form.format("|".join(words)), ignore_case=True)
    scanner = Scanner([compiled])
    assert time.thread_time() - begun < 3.0
    for word in words[::500]:
        text = (f"see {word}-{word}-" if "-" in form else f"see x{word}" if "x" in form else f"see {word}") + "123" * (r"\d" in form)
        assert compiled.search(text)
        assert scanner.hits(text.encode()) == 1
        assert scanner.hold(text[:6].encode(), 0) == 4
    assert scanner.hits(b"0 1 2") == 0


def test_every_place_where_a_beginning_may_stop_has_an_end_of_its_own() -> None:
    (plain,), (branched,) = compile_regex("abc").closures, compile_regex(r"a(?:bc|d)\b").closures
    assert plain.prefixes == r"(?:(?:a(?:b(?:c)?\z|\z)|\z))"
    assert branched.prefixes == r"(?:(?:a(?:(?:b(?:c)?\z|\z)|(?:d)?\z)|\z))"
    for source in PATTERNS:
        closure = re2.compile(_closure(source))
        beginning = closure.match("xx a1 xx")
        assert beginning is None or beginning.end() == 8, "a beginning goes on to the end of the text"


@pytest.mark.parametrize(("source", "first"), [
    (r"\bab", b"a"), (r"\b(?:ab|cd)e", b"ac"), (r"(?i)\bab", b"Aa"), (r"\b(?i:a)b", b"Aa"), (r"\b_?[x-z1]", b"1_xyz"),
    (r"\b\d{2}", b"0123456789"), (r"ab", b""), (r"\b-a", b""), (r"\b(?:a|-b)c", b""), (r"\b[^a]b", b""), (r"\bé", b""),
    (r"\b[a-é]", b""), (r"\Ba", b""), (r"\b\Wa", b""), (r"(?:\ba|b)c", b""), (r"-?\ba", b""),
])
def test_with_which_characters_every_match_begins(source: str, first: bytes) -> None:
    assert bytes(sorted(set().union(*(each.first for each in compile_regex(source).closures)))) == first


def test_many_alternatives_are_kept_in_parts_by_how_they_begin() -> None:
    names = [f"{letter}{number:03}{'x' * 40}" for letter in "abc" for number in range(100)]
    parts = compile_regex(rf"\b(?:{'|'.join(names)})\b").closures
    assert {each.first for each in parts} == {b"a", b"b", b"c"}
    assert 6 <= len(parts) <= 12
    assert max(len(each.prefixes) for each in parts) < 12_000
    assert all(re2.compile("|".join(each.prefixes for each in parts)).fullmatch(name) for name in names)


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
    ("(" * 300 + "a" + ")" * 300, "too deeply nested"), ("(" * 9000 + "a" + ")" * 9000, "too deeply nested"),
    ("x" * 100_000, "longer than 700 places in a row"), ("a{99999999999999999999}", "count that is too large"),
    ("(" * 300 + "a" + ")*" * 300, "too deeply nested"),
    ("[[:alpha:]]+", r"other dialects \(possible nested set at position 1\)"), ("[a-z&&[^i]]", "set intersection at"),
])
def test_what_no_linear_engine_can_do_is_refused_with_the_reason(source: str, word: str) -> None:
    with pytest.raises(Unsupported, match=word):
        pattern(source)


@pytest.mark.parametrize("source", ["x" * 700, "(?:" * 100 + "x" + ")" * 100])
def test_the_longest_expression_is_compiled_with_its_closures(source: str) -> None:
    assert [re2.compile(each.prefixes).fullmatch("x") is not None for each in pattern(source).closures] == [True]


@pytest.mark.parametrize("source", ["(?:a" * 18 + ")+" * 18, "(" * 18 + "ab" + "c)+" * 18, r"\b" + r"(?:a?|\d?)" * 18 + "x"])
def test_nested_and_optional_groups_are_looked_at_once(source: str) -> None:
    """Each twice as often as the one around it, or the one before it, made a load take hours for thirty."""
    begun = time.thread_time()
    pattern(source)
    assert time.thread_time() - begun < 1.0


def test_expressions_are_compiled_in_threads_without_losing_what_is_doubtful() -> None:
    """Whoever listened to Python's warnings switched another thread's listening off, and left its own on for good."""
    filters, interval, accepted = list(warnings.filters), sys.getswitchinterval(), []

    def compiled() -> None:
        for index in range(300):
            try:
                accepted.append(compile_regex(f"[[:alpha:]]{index}"))
            except Unsupported:
                continue

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=compiled) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        sys.setswitchinterval(interval)
    assert accepted == []
    assert list(warnings.filters) == filters


def test_unbounded_repeats_are_bounded() -> None:
    assert pattern(r"a+").reach == 256
    assert pattern(r"(?:a+b)+").reach == (1000 // 32) * 33


def test_phrases_withstand_case_punctuation_endings_and_short_words() -> None:
    found = phrases(["close the Halverton site", "vote for"], skip_short_words=True)
    for text in ("we CLOSE the halverton site", "closing, the - Halverton of sites", "who do I vote for"):
        assert found.search(text), text
    for text in ("close that big blue thing at the Halverton site", "devote fortunes", "vote  against"):
        assert not found.search(text), text


@pytest.mark.parametrize("text", [
    "closing, the - Halverton of sites", "close the a of Halverton site", "close—the—€—big — Halverton — site",
    "vote  for", "closes the halverton sites",
])
def test_the_prefilter_sees_every_phrase_that_is_found(text: str) -> None:
    found = phrases(["close the Halverton site", "vote for"], skip_short_words=True)
    assert found.search(text)
    assert Scanner((found,)).hits(text.encode()) == 1


def test_phrases_without_words_are_refused() -> None:
    with pytest.raises(Unsupported, match="no word"):
        phrases(["...", ""])
