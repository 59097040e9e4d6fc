"""A detector's table: rows of a text and what is read in it; each row also stands for what every detector must keep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pytest

from gateway.core.types import Role
from gateway.core.windows import Answer, Ask, Unread
from gateway.detectors.answers import checked
from gateway.detectors.api import Detector, detectors, is_remote

Expected = list[Any] | Unread
"""Pieces of the text, or pairs of piece and entity, whose reading reaches 0.5; or why there are no readings."""


def detector_table(
    name: str, rows: Sequence[tuple[str, Expected]], *, role: Role = "user", params: Hashable = None
) -> Callable[..., None]:
    """A test of detector ``name`` for each row, alone and among all others, forwards and backwards."""
    asks = [Ask(name, 0, len(text), text, "", role, params) for text, _ in rows]

    @pytest.mark.parametrize("at", range(len(rows)), ids=[f"row {at}" for at in range(len(rows))])
    def test(at: int) -> None:
        detector = detectors()[name]
        assert not is_remote(detector), "a table is for detectors that compute"
        ask, (text, expected) = asks[at], rows[at]
        alone = _read(detector, [ask])[0]
        assert _told(text, alone, expected) == expected
        assert _read(detector, asks)[at] == alone, "the batch changes the answer"
        assert _read(detector, asks[::-1])[len(asks) - 1 - at] == alone, "the order changes the answer"

    return test


def _read(detector: Detector, asks: Sequence[Ask]) -> list[Answer]:
    said = detector.read(asks)
    answers = checked(asks, said)
    assert Unread.ERROR not in answers, "not what a detector may answer"
    return answers


def _told(text: str, answer: Answer, expected: Expected) -> Expected | None:
    if not isinstance(answer, tuple):
        return answer
    found = [each for each in answer if each.score >= 0.5]
    pairs = isinstance(expected, list) and any(isinstance(each, tuple) for each in expected)
    return [(text[each.start : each.end], each.entity) if pairs else text[each.start : each.end] for each in found]
