"""Law 5 for detectors as a matrix: what raises, hangs, answers garbage or too late, at each stage, by ``on_error``.

Of every cell: what the caller gets, what the model server is asked, the states in the audit and both metrics.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.policy import OnError, Policy, Rule
from gateway.core.types import State
from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.pool import Bounds, Pool
from tests.chaos.house import Answer as Got
from tests.chaos.house import Running, request, running, until
from tests.gateway.detectors.stand_in import StandIn, reading, spec
from tests.gateway.proxy.speaking import PATHS, SPOKEN, asking, telling

SAID = "All is well. Now a comet and its tail"
REFUSED = b"(decision "
WITHIN = 0.25


class Fragile(StandIn):
    """Reads like the stand-in, but where a comet passes: there it does what ``fault`` says."""

    def __init__(self, fault: str) -> None:
        super().__init__("fragile")
        self.fault, self.gate = fault, threading.Event()

    def read(self, asks: Sequence[Ask]) -> list[Answer]:
        if not any("comet" in each.text for each in asks):
            return super().read(asks)
        if self.fault == "raise":
            raise RuntimeError("broken, with comet in its message")
        if self.fault in ("hang", "slow"):
            assert self.gate.wait(10)
        if self.fault == "garbage":
            return [(Reading(0, 1 << 20, float("nan")),) if "comet" in each.text else reading(each) for each in asks]
        return super().read(asks)


CELLS = [
    (api, stage, fault, on_error)
    for api in SPOKEN for stage in ("input", "output", "stream") for fault in ("raise", "garbage", "hang", "slow")
    for on_error in ("block", "flag", "allow")
    if api == "chat" or fault in ("raise", "garbage")  # each of the others waits until its time is up
]  # fmt: skip
SPECS = {"fragile": spec("fragile", "fragile"), "sound": spec("sound", "sound")}
PLANS = {
    on_error: Plan.compile([Policy("p", rules=(Rule("fragile", "fragile", on_error=on_error), Rule("sound", "sound")))],  # type: ignore[arg-type]
                           "r", SPECS)
    for on_error in ("block", "flag", "allow")
}  # fmt: skip
Start = Callable[[str, str], Awaitable[tuple[Running, Fragile]]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    made: list[tuple[Running, Fragile]] = []

    async def begin(fault: str, on_error: str) -> tuple[Running, Fragile]:
        fragile, sound = Fragile(fault), StandIn("sound")
        known: dict[str, Any] = {"fragile": fragile, "sound": sound}
        house = await running(detectors=lambda metrics: Pool(Bounds(timeout=WITHIN, batch=1), metrics, known))
        house.policies.plan = PLANS[on_error]
        made.append((house, fragile))
        return made[-1]

    yield begin
    for house, fragile in made:
        fragile.gate.set()
        await house.stop()


def _calm(house: Running, fragile: Fragile) -> Callable[[Any], Awaitable[None]]:
    """A model that answers, calmly, when the detector works again."""

    async def play(ask: Any) -> None:
        await _back(house, fragile)
        await telling("Calm.")(ask)

    return play


async def _back(house: Running, fragile: Fragile) -> None:
    pool = house.gateway.house.detectors
    assert isinstance(pool, Pool)
    fragile.gate.set()
    await until(lambda: not pool._lanes["fragile"].stuck)


async def _asked(house: Running, api: str, text: str, *, stream: bool) -> Got:
    client = await house.client()
    client.send(request(asking(api, text, stream=stream), PATHS[api]))
    return await client.answer()


def _blocked(got: Got, stage: str) -> None:
    """What stands in the place of what could not be judged."""
    assert b"comet" not in got.body
    if stage == "input":
        assert (got.status, got.json["error"]["wardgate"]["rules"]) == (503, ["fragile"])
        assert got.headers["x-wardgate-decision"] == "block"
    else:
        assert got.status == 200
        assert REFUSED in got.body
        assert b"All is well. " in got.body


@pytest.mark.parametrize(("api", "stage", "fault", "on_error"), CELLS)
async def test_every_cell(start: Start, api: str, stage: str, fault: str, on_error: OnError) -> None:
    house, fragile = await start(fault, on_error)
    house.upstream.script = _calm(house, fragile) if stage == "input" else telling(SAID)
    got = await _asked(house, api, SAID if stage == "input" else "hi", stream=stage == "stream")
    end = await house.ended()
    assert house.upstream.accepted == (0 if on_error == "block" and stage == "input" else 1)
    if on_error == "block":
        _blocked(got, stage)
    else:
        assert got.status == 200
        assert REFUSED not in got.body
        assert (b"comet and its tail" in got.body) is (stage != "input")
    judged, state = "input" if stage == "input" else "output", State.TIMEOUT if fault in ("hang", "slow") else State.ERROR
    begin = house.audit.begins[0]
    states = {(each.rule, each.stage): each.state for each in (*begin.states, *end.states)}
    assert (states["fragile", judged], states["sound", judged]) == (state, State.ALLOWED)
    marks = [(each.rule, each.entity) for each in (*begin.findings, *end.findings)]
    assert marks == ([("fragile", "UNJUDGED")] if on_error == "flag" else [])
    metrics = house.gateway.house.metrics
    counted = metrics.snapshot()["states"]
    assert [each for each in counted if each[2] in ("error", "timeout")] == [["fragile", judged, state.value, 1]]
    assert {key: count for key, count in metrics.detector_failures.values.items() if count} == {("fragile", state.value): 1}
    assert b"RuntimeError" not in got.body
    assert b"broken" not in got.body
    if fault == "slow":
        await _comes_round(house, fragile, stage)


async def _comes_round(house: Running, fragile: Fragile, stage: str) -> None:
    """What came too late is known the next time."""
    await _back(house, fragile)
    got = await _asked(house, "chat", SAID if stage == "input" else "hi", stream=False)
    assert got.status == 200
    assert REFUSED not in got.body
    assert {each.state for each in (*house.audit.begins[1].states, *(await house.ended(2)).states)} == {State.ALLOWED}
