"""Law 10: no flood stalls a stream. Twice the text takes about twice the time, under all shipped policies at once."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from tests.gateway.core.test_stream import SPECS
from tests.timing import best, is_below

MB, PART = 1 << 20, 1 << 17
PIECE = 4096
_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
_BASE64 = "".join(random.Random(7).choices(_CHARS, k=997))
FLOODS = {
    "digits": ("0123456789", MB), "at": ("@", MB), "spaces": (" ", MB), "zero-width": ("a\u200b", PART), "base64": (_BASE64, MB),
    "accents": ("é", PART), "pounds": ("it costs £12, ", PART), "letters": ("a b c d ", PART), "phones": ("(015) 555-2671, ", PART),
}
"""What is repeated, and to how many characters."""
RATIO = 3.0
"""Twice the text may take this many times the time; a quadratic one takes four times."""


def _flood(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def _spent(plan: Plan, text: str, piece: int, name: str = "content") -> float:
    """CPU seconds of this thread, with the collector off."""
    field = Exchange(plan, Context("d")).field(0, name)
    gc.collect()
    gc.disable()
    try:
        begun = time.thread_time()
        for at in range(0, len(text), piece):
            field.feed(text[at : at + piece])
        field.finish()
        return time.thread_time() - begun
    finally:
        gc.enable()


def _is_proportionate(spent: Callable[[], float], of_half: Callable[[], float]) -> bool:
    """Whether it ever took no more than it may: a busy machine spoils one comparison, a quadratic machine all of them."""
    return any(is_below(spent, RATIO * best(of_half) + 0.01) for _ in range(3))


def _is_linear(plan: Plan, text: str, piece: int, name: str = "content") -> bool:
    half = text[: len(text) // 2]
    return _is_proportionate(lambda: _spent(plan, text, piece, name), lambda: _spent(plan, half, piece, name))


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_through_the_shipped_policies(shipped: Plan, name: str) -> None:
    assert _is_linear(shipped, _flood(*FLOODS[name]), PIECE)


COMPLETE = Plan.compile(
    [Policy("p", rules=(Rule("r", "cat", action=Action(ActionKind.MASK)),), release="complete")], "1", SPECS)
STREAM = Plan.compile([Policy("p", rules=(Rule("r", "cat", action=Action(ActionKind.MASK)),))], "1", SPECS)


@pytest.mark.parametrize(("plan", "unit", "size", "piece", "field"), [
    (STREAM, "a cat ", 60_000, 60_000, "content"),  # 10,000 edits at once
    (COMPLETE, "é cat ", 36_000, 12, "content"),  # an accent and an edit in every piece, nothing let go
    (STREAM, "ca\u200b", 30_000, 3, "content"),
    (STREAM, '{"a": 1}', 40_000, 7, "tool_calls/0/function/arguments"),
    (STREAM, "cat \\", 40_000, 40_000, "tool_calls/0/function/arguments"),
], ids=["edits", "complete", "held", "arguments", "escapes"])
def test_the_machine_itself_is_linear(plan: Plan, unit: str, size: int, piece: int, field: str) -> None:
    assert _is_linear(plan, _flood(unit, size), piece, field)


def _judged(plan: Plan, count: int) -> float:
    """CPU seconds of this thread for a message of ``count`` parts, each with a card number."""
    card = "4111 1111 1111 1111"
    channel = Channel("user", tuple(Segment(f"messages/0/content/{index}/text", "user", card) for index in range(count)))
    gc.collect()
    begun = time.thread_time()
    verdict = Exchange(plan, Context("d")).given((channel,)).verdict()
    spent = time.thread_time() - begun
    assert len(verdict.findings) >= count  # by each policy
    return spent


def test_a_flood_of_parts_that_each_hold_something(shipped: Plan) -> None:
    """5,000 parts with a card number each took 7 seconds: every finding was looked for in all of them."""
    assert _is_proportionate(lambda: _judged(shipped, 2400), lambda: _judged(shipped, 1200))
