"""Law 10 for what undoes disguises: a request full of them takes time in proportion, whatever it is full of."""

from __future__ import annotations

import gc
import time

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.core.windows import Ask, passages
from gateway.detectors import pool
from gateway.detectors.undone import pieces

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
    best = 60.0
    channel = (Channel("user", (Segment("/t", "user", text),)),)
    for _ in range(2):
        gc.collect()
        begun = time.thread_time()
        Exchange(plan, Context("d")).judge_input(channel)
        best = min(best, time.thread_time() - begun)
    return best


def _read(text: str) -> float:
    """Seconds of a detector's thread before the network itself."""
    best = 60.0
    for _ in range(2):
        begun = time.thread_time()
        for each in passages(text):
            pieces(Ask("injection", each.start, each.end, each.text, each.before, "user"), worded=True)
        best = min(best, time.thread_time() - begun)
    return best


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_disguises_for_detectors(name: str) -> None:
    unit = FLOODS[name]
    small, large = ((unit * (size // len(unit) + 1))[:size] for size in (SIZE, 2 * SIZE))
    assert any(_read(large) < RATIO * _read(small) + 0.005 for _ in range(3))


@pytest.mark.parametrize("name", FLOODS)
def test_cutting_windows_is_far_below_what_holds_the_loop(name: str) -> None:
    """A request's windows are made in slices; 100,000 characters have many."""
    text = (FLOODS[name] * (100_000 // len(FLOODS[name]) + 1))[:100_000]
    fastest = 1.0
    for _ in range(5):
        begun = time.thread_time()
        found = sum(1 for _ in passages(text))
        fastest = min(fastest, (time.thread_time() - begun) * min(1.0, pool._SLICE / found))
    assert fastest < 0.005


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_disguises(plan: Plan, name: str) -> None:
    unit = FLOODS[name]
    small, large = ((unit * (size // len(unit) + 1))[:size] for size in (SIZE, 2 * SIZE))
    assert any(_spent(plan, large) < RATIO * _spent(plan, small) + 0.005 for _ in range(3))
