"""Starts houses for the chaos tests with a fast sweep, and stops them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from gateway.proxy import app
from tests.chaos.house import Running, running

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
