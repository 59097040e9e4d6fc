"""Windows for detectors: where they end, what they carry, and which of them a conversation's next turn leaves alone."""

from __future__ import annotations

import base64
import random
import re
from itertools import pairwise
from textwrap import wrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.mutators import MUTATORS
from gateway.core.windows import LONGEST, LONGEST_INPUT, RUN, TIMES, Ask, Passage, Windows, passages
from gateway.detectors.memory import Memory
from tests.gateway.core.test_notations import LENGTHENING


def _texts(text: str, *, final: bool = True) -> list[str]:
    return [each.text for each in Windows().take(text, final=final)]


@pytest.mark.parametrize(("text", "windows"), [
    ("One. Two! Three?", ["One. ", "Two! ", "Three?"]), ("ab\nc", ["ab\n", "c"]), ('He said "no." Then', ['He said "no." ', "Then"]),
    ("3.14 is not two", ["3.14 is not two"]), ("文。 下", ["文。 ", "下"]), ("文。下", ["文。", "下"]), ("「文！？」下。", ["「文！？」", "下。"]), ("हाँ। ना", ["हाँ। ", "ना"]), ("", []), ("x" * 450, ["x" * 200, "x" * 200, "x" * 50]),
    ("x" * 198 + ". yy", ["x" * 198 + ". ", "yy"]), ("x" * 199 + ". yy", ["x" * 199 + ".", " yy"]),
    ("x" * 150 + " " + "y" * 90, ["x" * 150 + " ", "y" * 90]), ("x" * 50 + " " + "y" * 190, ["x" * 50 + " " + "y" * 149, "y" * 41]),
])
def test_where_windows_end(text: str, windows: list[str]) -> None:
    assert _texts(text) == windows
    assert all(len(each) <= LONGEST for each in windows)


def test_an_unfinished_sentence_waits() -> None:
    windows = Windows()
    assert windows.take("One. Tw") == [Passage(0, "One. ", "")]
    assert windows.frontier == 5
    assert windows.take("o", final=True) == [Passage(5, "Two", "One. ")]
    assert windows.frontier == 8


def test_a_long_answer_in_one_piece_is_linear() -> None:
    asked = Windows().take("A sentence of an answer. " * 40_000, final=True)  # a second and more when it is not
    assert len(asked) == 40_000


def _asked(*segments: str) -> list[Passage]:
    ends, at = [], 0
    for each in segments[:-1]:
        at += len(each)
        ends.append(at)
        at += 1
    return list(passages("\n".join(segments), ends))


@pytest.mark.parametrize(("segments", "windows"), [
    (["One. Two. Three."], ["One. Two. Three."]),
    (["x" * 150 + ". " + "y" * 200 + ". " + "z" * 100], ["x" * 150 + ". " + "y" * 200 + ". ", "z" * 100]),
    (["x" * 300 + " " + "y" * 200], ["x" * 300 + " ", "y" * 200]), (["x" * 900], ["x" * 400, "x" * 400, "x" * 100]),
    (["a turn", "y" * 60], ["a turn", "\n" + "y" * 60]), (["type", "city", "name"], ["type\ncity\nname"]),
    (["x" * 170, "ok"], ["x" * 170, "\nok"]), (["x" * 390, "y" * 30], ["x" * 390, "\n" + "y" * 30]), ([""], []),
])
def test_where_a_requests_windows_end(segments: list[str], windows: list[str]) -> None:
    assert [each.text for each in _asked(*segments)] == windows
    assert all(len(each) <= LONGEST_INPUT for each in windows)


def test_what_stands_before_is_in_sight_but_no_more_than_a_window_of_an_answer() -> None:
    first, second = _asked("x" * 380 + ". ", "y" * 50)
    assert (first.before, second.before) == ("", first.text[-LONGEST:])


WORDS = "Bring the small lamp from the kitchen and put it beside the green armchair, where the reading is best. " * 20
CODED = base64.b64encode(WORDS.encode()).decode()


def test_what_is_in_a_notation_stays_together_within_bounds() -> None:
    assert _asked(CODED[:3000]) == [Passage(0, CODED[:3000], "")]
    found = _asked(CODED * 4)
    assert "".join(each.text for each in found) == CODED * 4
    assert all((TIMES - 1) * LONGEST_INPUT < len(each.text) <= TIMES * LONGEST_INPUT for each in found[:-1])
    assert next(passages(CODED[:3000], whole=False)).text == CODED[:LONGEST_INPUT]


def test_words_before_and_behind_a_notation_are_cut_as_ever() -> None:
    first, *rest = _asked(f"{WORDS[:400]} {CODED[:900]} {WORDS[:800]}")
    assert first.text == next(passages(WORDS[:400] + " " * 80, whole=False)).text
    assert CODED[:900] in rest[0].text
    assert all(len(each.text) <= LONGEST_INPUT for each in rest[1:])
    assert [each.text for each in _asked(WORDS)] == [each.text for each in passages(WORDS, whole=False)]


