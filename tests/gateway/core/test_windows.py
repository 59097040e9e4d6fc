"""Windows for detectors: where they end, what they carry, and when their text is free to go."""

from __future__ import annotations

import pytest

from gateway.core.windows import LONGEST, Ask, Windows


def _texts(text: str, *, final: bool = True) -> list[str]:
    return [ask.text for ask in Windows(("d",)).take(text, final=final)]


@pytest.mark.parametrize(("text", "windows"), [
    ("One. Two! Three?", ["One. ", "Two! ", "Three?"]), ("a\nb", ["a\n", "b"]), ('He said "no." Then', ['He said "no." ', "Then"]),
    ("3.14 is not two", ["3.14 is not two"]), ("文。 下", ["文。 ", "下"]), ("", []), ("x" * 450, ["x" * 200, "x" * 200, "x" * 50]),
    ("x" * 198 + ". yy", ["x" * 198 + ". ", "yy"]), ("x" * 199 + ". yy", ["x" * 199 + ".", " yy"]),
])
def test_where_windows_end(text: str, windows: list[str]) -> None:
    assert _texts(text) == windows
    assert all(len(each) <= LONGEST for each in windows)


def test_an_unfinished_sentence_waits() -> None:
    assert _texts("One. Tw", final=False) == ["One. "]


def test_every_detector_is_asked_with_what_stood_before() -> None:
    asks = Windows(("a", "b")).take("One. Two. ")
    assert asks == [Ask("a", 0, 5, "One. ", ""), Ask("b", 0, 5, "One. ", ""), Ask("a", 5, 10, "Two. ", "One. "),
                    Ask("b", 5, 10, "Two. ", "One. ")]


def test_the_frontier_waits_for_the_oldest_window_and_for_every_detector() -> None:
    windows = Windows(("a", "b"))
    first_a, first_b, second_a, second_b = windows.take("One. Two. ")
    seen = []
    for ask in (second_a, second_b, first_a, first_a, first_b):
        windows.scored(ask)
        seen.append((windows.frontier, windows.complete))
    assert seen == [(0, False), (0, False), (0, False), (0, False), (10, True)]


def test_text_that_is_left_over_is_not_complete() -> None:
    windows = Windows(("a",))
    for ask in windows.take("One. Tw"):
        windows.scored(ask)
    assert (windows.frontier, windows.complete) == (5, False)
