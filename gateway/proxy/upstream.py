"""The hop to the model: a keep-alive HTTP/1.1 client of a few hundred bytes per connection.

aiohttp's client costs more CPU than its server does; this one sends a head prepared at start-up,
follows no redirect, keeps no cookie, asks for no encoding, and can be cancelled in the same tick.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.errors import UpstreamFailed, UpstreamTimeout
from gateway.proxy import headers
from gateway.proxy.call import Call, Link, Stale

ANTHROPIC_VERSION = "2023-06-01"
"""The version of the Messages API that ``gateway.wire.messages`` reads and writes."""
_UNREACHABLE = "The model server could not be reached."


@dataclass(frozen=True, slots=True)
class Target:
    """Where a model is served; times in seconds, sizes in bytes."""

    name: str
    base_url: str
    api_key: str = ""
    connect_timeout: float = 5.0
    first_byte_timeout: float = 120.0
    idle_timeout: float = 60.0
    max_answer: int = 32 << 20
    max_idle: int = 256
    verify: ssl.SSLContext | None = None
    auth: str = "bearer"
    """How ``api_key`` is sent: ``bearer``, or ``x-api-key`` as Anthropic wants it."""


class Upstream:
    """The connections to one target; the one used last is used first, so idle ones can age out."""

    __slots__ = ("_clock", "_head", "_host", "_idle", "_live", "_path", "_port", "_tls", "connects", "target")

    def __init__(self, target: Target, clock: Callable[[], float]) -> None:
        url = urlsplit(target.base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"upstream {target.name}: base_url must be http(s)://host[:port]/path")
        secure = url.scheme == "https"
        self.target = target
        self._clock = clock
        self._host = url.hostname
        self._port = url.port or (443 if secure else 80)
        self._path = url.path.rstrip("/")
        self._tls = (target.verify or ssl.create_default_context()) if secure else None
        self._idle: list[Link] = []
        self._live: set[Link] = set()
        self.connects = 0
        self._head = self._common_head(url.netloc.rpartition("@")[2])

    def _common_head(self, host: str) -> bytes:
        lines = headers.line("host", host)
        if self.target.auth == "x-api-key":
            lines += headers.line("anthropic-version", ANTHROPIC_VERSION)
            lines += headers.line("x-api-key", self.target.api_key) if self.target.api_key else b""
        elif self.target.api_key:
            lines += headers.line("authorization", f"Bearer {self.target.api_key}")
        return lines + b"user-agent: wardgate\r\naccept-encoding: identity\r\n"

    def head(self, method: str, path: str, request_id: str, length: int | None) -> bytes:
        """The head of one request; ``path`` is ours, never a caller's."""
        body = b"" if length is None else b"content-type: application/json\r\ncontent-length: %d\r\n" % length
        start = f"{method} {self._path}{path} HTTP/1.1\r\nx-request-id: {request_id}\r\n".encode("ascii")
        return start + self._head + body + b"\r\n"

    def check(self, api: str, body: dict[str, Any]) -> None:
        """Every request that could be parsed can be sent on: the server speaks the caller's API."""

    async def post(self, path: str, body: bytes, request_id: str) -> Call:
        """Send ``body``; comes back when a whole answer, or the head of an event stream, is there.

        Raises UpstreamFailed or UpstreamTimeout. A request is sent a second time only where a kept connection
        turned out to have been closed before a byte of an answer came: the model server had already left.
        """
        return await self._ask(self.head("POST", path, request_id, len(body)) + body)

    async def get(self, path: str, request_id: str) -> Call:
        return await self._ask(self.head("GET", path, request_id, None))

    async def _ask(self, message: bytes) -> Call:
        link = self._take()
        if link is not None:
            call = self._send(link, message)
            try:
                return await self._answer(call)
            except Stale:
                pass
        call = self._send(await self._connect(), message)
        try:
            return await self._answer(call)
        except Stale:
            raise UpstreamFailed("The model server closed the connection without an answer.") from None

    def _send(self, link: Link, message: bytes) -> Call:
        call = Call(link, self._clock, self.target)
        link.send(call, message)
        return call

    async def _answer(self, call: Call) -> Call:
        try:
            await call.ready
        except asyncio.CancelledError:
            call.abort()  # the client left: the model stops now, not at its next token
            raise
        return call

    def _take(self) -> Link | None:
        while self._idle:
            link = self._idle.pop()
            if link.usable():
                return link
            link.close()
        return None

    async def _connect(self) -> Link:
        self.connects += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.target.connect_timeout):
                _, link = await loop.create_connection(
                    lambda: Link(self), self._host, self._port, ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )  # fmt: skip
        except TimeoutError:
            raise UpstreamTimeout("The model server did not accept a connection in time.") from None
        except OSError:  # ssl.SSLError is one
            raise UpstreamFailed(_UNREACHABLE) from None
        return link

    # -- what the links report -----------------------------------------------------------------

    def opened(self, link: Link) -> None:
        self._live.add(link)

    def free(self, link: Link) -> None:
        if len(self._idle) < self.target.max_idle:
            self._idle.append(link)
        else:
            link.close()

    def closed(self, link: Link) -> None:
        self._live.discard(link)
        if link in self._idle:
            self._idle.remove(link)

    def sweep(self, now: float) -> None:
        """Enforces first-byte and idle time-outs; called about four times a second."""
        for link in tuple(self._live):
            link.sweep(now)

    @property
    def live(self) -> int:
        """Open connections, idle ones included."""
        return len(self._live)

    def close(self) -> None:
        for link in tuple(self._live):
            link.close()
