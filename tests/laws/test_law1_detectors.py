"""Law 1 for detectors: windows sit at absolute offsets, so chunking and late scores change nothing."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import Context, Finding, State
from gateway.core.view import View
from gateway.core.windows import LONGEST, Ask, Windows
from tests.laws.test_law1_streaming import GUARDS


def _nothing(view: View, params: object) -> Iterator[Finding]:
    return iter(())


TONE = GuardSpec("tone", _nothing, lambda _: (), NoParams, False, False, "tone", "")
PLANS = {
    release: Plan.compile(
        [Policy("law", rules=(Rule("tone", "tone", action=BLOCK), Rule("code", "code", action=BLOCK)), release=release)],
        "r", {**GUARDS, "tone": TONE},
    )
    for release in ("stream", "complete")
}
TEXTS = st.lists(
    st.sampled_from(["All is well. ", "You are vile! ", "project falcon ", "x" * 90, "Fine.\n", "vile", " and so on ", "é"]),
    max_size=12,
).map("".join)


def _score(ask: Ask) -> float:
    return 0.9 if "vile" in ask.text else 0.1


def _deliver(plan: Plan, pieces: list[str], late: int) -> tuple[str, bool, object]:
    """Scores are answered once ``late`` questions are open, the newest first, and at the end."""
    exchange = Exchange(plan, Context("d"))
    field = exchange.field(0, "content")
    out = ""
    for piece in pieces:
        out += field.feed(piece)
        while len(field.asks) > late:
            ask = field.asks.pop()
            out += field.score(ask, _score(ask))
    out += field.finish()
    while field.asks and not field.cut:
        ask = field.asks.pop()
        out += field.score(ask, _score(ask))
    return out, field.cut, exchange.verdict()


@settings(max_examples=600, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 600), max_size=25), late=st.integers(0, 4),
       release=st.sampled_from(["stream", "complete"]))
def test_late_scores_and_chunking_change_nothing(text: str, cuts: list[int], late: int, release: str) -> None:
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    pieces = [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]
    assert _deliver(PLANS[release], pieces, late) == _deliver(PLANS[release], [text], 0)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 600), max_size=25))
def test_windows_depend_on_the_text_alone(text: str, cuts: list[int]) -> None:
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    whole, pieces = Windows(("d",)), Windows(("d",))
    expected = whole.take(text) + whole.take("", final=True)
    found = [ask for a, b in zip([0, *marks], [*marks, len(text)], strict=True) for ask in pieces.take(text[a:b])]
    assert found + pieces.take("", final=True) == expected
    assert all(ask.end - ask.start <= LONGEST for ask in expected)
    assert "".join(ask.text for ask in expected) == text


def test_nothing_after_an_unscored_window_is_released() -> None:
    field = Exchange(PLANS["stream"], Context("d")).field(0, "content")
    assert field.feed("All is well. More") == ""
    ask = field.asks.pop()
    assert field.score(ask, 0.1) == "All is well. "


def test_a_detector_that_fails_blocks_and_says_so() -> None:
    exchange = Exchange(PLANS["stream"], Context("d"))
    field = exchange.field(0, "content")
    field.feed("All is well. ")
    assert field.score(field.asks.pop(), None) == ""
    field.finish()
    assert field.cut
    assert {each.rule: each.state for each in exchange.verdict().states}["tone"] is State.ERROR
