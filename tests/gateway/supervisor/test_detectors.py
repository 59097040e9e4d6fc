"""Detectors load in the process that serves, before it judges with them; a set whose detectors cannot is not activated."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.audit.record import NoAudit
from gateway.config.settings import Settings
from gateway.core import guard as registry
from gateway.core.guard import guards
from gateway.core.windows import Answer, Ask
from gateway.detectors import api
from gateway.errors import PolicyError
from gateway.supervisor import serving
from gateway.supervisor.alone import Alone
from gateway.supervisor.policies import ActivePolicies
from gateway.supervisor.prepared import PreparedPolicies
from gateway.supervisor.sockets import bind
from gateway.telemetry.log import Formatter
from gateway.telemetry.metrics import Metrics
from tests.gateway.detectors.stand_in import StandIn, spec

POLICY = "policy: calm\nrules:\n  - {id: tone, guard: tone}\n  - {id: again, guard: tone, action: flag}\n"
SETTINGS = Settings.model_validate({"detectors": {"threads": 3, "timeout_ms": 1500, "batch": 7, "remember": 5, "waiting": 9}})


class Weights(StandIn):
    """Cannot be loaded while ``broken``; waits at ``gate``; ``threads`` are those that it was read in."""

    def __init__(self) -> None:
        super().__init__()
        self.broken, self.gate, self.threads = False, threading.Event(), set[str]()
        self.gate.set()

    def read(self, asks: Sequence[Ask]) -> list[Answer]:
        self.threads.add(threading.current_thread().name)
        assert self.gate.wait(10)
        if self.broken:
            raise OSError("no weights")
        return super().read(asks)


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> Weights:
    guards()
    found = Weights()
    monkeypatch.setitem(registry._REGISTRY, "tone", spec())
    monkeypatch.setattr(api, "_REGISTRY", {"tone": (found, lambda params: None)})
    return found


@pytest.fixture
async def alone(tmp_path: Path, weights: Weights) -> AsyncIterator[Alone]:
    path = tmp_path / "calm.yaml"
    path.write_text(POLICY)
    active = ActivePolicies(path)
    active.load()
    listener = bind("127.0.0.1:0", "data")
    one = Alone(SETTINGS, listener, active, NoAudit(), Metrics())
    yield one
    weights.gate.set()
    await one.close()
    listener.close()


async def test_it_serves_once_its_detectors_have_loaded(alone: Alone, weights: Weights) -> None:
    weights.gate.clear()
    starting = asyncio.ensure_future(alone.start(alone._active.found))
    while not weights.threads:
        await asyncio.sleep(0.001)
    assert alone.status()[0]["state"] == "starting"
    weights.gate.set()
    await starting
    assert alone.status()[0]["state"] == "serving"
    assert weights.asked == [1], "two rules that ask the same load it once"
    assert weights.threads == {"wardgate-detector"}


async def test_a_start_and_a_change_fail_with_the_detectors_name(alone: Alone, weights: Weights) -> None:
    weights.broken = True
    for step in (alone.start, alone.change):
        with pytest.raises(PolicyError, match="the detector 'tone' could not be loaded"):
            await step(alone._active.found)
    assert alone.status()[0]["state"] == "starting"


async def test_one_that_never_loads_is_given_up(
    alone: Alone, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_WARM_WITHIN", 0.02)
    weights.gate.clear()
    with pytest.raises(PolicyError, match="did not load within"):
        await alone.start(alone._active.found)


async def test_settings_are_the_pools(alone: Alone) -> None:
    bounds = alone._serving.gateway.house.detectors._bounds  # type: ignore[attr-defined]
    assert (bounds.threads, bounds.timeout, bounds.batch, bounds.remember, bounds.waiting) == (3, 1.5, 7, 5, 9)


async def test_what_a_detector_raises_is_logged_without_the_text(
    alone: Alone, weights: Weights, caplog: pytest.LogCaptureFixture
) -> None:
    def read(asks: Sequence[Ask]) -> list[Answer]:
        raise ValueError(f"cannot read {asks[0].text}")

    weights.read = read  # type: ignore[method-assign]
    pool = alone._serving.gateway.house.detectors
    await pool.read("acme", [Ask("tone", 0, 12, "canary-5d1f!", "before-5d1f", "user")])
    (record,) = [each for each in caplog.records if each.message == "detector_failed"]
    line = Formatter().format(record)
    assert json.loads(line)["error"] == "ValueError"
    assert json.loads(line)["name"] == "tone"
    assert "5d1f" not in line


def test_a_worker_asks_for_what_it_has_prepared(tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "calm.yaml"
    path.write_text(POLICY)
    active = ActivePolicies(path)
    active.load()
    prepared = PreparedPolicies(SETTINGS)
    revision = prepared.prepare(pickle.dumps(active.found))
    assert [(ask.detector, ask.role) for ask in prepared.first_asks(revision)] == [("tone", "user")]
