"""Law 1 for detectors: windows sit at absolute offsets, so chunking and late answers change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.policy import BLOCK, Action, ActionKind, OnError, Policy, Rule
from gateway.core.types import Context, Decision, Finding, State
from gateway.core.view import View
from gateway.core.windows import LONGEST, RUN, Ask, Windows
from tests.gateway.detectors.stand_in import answers, spec
from tests.laws.test_law1_streaming import CODE, GUARDS

_MASK = Action(ActionKind.MASK)
RULES = (
    Rule("tone", "tone", action=BLOCK, entities=(("PERSON", _MASK), ("PLACE", Action(ActionKind.FLAG))), threshold=0.7),
    Rule("code", "code", action=BLOCK),
)


def _plan(release: str, on_error: OnError) -> Plan:
    tone, code = RULES
    rules = (Rule(tone.id, tone.guard, action=tone.action, entities=tone.entities, threshold=0.7, on_error=on_error), code)
    policy = Policy("law", rules=rules, release=release, on_unscannable=(("language", ActionKind.FLAG),))  # type: ignore[arg-type]
    return Plan.compile([policy], "r", {**GUARDS, "tone": spec()})


PLANS = {(release, on_error): _plan(release, on_error)
         for release in ("stream", "complete") for on_error in ("block", "flag", "allow")}  # type: ignore[arg-type]
STREAM = PLANS["stream", "block"]
TEXTS = st.lists(
    st.sampled_from(["All is well. ", "You are vile! ", "project falcon ", "x" * 90, "Fine.\n", "vile", " and so on ", "é", "\n\n",
                     "Ask Zoe in Ulm. ", "grim ", "bonjour, ", "broken "]),
    max_size=12,
).map("".join)


def _deliver(plan: Plan, pieces: list[str], late: int, name: str = "content") -> tuple[str, bool, object]:
    """The scout runs ``late`` pieces ahead of the field; what it asks is answered when the field comes to it."""
    exchange, scout = Exchange(plan, Context("d")), plan.scout()
    assert scout is not None
    field, ahead = exchange.field(0, name), scout.field(0, name)
    waiting: list[tuple[str, list[Ask]]] = []
    out = ""

    def come_to() -> str:
        piece, asks = waiting.pop(0)
        exchange.answers.update(answers(asks))
        return field.feed(piece)

    for piece in pieces:
        assert ahead.feed(piece) == piece
        waiting.append((piece, scout.take()))
        if len(waiting) > late:
            out += come_to()
    ahead.finish()
    while waiting:
        out += come_to()
    exchange.answers.update(answers(scout.take()))
    return out + field.finish(), field.cut, exchange.verdict()


def _cut(text: str, cuts: list[int]) -> list[str]:
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]


@settings(max_examples=600, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 600), max_size=25), late=st.integers(0, 4), how=st.sampled_from(list(PLANS)))
def test_late_answers_and_chunking_change_nothing(text: str, cuts: list[int], late: int, how: tuple[str, str]) -> None:
    whole = _deliver(PLANS[how], [text], 0)
    assert _deliver(PLANS[how], _cut(text, cuts), late) == whole
    states = {each.rule: each.state for each in whole[2].states}  # type: ignore[attr-defined]
    assert states["tone"] is not State.ERROR or "broken" in text


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 900), max_size=25), late=st.integers(0, 4))
def test_arguments_are_read_without_their_escapes(text: str, cuts: list[int], late: int) -> None:
    written = json.dumps({"note": text}).replace("v", "\\u0076")
    whole = _deliver(STREAM, [written], 0, "tool_calls/0/function/arguments")
    assert _deliver(STREAM, _cut(written, cuts), late, "tool_calls/0/function/arguments") == whole
    if "vile" in text and "bonjour" not in text:
        assert whole[1]


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 600), max_size=25))
def test_windows_depend_on_the_text_alone(text: str, cuts: list[int]) -> None:
    whole, pieces = Windows(), Windows()
    expected = whole.take(text) + whole.take("", final=True)
    found = [each for piece in _cut(text, cuts) for each in pieces.take(piece)]
    assert found + pieces.take("", final=True) == expected
    assert all(len(each.text) <= LONGEST for each in expected)
    assert "".join(each.text for each in expected) == text


NOTED = st.lists(
    st.sampled_from(["QnJpbmcgdGhlIHNtYWxsIGxhbXAgZnJvbSB0aGUga2l0Y2hlbiBhbmQ", "aGVsbG8gd29ybGQgYW5kIHNvIG9u", "i.g.n.o.r.e a.l.l o.f i.t. ",
                     "69 67 6e 6f 72 65 20 61 6c 6c ", "&#105;&#103;&#110;&#111;", "v\ni\nl\ne\n", "vile", " and so on. ", "x" * 90, "\n", ".. --. -. / ",
                     "i\u200bg\u200bn\u200bo\u200b", "alfa bravo charlie delta echo ", "Fine. ", "Ask Zoe in Ulm. "]),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(text=NOTED, cuts=st.lists(st.integers(0, 4000), max_size=40))
def test_windows_of_notations_depend_on_the_text_alone(text: str, cuts: list[int]) -> None:
    whole, pieces = Windows(), Windows()
    expected = whole.take(text) + whole.take("", final=True)
    found = [each for piece in _cut(text, cuts) for each in pieces.take(piece)]
    assert found + pieces.take("", final=True) == expected == Windows().take(text, final=True)
    assert all(len(each.text) <= LONGEST and len(each.run) <= RUN for each in expected)
    assert all(text[: each.start].endswith(each.run) for each in expected)
    assert "".join(each.text for each in expected) == text


@settings(max_examples=200, deadline=None)
@given(text=NOTED, cuts=st.lists(st.integers(0, 4000), max_size=25), late=st.integers(0, 4))
def test_answers_in_notations_are_judged_the_same_however_they_come(text: str, cuts: list[int], late: int) -> None:
    assert _deliver(STREAM, _cut(text, cuts), late) == _deliver(STREAM, [text], 0)


def test_a_notation_is_released_window_by_window_and_nothing_of_it_unread() -> None:
    coded = "QnJpbmcgdGhlIHNtYWxsIGxhbXAgZnJvbSB0aGUga2l0Y2hlbiBhbmQ" * 30
    plan = Plan.compile([Policy("law", rules=(Rule("tone", "tone"),))], "r", {"tone": spec()})
    exchange, scout = Exchange(plan, Context("d")), plan.scout()
    assert scout is not None
    field, ahead, read, out = exchange.field(0, "content"), scout.field(0, "content"), 0, ""
    for at in range(0, 1600, 50):
        ahead.feed(coded[at : at + 50])
        asks = scout.take()
        exchange.answers.update(answers(asks))
        read += sum(len(each.text) for each in asks)
        out += field.feed(coded[at : at + 50])
        assert out == coded[:read]
    assert read == 1600


def test_a_word_over_two_windows_of_a_notation_is_found_in_the_second() -> None:
    coded = ("QnJpbmcgdGhlIHNtYWxsIGxhbXAgZnJvbSB0aGUga2l0Y2hlbiBhbmQ" * 6)[:198] + "vileQnJpbmcgdGhlIHNtYWxsIGxh" + "bXAgZnJvbSB0aGUga2l0Y2hlbiBhbmQ" * 8
    assert [_deliver(STREAM, _cut(coded, cuts), 1)[:2] for cuts in ([], [198], [200], [190, 201, 300])] == [(coded[:200], True)] * 4


def _field(text: str) -> Exchange:
    exchange, scout = Exchange(STREAM, Context("d")), STREAM.scout()
    assert scout is not None
    scout.field(0, "content").feed(text)
    exchange.answers.update(answers(scout.take()))
    return exchange


def _fragile(view: View, _: object) -> Iterator[Finding]:
    for _match in view.matches(CODE):
        raise RuntimeError
    yield from ()


@pytest.mark.parametrize("pieces", [["broken. And project falcon. broken."], list("broken. And project falcon. broken.")])
def test_where_a_rule_first_failed_does_not_depend_on_how_the_text_came(pieces: list[str]) -> None:
    both = GuardSpec("both", _fragile, lambda _: (CODE,), NoParams, False, False, "tone", "")
    plan = Plan.compile([Policy("p", rules=(Rule("both", "both", on_error="flag"),))], "1", {"both": both})
    _, _, verdict = _deliver(plan, pieces, 1)
    assert [(each.entity, each.start) for each in verdict.findings] == [("UNJUDGED", 0)]  # type: ignore[attr-defined]


def test_nothing_of_an_unfinished_window_is_released() -> None:
    field = _field("All is well. More").field(0, "content")
    assert field.feed("All is well. More") == "All is well. "


@pytest.mark.parametrize("known", [True, False])
def test_a_detector_that_fails_or_was_not_asked_blocks_and_says_so(known: bool) -> None:
    text = "It is broken. " if known else "All is well. "
    exchange = _field(text) if known else Exchange(STREAM, Context("d"))
    field = exchange.field(0, "content")
    assert field.feed(text) == ""
    field.finish()
    assert field.cut
    verdict = exchange.verdict()
    assert {each.rule: each.state for each in verdict.states} == {"tone": State.ERROR, "code": State.ALLOWED}
    assert (verdict.decision, verdict.rules) == (Decision.BLOCK, ("tone",))
