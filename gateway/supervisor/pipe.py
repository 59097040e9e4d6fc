"""What supervisor and workers say to each other: small framed messages over a socket pair.

A frame is its kind (one byte), its length (four bytes) and a payload: JSON, packed audit rows, or, from the
supervisor only, a pickled policy set. No caller's text crosses the pipe; when either end dies, the other reads
what was sent to the end and then sees the pipe closed, so a worker's death never loses what it had said.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any, cast

import orjson

_HEAD = struct.Struct("<BI")
SETTLED = struct.Struct("<Q??")
"""Payload of ``Kind.SETTLED``: rows so far, whether writing them failed, whether the sink is down."""


class Kind(IntEnum):
    """Supervisor to worker: WELCOME … RELEASE; worker to supervisor: HELLO … BYE."""

    WELCOME = 1
    """{version, worker, settings}: the first message."""
    PREPARE = 2
    """A pickled PolicySet: compile it and say PREPARED or REFUSED."""
    ACTIVATE = 3
    """A revision that was prepared: judge new requests with it from now on (with the first one: begin to serve)."""
    FORGET = 4
    """A revision that was prepared and will not be activated."""
    SETTLED = 5
    """The fate of audit rows, see ``SETTLED``."""
    ASK = 6
    """Send a REPORT now."""
    DRAIN = 7
    """{grace}: accept no more, finish what is open, say BYE and end."""
    STOP = 8
    """The same without waiting."""
    ADOPT = 9
    """{worker}: also accept the connections of a slot whose worker is down."""
    RELEASE = 10
    """{worker}: that slot has a worker again."""

    HELLO = 20
    """{version}: settings understood, ready for policies."""
    FAILED = 21
    """{reason}: cannot start; for the operator."""
    PREPARED = 22
    """{revision}"""
    REFUSED = 23
    """{revision, reason}"""
    ACTIVATED = 24
    """{revision}"""
    ROWS = 25
    """Packed audit rows."""
    REPORT = 26
    """{asked, metrics, active, connections}: every second, and when asked."""
    BYE = 27
    """{requests}: how many requests were still open."""


class Pipe(asyncio.Protocol):
    """One end. ``heard`` is told of each message, ``closed`` once of the other end's death."""

    def __init__(self, heard: Callable[[Kind, bytes], None], closed: Callable[[], None]) -> None:
        self._heard, self._on_closed = heard, closed
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None
        self.gone = asyncio.get_running_loop().create_future()

    def say(self, kind: Kind, payload: bytes = b"") -> None:
        """Write at once; what does not fit in the pipe waits in memory. Nothing happens when it is closed."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_HEAD.pack(kind, len(payload)) + payload)

    def say_json(self, kind: Kind, **fields: Any) -> None:
        self.say(kind, orjson.dumps(fields))

    async def close(self) -> None:
        """Close after everything said has been written."""
        if self._transport is not None:
            self._transport.close()
            await asyncio.shield(self.gone)

    # -- the transport's side ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        place = 0
        while len(self._buffer) - place >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._buffer, place)
            end = place + _HEAD.size + length
            if end > len(self._buffer):
                break
            payload = bytes(memoryview(self._buffer)[place + _HEAD.size : end])
            place = end
            self._heard(Kind(kind), payload)
        del self._buffer[:place]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.gone.set_result(None)
        self._on_closed()
