"""What a guard sees of a text that grows: decided matches, what stands before them, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import Pattern, pattern
from gateway.core.places import Places
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Context, Finding
from gateway.core.view import Match, View, Window

WORD, PAIR = pattern(r"\b[a-z]{2,9}\b"), pattern(r"\b[a-z]{2,9} [a-z]{2,9}\b")
SEEN: list[tuple[str, str, int]] = []


def _look(view: View, _: Any) -> Iterator[Finding]:
    for each in (WORD, PAIR):
        for match in view.matches(each):
            SEEN.append((view.before(match, 6), match.text, view.turn(each)))
            yield view.finding(match, entity="PAIR" if each is PAIR else "WORD")


def _spec(name: str, *patterns: Pattern) -> GuardSpec:
    return GuardSpec(name, _look, lambda _: patterns, NoParams, False, False, "", "")


RULES = (Rule("one", "look", action=FLAG), Rule("two", "look", action=FLAG))
PLAN = Plan.compile([Policy("p", rules=RULES)], "1", {"look": _spec("look", WORD, PAIR)})
TEXT = "Ünder the blue moon—we áll sing “old songs”."


def _run(pieces: list[str]) -> tuple[list[tuple[str, str, int]], tuple[Finding, ...]]:
    SEEN.clear()
    exchange = Exchange(PLAN, Context("d"))
    field = exchange.field(0, "content")
    assert "".join([field.feed(piece) for piece in pieces]) + field.finish() == "".join(pieces)
    return sorted(SEEN), exchange.verdict().findings


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_guards_see_the_same_however_the_text_comes(size: int) -> None:
    assert _run([TEXT[at : at + size] for at in range(0, len(TEXT), size)]) == _run([TEXT])


def test_matches_before_and_turns() -> None:
    seen, findings = _run([TEXT])
    assert seen[::2] == seen[1::2]  # two rules with the same patterns see the same, each in its own turn
    words = [(before, text, turn) for before, text, turn in seen[::2] if " " not in text]
    assert sorted(turn for _, _, turn in words) == list(range(len(words)))
    assert ("under ", "the", 0) not in words
    assert ("Under ", "the", 0) in words
    found = {TEXT[each.start : each.end] for each in findings}
    assert {"áll", "the blue", "old songs", "moon"} <= found
    assert "Ünder" not in found


def test_before_reaches_512_bytes_and_no_more_however_long_the_text_is() -> None:
    text = "1" * 3000 + " word"
    for pieces in ([text], [text[at : at + 100] for at in range(0, len(text), 100)]):
        lengths: list[int] = []

        def look(view: View, _: Any, into: list[int] = lengths) -> Iterator[Finding]:
            into += [len(view.before(match, 4000)) for match in view.matches(WORD)]
            return iter(())

        spec = GuardSpec("look", look, lambda _: (WORD,), NoParams, False, False, "", "")
        field = Exchange(Plan.compile([Policy("p", rules=RULES[:1])], "1", {"look": spec}), Context("d")).field(0, "content")
        for piece in pieces:
            field.feed(piece)
        field.finish()
        assert lengths == [512]


def test_a_pattern_that_the_prefilter_did_not_see_is_not_looked_for() -> None:
    def found(hits: int, bits: dict[Pattern, int]) -> list[str]:
        window = Window(b"moon", 0, 4, 0, 0, 4, hits=hits, bits=bits)
        return [match.text for match in View(window, "r", "", "user", "input", Context("d")).matches(WORD)]

    assert found(2, {WORD: 2}) == ["moon"]
    assert found(5, {WORD: 2}) == []
    assert found(0, {}) == ["moon"]  # what the prefilter does not know may occur


def test_inner_narrows_a_finding_and_a_decoded_window_covers_its_run() -> None:
    window = Window(b"moon", 0, 4, 0, 100, 104)
    view = View(window, "r", "/p", "user", "input", Context("d"))
    match, = view.matches(WORD)
    inner = view.finding(match, inner=(1, 3), score=0.4)
    assert (inner.start, inner.end, inner.score, inner.path, inner.rule) == (101, 103, 0.4, "/p", "r")
    whole = View(Window(b"moon", 0, 4, 0, 0, 0, whole=(7, 40)), "r", "/p", "user", "input", Context("d"))
    match, = whole.matches(WORD)
    assert (whole.finding(match, inner=(1, 3)).start, whole.finding(match).end) == (7, 40)


def test_a_match_as_it_was_written() -> None:
    """Folded text hides which letters were written; a guard may ask."""
    written = "s\u00e9e m\u03bf\u200bon!"
    places = Places.of_ascii(0, 100, 0)
    places.grow(written, 100)
    window = Window(b"see moon!", 0, 9, 0, 100, 100 + len(written), places, written=written)
    view = View(window, "r", "/p", "user", "input", Context("d"))
    assert view.original(Match(4, 8, "moon")) == "m\u03bf\u200bon"
    inside = View(Window(b"see moon!", 0, 9, 0, 0, 0, whole=(7, 40), written=written), "r", "/p", "user", "input", Context("d"))
    assert inside.original(Match(4, 8, "moon")) == "m\u03bf\u200bon"
    assert View(Window(b"moon", 0, 4, 0, 0, 4), "r", "/p", "user", "input", Context("d")).original(Match(0, 4, "moon")) == "moon"


def test_the_patterns_that_may_occur_are_those_that_the_prefilter_saw_and_those_it_does_not_know() -> None:
    other = pattern("zebra")
    sought, known = (WORD, other, PAIR), (WORD, PAIR)
    bits = {WORD: 1, PAIR: 4}

    def occurring(hits: int, patterns: tuple[Pattern, ...]) -> list[int]:
        window = Window(b"a", 0, 1, 0, 0, 1, hits=hits, bits=bits, groups=groups)
        return list(View(window, "r", "/x", "user", "input", Context("d")).occurring(patterns))

    groups: dict[int, Any] = {}
    for _ in range(2):  # the second time from memory
        assert [occurring(hits, sought) for hits in (0, 1, 4, 5, -1)] == [[1], [0, 1], [1, 2], [0, 1, 2], [0, 1, 2]]
        assert [occurring(hits, known) for hits in (0, 1, 4, 5, 2, -1)] == [[], [0], [1], [0, 1], [], [0, 1]]
