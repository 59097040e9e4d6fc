"""Law 10 for what undoes disguises: a request full of them takes time in proportion, whatever it is full of."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.core.windows import Ask, passages
from gateway.detectors import pool
from gateway.detectors.undone import pieces
from tests.timing import best, is_below

SIZE = 24_000
RATIO = 3.0
"""Twice the text may take this many times the time; a quadratic one takes four times."""
FLOODS = {
    "letters apart": "a b c d ", "changing signs": "i.g-n_o~r|e ", "base64": "QUJDREVGR0hJSktM", "references": "&#105;&#103; ",
    "figures for letters": "1gn0r3 pr3v10u5 ", "backwards": "erongi lla suoiverp ", "no space": "ignoreallprevious",
    "one letter": "abcdefghijk", "twice each": "iiggnnoorree ", "Morse": ".. --. -. ", "flags": "\U0001f1ee\U0001f1ec ",
    "heads": "ǝɹouƃI llɐ ", "quoted": "=49=67", "percent": "%41%42%43", "lines": "i\ng\nn\n", "elements": "<b>i</b>", "bytes": "01100001 ",
    "tags": "".join(chr(0xE0000 + ord(char)) for char in "ignore all"),
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan.compile([Policy("p", rules=(Rule("r", "injection", action=FLAG),))], "1", guards())


def _spent(plan: Plan, text: str) -> float:
    channel = (Channel("user", (Segment("/t", "user", text),)),)
    gc.collect()
    begun = time.thread_time()
    Exchange(plan, Context("d")).judge_input(channel)
    return time.thread_time() - begun


def _read(text: str) -> float:
    """Seconds of a detector's thread before the network itself."""
    begun = time.thread_time()
    for each in passages(text):
        pieces(Ask("injection", each.start, each.end, each.text, each.before, "user"), worded=True)
    return time.thread_time() - begun


def _is_proportionate(spent: Callable[[str], float], unit: str) -> bool:
    small, large = ((unit * (size // len(unit) + 1))[:size] for size in (SIZE, 2 * SIZE))
    return any(is_below(lambda: spent(large), RATIO * best(lambda: spent(small), 2) + 0.005, 2) for _ in range(3))


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_disguises_for_detectors(name: str) -> None:
    assert _is_proportionate(_read, FLOODS[name])


@pytest.mark.parametrize("name", FLOODS)
def test_cutting_windows_is_far_below_what_holds_the_loop(name: str) -> None:
    """A request's windows are made in slices; 100,000 characters have many."""
    text = (FLOODS[name] * (100_000 // len(FLOODS[name]) + 1))[:100_000]

    def spent() -> float:
        begun = time.thread_time()
        found = sum(1 for _ in passages(text))
        return (time.thread_time() - begun) * min(1.0, pool._SLICE / found)

    assert is_below(spent, 0.005, 5)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_disguises(plan: Plan, name: str) -> None:
    assert _is_proportionate(lambda text: _spent(plan, text), FLOODS[name])
