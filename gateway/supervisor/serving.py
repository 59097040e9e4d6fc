"""What a worker does, whichever process it is in: the data port on one listening socket, from start to drain."""

from __future__ import annotations

import asyncio
import select
import socket

from gateway.audit.record import Audit
from gateway.config.settings import Settings
from gateway.proxy.drain import drain
from gateway.proxy.limits import Rates
from gateway.proxy.relay import Policies
from gateway.supervisor import assemble
from gateway.supervisor.sockets import BACKLOG
from gateway.telemetry.metrics import Metrics

_LET_IN_FOR = 1.0
"""Seconds in which whoever waits in the accept queue when a drain begins is let in: closing it resets them."""


class Serving:
    """A gateway and its listening socket; make it inside a running loop."""

    def __init__(
        self, settings: Settings, policies: Policies, metrics: Metrics, sink: Audit, rates: Rates | None = None
    ) -> None:
        self.metrics = metrics
        self.gateway = assemble.gateway(settings, policies, metrics, sink, rates)
        self._server: asyncio.Server | None = None
        self._listener: socket.socket | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Serve whoever connects; the queue of ``listener`` may already hold connections."""
        self.gateway.start()
        self._listener = listener
        self._server = await asyncio.get_running_loop().create_server(
            self.gateway.connection, sock=listener, backlog=BACKLOG
        )

    async def drain(self, grace: float, hurry: asyncio.Event) -> bool:
        """Let in who has connected, close the socket, and finish what is open within ``grace`` seconds."""
        self.gateway.draining = True
        await self._let_in()
        if self._server is not None:
            self._server.close()
        return await drain(self.gateway, grace, hurry)

    async def _let_in(self) -> None:
        """The loop accepts in its own time, some libuvs one connection a turn: wait until no more are there."""
        if self._listener is None:
            return
        waiting = select.poll()
        waiting.register(self._listener, select.POLLIN)
        loop = asyncio.get_running_loop()
        end = loop.time() + _LET_IN_FOR
        while waiting.poll(0) and loop.time() < end:
            await asyncio.sleep(0)

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
