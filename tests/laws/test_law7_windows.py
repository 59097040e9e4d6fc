"""Law 7 for detectors: a stream waits for them to the end of a sentence, or for 200 characters, and never for more.

Whatever the text is written in (base64, hex, Morse …), in whatever field it comes and however it is cut; an escape of JSON
is one character, as it is to whoever reads the arguments.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from evals.mutators import MUTATORS
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import BLOCK, ActionKind, Policy, Rule
from gateway.core.types import Context
from gateway.core.windows import LONGEST, Answer, Ask, Question, Windows
from tests.gateway.core.test_notations import LENGTHENING
from tests.gateway.detectors.stand_in import spec

PLAN = Plan.compile([Policy("law", rules=(Rule("tone", "tone", action=BLOCK, threshold=0.7, on_error="allow"),), on_unscannable=(("text", ActionKind.ALLOW),))], "r",
                    {"tone": spec()})  # fmt: skip
ARGUMENTS = "tool_calls/0/function/arguments"
SENTENCES = (
    "Bring the small lamp from the kitchen and put it beside the green armchair, where the reading is best at night. ",
    "A sentence without a stop goes on and on, " * 9, "Il pleut à Orléans. ", "今日は天気がいいので、公園まで歩いて行きました。", "Да. ", "「行こう。」と彼は言った。", "\n\n", " " * 90, "x" * 230,
    'He said "no." ', "\U0001f600" * 40,
)
BY_CHANCE = SENTENCES[0] * 3 + "TUg0Y3dvQXc4SkNBZ0RCK0hNS0FNUENRZ0lBd2ZoekNnRER3a0lDQQ=="
"""Made text holds any three letters by chance, here those of a name that the detector of other tests minds."""
_UNIT = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?:u[0-9a-fA-F]{4}|.)|.", re.DOTALL)
_OPEN = re.compile(r"\\(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)?\Z")
_SENTENCE = re.compile(r"[.!?。]\s|。[^\s」]")


@st.composite
def _texts(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        part = draw(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=260)))
        name = draw(st.sampled_from(("", *LENGTHENING)))
        parts.append(MUTATORS[name].change(part * draw(st.integers(1, 6)), random.Random(len(part))) if name else part)
        parts.append(draw(st.sampled_from(("", " ", "\n", ". "))))
    text = "".join(parts)[:6000]
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


CUTS = st.lists(st.integers(0, 6000), max_size=60)


def _nothing(asks: Iterable[Ask]) -> dict[Question, Answer]:
    """The answers of a detector that minds nothing: what is held is held for the wait alone."""
    return {ask.question: () for ask in asks}


def _cut(text: str, cuts: list[int]) -> list[str]:
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]


def _units(written: str) -> int:
    """Characters that ``written``, a piece of JSON, stands for; what may become one counts as one."""
    opened = _OPEN.search(written)
    return len(_UNIT.findall(written[: opened.start()])) + 1 if opened is not None else len(_UNIT.findall(written))


@settings(max_examples=500, deadline=None)
@given(text=_texts(), cuts=CUTS)
@example(text=MUTATORS["base64"].change(SENTENCES[0] * 20, random.Random(1)), cuts=list(range(0, 4000, 5)))
def test_no_window_is_longer_than_a_sentence_or_200_characters(text: str, cuts: list[int]) -> None:
    windows, fed = Windows(), ""
    for piece in _cut(text, cuts):
        found = windows.take(piece)
        fed += piece
        assert all(0 < len(each.text) <= LONGEST for each in found)
        assert len(fed) - windows.frontier < LONGEST
    assert all(len(each.text) < LONGEST for each in windows.take("", final=True))


@settings(max_examples=300, deadline=None)
@given(part=st.sampled_from(SENTENCES), times=st.integers(1, 4), cuts=CUTS)
def test_what_is_written_as_usual_waits_for_no_second_sentence(part: str, times: int, cuts: list[int]) -> None:
    windows, fed = Windows(), ""
    for piece in _cut(part * times, cuts):
        windows.take(piece)
        fed += piece
        assert _SENTENCE.search(fed[windows.frontier :]) is None


@settings(max_examples=300, deadline=None)
@given(text=_texts(), cuts=CUTS, name=st.sampled_from(("content", "reasoning_content", "refusal", ARGUMENTS)),
       ascii_only=st.booleans())  # fmt: skip
@example(text=MUTATORS["hex"].change(SENTENCES[0] * 20, random.Random(1)), cuts=list(range(0, 4000, 5)), name=ARGUMENTS, ascii_only=True)
@example(text=BY_CHANCE, cuts=[], name="content", ascii_only=False)
def test_no_field_holds_more_than_200_characters_for_a_detector(text: str, cuts: list[int], name: str, ascii_only: bool) -> None:
    written = json.dumps({"note": text}, ensure_ascii=ascii_only) if name == ARGUMENTS else text
    exchange, scout = Exchange(PLAN, Context("d")), PLAN.scout()
    assert scout is not None
    field, ahead = exchange.field(0, name), scout.field(0, name)
    out, fed = "", 0
    for piece in _cut(written, cuts):
        ahead.feed(piece)
        exchange.answers.update(_nothing(scout.take()))
        out += field.feed(piece)
        fed += len(piece)
        held = written[fed - field.held : fed]
        assert out == written[: fed - len(held)]
        assert (_units(held) if name == ARGUMENTS else len(held)) <= LONGEST
    ahead.finish()
    exchange.answers.update(_nothing(scout.take()))
    assert out + field.finish() == written
    assert not field.cut
