"""What a worker does, whichever process it is in: the data port, from start to drain."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Iterable

from gateway.audit.record import Audit
from gateway.config.settings import Settings
from gateway.core.windows import Ask
from gateway.errors import PolicyError
from gateway.proxy.drain import drain
from gateway.proxy.limits import Rates
from gateway.proxy.relay import Policies
from gateway.supervisor import assemble
from gateway.supervisor.sockets import BACKLOG
from gateway.telemetry.metrics import Metrics

_WARM_WITHIN = 100.0
_LET_IN_FOR = 1.0
"""Seconds in which whoever waits in the accept queue when a drain begins is let in: closing it resets them."""


class Serving:
    """A gateway and the sockets that it serves; make it inside a running loop."""

    def __init__(
        self, settings: Settings, policies: Policies, metrics: Metrics, sink: Audit, rates: Rates | None = None
    ) -> None:
        self.metrics = metrics
        self.gateway = assemble.gateway(settings, policies, metrics, sink, rates)
        self._servers: dict[int, tuple[asyncio.Server, socket.socket]] = {}

    async def warm(self, asks: Iterable[Ask]) -> None:
        """Have detectors load what they need. Raises PolicyError for one that cannot: nothing may judge with it."""
        try:
            async with asyncio.timeout(_WARM_WITHIN):
                failed = await self.gateway.house.detectors.warm(asks)
        except TimeoutError:
            raise PolicyError(f"detectors did not load within {_WARM_WITHIN:g} s",
                              cure="see what else the machine does") from None  # fmt: skip
        if failed:
            raise PolicyError(f"the detector '{failed[0]}' could not be loaded",
                              cure="see `detector_failed` in the log")  # fmt: skip

    async def listen(self, listener: socket.socket, number: int = 0) -> None:
        """Serve whoever connects to ``listener``, known as ``number``; its queue may already hold connections."""
        if number in self._servers:
            return
        if not self._servers:
            self.gateway.start()
        copy = listener.dup()  # closing it leaves the queue to whoever else has the socket
        server = await asyncio.get_running_loop().create_server(self.gateway.connection, sock=copy, backlog=BACKLOG)
        self._servers[number] = server, copy

    def leave(self, number: int) -> None:
        """Accept no more on ``number``; connections that were accepted stay."""
        if number in self._servers:
            self._servers.pop(number)[0].close()

    async def drain(self, grace: float, hurry: asyncio.Event) -> bool:
        """Let in who has connected, close the sockets, and finish what is open within ``grace`` seconds."""
        self.gateway.draining = True
        await self._let_in()
        self._leave_all()
        return await drain(self.gateway, grace, hurry)

    async def _let_in(self) -> None:
        """The loop accepts in its own time, some libuvs one connection a turn: wait until no more are there."""
        waiting = select.poll()
        for _, listener in self._servers.values():
            waiting.register(listener, select.POLLIN)
        loop = asyncio.get_running_loop()
        end = loop.time() + _LET_IN_FOR
        while waiting.poll(0) and loop.time() < end:  # noqa: ASYNC110 - a kernel's queue has no event
            await asyncio.sleep(0)

    def _leave_all(self) -> None:
        for number in tuple(self._servers):
            self.leave(number)

    async def close(self) -> None:
        """End everything now; requests that are cut off write their end records first."""
        self._leave_all()
        await self.gateway.close()
        await asyncio.sleep(0)

    @property
    def active(self) -> int:
        return self.gateway.admission.active

    @property
    def connections(self) -> int:
        return len(self.gateway.connections)
