"""Stopping without breaking anyone's answer: no new connections, idle ones closed, streams finish or time out."""

from __future__ import annotations

import asyncio

from gateway.proxy.app import Gateway

_LOOK_EVERY = 0.02
_FRESH = 0.25
"""Seconds in which a connection that was only just made may still bring its first request."""


async def drain(gateway: Gateway, grace: float, hurry: asyncio.Event) -> bool:
    """Wait until every request has ended, ``grace`` seconds have passed or ``hurry`` is set. True: all ended.

    What was written reaches the client before its connection counts as ended, and a request of which only a part
    has come is waited for.
    """
    gateway.draining = True
    loop = asyncio.get_running_loop()
    start = loop.time()
    while gateway.connections and loop.time() < start + grace and not hurry.is_set():
        for connection in tuple(gateway.connections):
            connection.close_if_idle(fresh=loop.time() >= start + _FRESH)
        await asyncio.sleep(_LOOK_EVERY)
    return gateway.admission.active == 0
