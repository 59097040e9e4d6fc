"""What is held does not depend on how it is looked for: forwards from edges, or backwards from the end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.pattern import compile_re2, pattern, phrases
from gateway.core.scanner import Scanner

PATTERNS = (
    pattern(r"\bab+c\b"), pattern(r"\b-x{2,4}y"), pattern(r"ca[bx]"), pattern(r"\B-b"), pattern(r"\bé\wa"),
    pattern(r"\b(?:x y|y-a)z", ignore_case=True), pattern(r"\ba|\bcc"), pattern(r"b\bx|\byy"),
    pattern(r"\ba_[a-z ]{300}y"), phrases(("abba cab", "cab xx", "yx"), skip_short_words=True),
)  # fmt: skip
SCANNER = Scanner(PATTERNS)
BACKWARDS = compile_re2(rf"(?:{'|'.join(each.prefixes for each in PATTERNS)})\z").search


def test_both_ways_are_in_use() -> None:
    assert SCANNER._holds.searches
    assert SCANNER._holds._near(b"a", 0)
    assert SCANNER._holds._far(b"a_a", 0)


@settings(max_examples=2000, deadline=None)
@given(st.text(alphabet="abcxyz AX-é_1.\n", max_size=40), st.integers(0, 40))
def test_forwards_finds_what_backwards_finds(text: str, start: int) -> None:
    data = text.encode()
    start = min(start, len(data))
    while start < len(data) and data[start] & 0xC0 == 0x80:
        start += 1
    found = BACKWARDS(data, start)
    expected = len(data) if found is None else found.start()
    assert SCANNER.hold(data, start) == expected
