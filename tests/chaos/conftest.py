"""Starts houses for the chaos tests with a fast sweep, and stops them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.proxy import app
from tests.chaos.house import Running, running
from tests.chaos.process import Serving
from tests.chaos.upstream import ChaosUpstream

Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """``await start(**what running() takes)``."""
    monkeypatch.setattr(app, "SWEEP_EVERY", 0.01)
    houses: list[Running] = []

    async def begin(**how: Any) -> Running:
        house = await running(**how)
        houses.append(house)
        return house

    yield begin
    for house in houses:
        await house.stop()


@pytest.fixture
async def upstream() -> AsyncIterator[ChaosUpstream]:
    server = await ChaosUpstream().start()
    yield server
    await server.stop()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """A process that is not started yet: ``await serving.start(base_url, key)``."""
    one = Serving(tmp_path)
    yield one
    if hasattr(one, "process"):
        one.stop()
