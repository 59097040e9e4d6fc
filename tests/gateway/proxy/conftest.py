"""A gateway in front of an Anthropic-style server, through the real litellm."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from gateway.proxy import app
from gateway.proxy.app import Gateway
from gateway.proxy.auth import Caller, Keys, hash_key
from gateway.proxy.ids import Ids
from gateway.proxy.limits import Bounds
from gateway.proxy.models import Entry, Models
from gateway.proxy.relay import House
from gateway.proxy.upstream import Target
from gateway.telemetry.metrics import Metrics
from tests.chaos.house import KEY, POLICY, FixedPolicies, RememberingAudit, Running
from tests.gateway.proxy.anthropic import AnthropicServer

MODEL = "anthropic/claude-sonnet-4-5"
UPSTREAM_KEY = "sk-ant-of-the-settings"
Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def claude(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """``await claude(**bounds of the target)``: a gateway whose only model is ``MODEL``."""
    from gateway.proxy.litellm_library import prepare
    from gateway.proxy.litellm_upstream import LitellmUpstream

    monkeypatch.setattr(app, "SWEEP_EVERY", 0.01)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-of-the-environment")
    for name in ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/of-the-environment")
    houses: list[Running] = []

    async def begin(model: str = MODEL, **target: Any) -> Running:
        server = await AnthropicServer().start()
        provider = prepare(model, upstream="claude", base_url=server.base_url)
        hop = LitellmUpstream(Target("claude", server.base_url, UPSTREAM_KEY, **target), provider, time.monotonic)
        policies, audit = FixedPolicies(POLICY), RememberingAudit()
        house = House(
            models=Models((Entry("*", hop),)), policies=policies, audit=audit, metrics=Metrics(),
            clock=time.monotonic, wall=time.time, tenant_keys=lambda tenant: (tenant.encode(),), ids=Ids(), pumps=set(),
        )
        gateway = Gateway(house, Keys(((hash_key(KEY), Caller("app", "acme")),)), Bounds(), clock=time.monotonic)
        running: Any = Running(gateway, server, audit, policies)  # type: ignore[arg-type]  # stops as the other does
        houses.append(running)
        return await running.start()  # type: ignore[no-any-return]

    yield begin
    for house in houses:
        await house.stop()