def test_a_notation_does_not_reach_into_the_next_turn() -> None:
    assert [each.text for each in _asked(CODED[:800], CODED[800:1600])] == [CODED[:800], "\n", CODED[800:1600]]


def test_letters_on_lines_of_their_own_are_one_window_of_an_answer() -> None:
    assert _texts("\n".join("lamp" * 20)) == ["\n".join("lamp" * 20)]


def test_the_dot_of_a_letter_in_morse_ends_no_sentence() -> None:
    text = MUTATORS["morse"].change("see the lamp there", random.Random(1))
    assert _texts(text) == [text]
    assert _texts("... and so on. But no. ") == ["... and so on. ", "But no. "]


@pytest.mark.parametrize("name", [*LENGTHENING, "wrapped", "plain"])
def test_each_window_of_an_answer_in_a_notation_brings_along_what_stands_before_in_it(name: str) -> None:
    text = "\n".join(wrap(CODED, 76)) if name == "wrapped" else MUTATORS[name].change(WORDS, random.Random(3)) if name in MUTATORS else WORDS
    windows = Windows().take(f"{text[:4000]} {WORDS[:300]}", final=True)
    assert "".join(each.text for each in windows) == f"{text[:4000]} {WORDS[:300]}"
    for before, each in pairwise(windows):
        if each.end <= min(len(text), 4000) - LONGEST:
            assert each.run == ((before.run + before.text)[-RUN:] if name != "plain" else ""), each
    assert windows[-1].run == ""


@pytest.mark.parametrize(("name", "ends"), [
    ("base64", r"(?:[A-Za-z0-9+/]{8})+"), ("hex", r"(?:[0-9a-f]{8})+"), ("base32", r"(?:[A-Z2-7]{8})+"), ("url", r"(?:%[0-9a-f]{2})+"),
    ("html_entities", r"(?:&#\d+;)+"), ("html_hex", r"(?:&#x[0-9a-f]+;)+"), ("unicode_escapes", r"(?:\\u[0-9a-f]{4})+"),
    ("hex_escapes", r"(?:\\x[0-9a-f]{2})+"), ("quoted_printable", r"(?:=[0-9A-F]{2})+"), ("binary", r"(?:[01]{8} )+"),
    ("hex_apart", r"(?:[0-9a-f]{2} )+"), ("morse", r"(?:[.-]+ |/ )+"), ("nato", r"(?:[a-z-]+ |/ )+"), ("newlines", r"(?:[^\n]?\n)+ ?"),
])  # fmt: skip
def test_windows_of_a_notation_end_where_what_is_read_does(name: str, ends: str) -> None:
    for shift in range(0, 24, 5):
        text = MUTATORS[name].change(WORDS[: 500 - shift], random.Random(3))
        *windows, _ = Windows().take("x" * shift + " " + text, final=True)
        assert len(windows) > 1
        assert re.fullmatch(ends, "".join(each.text for each in windows)[shift + 1 :], re.ASCII), windows
        for each in windows[1:]:
            assert re.fullmatch(ends, each.text, re.ASCII), each
        assert sum(len(each.text) < LONGEST - 16 for each in windows) <= 1, "words before it may have a window of their own"


@pytest.mark.parametrize(("size", "units"), [(0, 1), (400, 1), (401, 2), (4000, 10)])
def test_a_long_window_counts_as_several(size: int, units: int) -> None:
    assert Ask("x", 0, size, "a" * size, "").size == units


def test_what_was_asked_with_another_run_is_another_question_and_keeps_no_run() -> None:
    asks = [Ask("x", 0, 4, "text", "before", run=run) for run in ("", "one before", "two before")]
    assert len({each.question for each in asks}) == 3
    memory = Memory(1)
    assert len({memory.key("t", "1", each) for each in asks}) == 3
    assert not any("one before" in str(part) for each in asks for part in each.question)


SEGMENTS = st.lists(st.one_of(
    st.sampled_from(["ok", "thanks", "What is the weather? ", "x" * 300, "é" * 90, "One. Two. " * 30, "a b " * 200, CODED[:500], "a b " * 110]),
    st.text("ab. \n", max_size=60),
), min_size=1, max_size=8)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(segments=SEGMENTS)
def test_windows_cover_the_text_and_a_further_turn_changes_a_short_last_one_at_most(segments: list[str]) -> None:
    before, after = _asked(*segments[:-1]) if segments[:-1] else [], _asked(*segments)
    assert "".join(each.text for each in after) == "\n".join(segments)
    assert [each.start for each in after] == [sum(len(each.text) for each in after[:at]) for at in range(len(after))]
    changed = [each for each in before if each not in after]
    assert changed in ([], before[-1:])
    assert all(len(each.text) < 160 for each in changed)
