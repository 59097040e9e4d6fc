"""The one worker of ``workers: 1``: the supervisor's own process, with no pipe between them."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import Any

from gateway.audit.record import Audit
from gateway.config.settings import Settings
from gateway.core.guard import guards
from gateway.core.policy import PolicySet
from gateway.detectors.loading import first_asks
from gateway.supervisor import loop as event_loop
from gateway.supervisor.policies import ActivePolicies
from gateway.supervisor.serving import Serving
from gateway.telemetry.metrics import Metrics


class Alone:
    """Serves ``listener`` with the active policies themselves; offers what ``Crew`` does."""

    def __init__(
        self, settings: Settings, listener: socket.socket, active: ActivePolicies, sink: Audit, metrics: Metrics
    ) -> None:
        self._listener, self._active, self._metrics = listener, active, metrics
        self._serving = Serving(settings, active, metrics, sink)
        self._since = 0.0

    async def start(self, found: PolicySet) -> None:
        await self.change(found)
        await self._serving.listen(self._listener)
        self._since = time.monotonic()
        event_loop.settle()

    async def change(self, found: PolicySet) -> None:
        """The set that was compiled here is the one that judges; its detectors must be there. Raises PolicyError."""
        await self._serving.warm(first_asks(found, guards()))

    async def gathered(self) -> Metrics:
        self._metrics.workers.set(1.0 if self._since else 0.0)
        return self._metrics

    def unready(self) -> tuple[str, ...]:
        return ()

    def status(self) -> list[dict[str, Any]]:
        return [{
            "worker": 1, "pid": os.getpid(), "state": "serving" if self._since else "starting",
            "revision": self._active.revision,
            "uptime": round(time.monotonic() - self._since, 3) if self._since else 0.0,
            "restarts": 0, "active_requests": self._serving.active, "connections": self._serving.connections,
        }]  # fmt: skip

    async def drain(self, grace: float, hurry: asyncio.Event) -> int:
        self._listener.close()  # the serving copy is the last: once that closes, connections are refused
        await self._serving.drain(grace, hurry)
        return self._serving.active

    async def close(self) -> None:
        await self._serving.close()
