"""What is held does not depend on how it is looked for: forwards from edges, or backwards from the end."""

from __future__ import annotations

import gc
import weakref

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.pattern import compile_re2, pattern, phrases
from gateway.core.scanner import Scanner

PATTERNS = (
    pattern(r"\bab+c\b"), pattern(r"\b-x{2,4}y"), pattern(r"ca[bx]"), pattern(r"\B-b"), pattern(r"\bé\wa"),
    pattern(r"\b(?:x y|y-a)z", ignore_case=True), pattern(r"\ba|\bcc"), pattern(r"b\bx|\byy"),
    pattern(r"\ba_[a-z ]{300}y"), pattern(r"\bxxxé{2}"), phrases(("abba cab", "cab xx", "yx"), skip_short_words=True),
)  # fmt: skip
SCANNER = Scanner(PATTERNS)
BACKWARDS = compile_re2(rf"(?:{'|'.join(part.prefixes for each in PATTERNS for part in each.closures)})\z").search


def test_both_ways_are_in_use() -> None:
    assert SCANNER._holds.searches
    assert {reach > 256 for reach, _ in SCANNER._holds.begins[ord("a")]} == {False, True}


@settings(max_examples=2000, deadline=None)
@given(st.text(alphabet="abcxyz AX-é_1.\n", max_size=40), st.integers(0, 40))
@example("a xxxé", 0)  # the word's first bytes end inside a character
def test_forwards_finds_what_backwards_finds(text: str, start: int) -> None:
    data = text.encode()
    start = min(start, len(data))
    while start < len(data) and data[start] & 0xC0 == 0x80:
        start += 1
    found = BACKWARDS(data, start)
    expected = len(data) if found is None else found.start()
    assert SCANNER.hold(data, start) == expected


def test_a_change_compiles_only_what_begins_like_it() -> None:
    before = Scanner((pattern(r"\banchor\b"), pattern(r"\bbollard\b")))._holds.begins
    after = Scanner((pattern(r"\banchor\b"), pattern(r"\bbuoy\b")))._holds.begins
    (kept,), (changed,) = before[ord("a")], before[ord("b")]
    assert after[ord("a")][0][1].__self__ is kept[1].__self__  # type: ignore[attr-defined]
    assert after[ord("b")][0][1].__self__ is not changed[1].__self__  # type: ignore[attr-defined]


def test_what_no_set_uses_any_more_goes() -> None:
    made = Scanner((pattern(r"\bcapstan\b"),))
    used = weakref.ref(made.patterns[0]), weakref.ref(made._shared)
    assert pattern(r"\bcapstan\b") is made.patterns[0]
    assert Scanner((pattern(r"\bcapstan\b"),))._holds is made._holds
    del made
    gc.collect()
    assert [each() for each in used] == [None, None]
