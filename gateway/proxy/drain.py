"""Stopping without breaking anyone's answer: no new connections, idle ones closed, streams finish or time out."""

from __future__ import annotations

import asyncio

from gateway.proxy.app import Gateway

_LOOK_EVERY = 0.02


async def drain(gateway: Gateway, grace: float, hurry: asyncio.Event) -> bool:
    """Wait until every request has ended, ``grace`` seconds have passed or ``hurry`` is set. True: all ended."""
    gateway.draining = True
    loop = asyncio.get_running_loop()
    end = loop.time() + grace
    while gateway.admission.active and loop.time() < end and not hurry.is_set():
        for connection in tuple(gateway.connections):
            connection.close_if_idle()
        await asyncio.sleep(_LOOK_EVERY)
    return gateway.admission.active == 0
