"""What a worker does, whichever process it is in: the data port on one listening socket, from start to drain."""

from __future__ import annotations

import asyncio
import socket

from gateway.audit.record import Audit
from gateway.config.settings import Settings
from gateway.proxy.drain import drain
from gateway.proxy.limits import Rates
from gateway.proxy.relay import Policies
from gateway.supervisor import assemble
from gateway.supervisor.sockets import BACKLOG
from gateway.telemetry.metrics import Metrics

_PASSES = 3
"""Turns of the event loop in which whoever waits in the accept queue is let in."""


class Serving:
    """A gateway and its listening socket; make it inside a running loop."""

    def __init__(
        self, settings: Settings, policies: Policies, metrics: Metrics, sink: Audit, rates: Rates | None = None
    ) -> None:
        self.metrics = metrics
        self.gateway = assemble.gateway(settings, policies, metrics, sink, rates)
        self._server: asyncio.Server | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Serve whoever connects; the queue of ``listener`` may already hold connections."""
        self.gateway.start()
        self._server = await asyncio.get_running_loop().create_server(
            self.gateway.connection, sock=listener, backlog=BACKLOG
        )

    async def drain(self, grace: float, hurry: asyncio.Event) -> bool:
        """Let in who has connected, close the socket, and finish what is open within ``grace`` seconds."""
        self.gateway.draining = True
        for _ in range(_PASSES):
            await asyncio.sleep(0)
        if self._server is not None:
            self._server.close()
        return await drain(self.gateway, grace, hurry)

    async def close(self) -> None:
        """End everything now; requests that are cut off write their end records first."""
        if self._server is not None:
            self._server.close()
        await self.gateway.close()
        await asyncio.sleep(0)

    @property
    def active(self) -> int:
        return self.gateway.admission.active

    @property
    def connections(self) -> int:
        return len(self.gateway.connections)
