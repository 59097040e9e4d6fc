"""Edits: where a finding lies in its segments, how overlapping ones merge, how they are applied."""

from __future__ import annotations

import pytest

from gateway.core.edits import apply, localize, merge, starts
from gateway.core.types import Channel, Edit, Segment

CHANNEL = Channel("user", tuple(Segment(path, "user", text) for path, text in (("/a", "abcd"), ("/b", ""), ("/c", "xyz"))))
Spans = tuple[tuple[str, int, int], ...]


@pytest.mark.parametrize(("start", "end", "parts"), [
    (0, 4, (("/a", 0, 4),)), (1, 2, (("/a", 1, 2),)), (3, 7, (("/a", 3, 4), ("/c", 0, 1))), (4, 6, ()), (6, 9, (("/c", 0, 3),)),
    (0, 9, (("/a", 0, 4), ("/c", 0, 3))), (8, 9, (("/c", 2, 3),)),
])
def test_localize(start: int, end: int, parts: Spans) -> None:
    assert localize(CHANNEL, starts(CHANNEL), start, end) == parts


def test_localize_counts_the_joiner_as_it_is() -> None:
    joined = Channel("user", CHANNEL.segments, joiner="")
    assert localize(joined, starts(joined), 3, 5) == (("/a", 3, 4), ("/c", 0, 1))
    assert joined.text == "abcdxyz"


def _edits(*rows: tuple[str, int, int, str]) -> list[Edit]:
    return [Edit(*row) for row in rows]


@pytest.mark.parametrize(("edits", "merged"), [
    ([("/a", 5, 6, "B"), ("/a", 0, 2, "A")], [("/a", 0, 2, "A"), ("/a", 5, 6, "B")]),
    ([("/a", 0, 4, "A"), ("/a", 2, 6, "B")], [("/a", 0, 6, "A")]),
    ([("/a", 0, 9, "A"), ("/a", 2, 6, "B")], [("/a", 0, 9, "A")]),
    ([("/a", 0, 2, "short"), ("/a", 0, 5, "long")], [("/a", 0, 5, "long")]),
    ([("/a", 0, 2, "A"), ("/a", 2, 4, "B")], [("/a", 0, 2, "A"), ("/a", 2, 4, "B")]),
    ([("/b", 0, 2, "B"), ("/a", 1, 3, "A")], [("/a", 1, 3, "A"), ("/b", 0, 2, "B")]),
    ([("/a", 0, 3, "A"), ("/a", 2, 5, "B"), ("/a", 4, 8, "C")], [("/a", 0, 8, "A")]),
])
def test_merge(edits: list[tuple[str, int, int, str]], merged: list[tuple[str, int, int, str]]) -> None:
    assert list(merge(_edits(*edits))) == _edits(*merged)


def test_apply() -> None:
    assert apply("hello world", _edits(("", 0, 1, "J"), ("", 5, 5, ","), ("", 6, 11, ""))) == "Jello, "
    assert apply("same", []) == "same"
