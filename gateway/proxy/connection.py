"""The data port's side of one client connection: HTTP/1.1 on llhttp, straight on the transport.

An aiohttp.web.Server costs 45 µs a request before any work is done, notices a client that leaves in
another task, and renders parser errors as text that echoes the request; owning the protocol removes
all three. llhttp, the strict parser inside aiohttp and Node, still does the parsing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, cast

import httptools

from gateway.errors import ApiError, BadRequest, Overloaded, RequestTimeout, TooLarge
from gateway.proxy import headers
from gateway.proxy.limits import Bounds
from gateway.proxy.request import Request

_NEVER: Final = float("inf")
_LINGER: Final = 1.0
"""Seconds that input is still drained after a refusal, so that the client reads the answer, not a reset."""
_MAX_PIPELINED: Final = 16


class Flow(Protocol):
    """Whoever writes a stream to this connection, told when the client reads too slowly."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Host(Protocol):
    """What a connection needs of the application around it."""

    bounds: Bounds
    draining: bool
    connections: set[Connection]
    clock: Callable[[], float]
    wall: Callable[[], float]

    def recognise(self, request: Request) -> None: ...
    def admit(self, request: Request) -> None: ...
    def serve(self, request: Request, client: Connection) -> Awaitable[None]: ...
    def broke(self, error: BaseException) -> None: ...
    def refused(self, error: ApiError) -> None: ...


class Connection(asyncio.Protocol):
    """One client connection: reads requests one after the other, serves each in a task, writes answers."""

    __slots__ = ("_begun", "_chunked", "_host", "_incoming", "_parser", "_poisoned", "_reading", "_refusal", "_task",
                 "_waiting", "current", "deadline", "flow", "last_write", "lingering", "transport")  # fmt: skip

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser = httptools.HttpRequestParser(self)
        self._incoming = Request()
        self._reading = False
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._refusal: ApiError | None = None
        self._poisoned = False
        self._begun = False
        self._chunked = False
        self.current: Request | None = None
        self.transport: asyncio.Transport | None = None
        self.flow: Flow | None = None
        self.deadline = _NEVER
        self.lingering = False
        self.last_write = 0.0

    # -- the transport's side ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._host.connections.add(self)
        self.deadline = self._host.clock() + self._host.bounds.head_timeout

    def data_received(self, data: bytes) -> None:
        if self.lingering or self._poisoned:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._break(BadRequest("Protocol upgrades are not supported."))
        except httptools.HttpParserError:
            self._break(self._refusal or BadRequest("The request is not valid HTTP/1.1."))
        else:
            if self._reading and not self._incoming.method:
                self._bound_head(len(data))

    def _bound_head(self, size: int) -> None:
        """The parser keeps a header that never ends to itself, so its bytes are counted where they come in."""
        self._incoming.arrived += size
        if self._incoming.arrived > self._host.bounds.max_head:
            self._break(TooLarge("The request's head is too large."))

    def eof_received(self) -> None:
        return None  # the transport closes itself: a client that half-closes has left

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._host.connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self.deadline = self._host.clock() + self._host.bounds.write_timeout
        if self.flow is not None:
            self.flow.pause()

    def resume_writing(self) -> None:
        self.deadline = _NEVER
        if self.flow is not None:
            self.flow.resume()

    def sweep(self, now: float) -> None:
        """Enforces the deadline of whatever is awaited; called about four times a second."""
        if now < self.deadline or self.transport is None:
            return
        if self.current is not None:
            self.transport.abort()
        elif self._reading and not self.lingering:
            self._break(RequestTimeout("The request did not arrive in time."))
        else:
            self.transport.close()

    # -- the parser's side ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if len(self._waiting) >= _MAX_PIPELINED:
            self._reject(Overloaded("Too many pipelined requests.", headers={"retry-after": "1"}))
        self._incoming, self._reading = Request(), True
        if self.current is None:
            self.deadline = self._host.clock() + self._host.bounds.head_timeout

    def on_url(self, part: bytes) -> None:
        try:
            self._incoming.add_target(part, self._host.bounds)
        except ApiError as error:
            self._reject(error)

    def on_header(self, name: bytes, value: bytes | None) -> None:
        if self._incoming.method:
            return  # a trailer: it could contradict what was judged, and nothing needs one
        try:
            self._incoming.add_header(name, value or b"", self._host.bounds)
        except ApiError as error:
            self._reject(error)

    def on_headers_complete(self) -> None:
        request = self._incoming
        request.method = self._parser.get_method()
        request.version = self._parser.get_http_version()
        request.close = not self._parser.should_keep_alive()
        self._host.recognise(request)
        try:
            request.check_head(self._host.bounds)
        except ApiError as error:
            self._reject(error)
        try:
            self._host.admit(request)
        except ApiError as error:
            request.error = error
        if self.current is None:
            self.deadline = self._host.clock() + self._host.bounds.body_timeout
            if request.headers.get(b"expect", b"").lower() == b"100-continue" and self.transport is not None:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        try:
            self._incoming.add_body(part, self._host.bounds)
        except ApiError as error:
            self._reject(error)

    def on_message_complete(self) -> None:
        request, self._reading = self._incoming, False
        request.seal()
        if self.current is not None:
            self._waiting.append(request)
        else:
            self._start(request)

    def _reject(self, error: ApiError) -> None:
        """Stops the parser from inside one of its callbacks; ``data_received`` renders the error."""
        self._refusal = error
        raise error

    # -- serving -------------------------------------------------------------------------------

    def _start(self, request: Request) -> None:
        self.current = request
        self._begun = False
        self.deadline = _NEVER
        request.started = self._host.clock()
        self._task = asyncio.get_running_loop().create_task(self._serve(request))

    async def _serve(self, request: Request) -> None:
        try:
            if request.error is not None:
                raise request.error
            await self._host.serve(request, self)
        except ApiError as error:
            self._host.refused(error)
            self.refuse(error)
        except Exception as error:  # noqa: BLE001 - the last line of defence: the caller gets a 500 without its text
            self._host.broke(error)
            self.refuse(ApiError("The gateway failed to serve this request."))
        finally:
            self._finish(request)

    def _finish(self, request: Request) -> None:
        self.current = self._task = self.flow = None
        if self.transport is None:
            return
        if request.close or self._host.draining or (self._poisoned and not self._waiting):
            self._linger()
        elif self._waiting:
            self._start(self._waiting.popleft())
        else:
            bounds = self._host.bounds
            wait = bounds.head_timeout if self._reading else bounds.idle_timeout
            self.deadline = self._host.clock() + wait

    def _break(self, error: ApiError) -> None:
        """The bytes make no sense (or too much of it): answer once, then close; never guess where the next begins."""
        self._poisoned, self._reading = True, False
        if self.current is not None:
            return  # the answer under way ends first; _finish closes
        self._host.refused(error)
        self._begun = False
        self.refuse(error)
        self._linger()

    def _linger(self) -> None:
        self.lingering = True
        self.deadline = self._host.clock() + _LINGER
        self._waiting.clear()
        if self.transport is not None and not self.transport.is_closing():
            if self.transport.can_write_eof():
                self.transport.write_eof()
            else:
                self.transport.close()

    def close_if_idle(self, *, fresh: bool = True) -> None:
        """For a drain: a connection between two requests has nothing to lose. ``fresh``: close it before its first."""
        idle = self.current is None and not self._reading and not self.lingering
        if idle and (fresh or self._begun) and self.transport is not None:
            self.transport.close()

    # -- answers -------------------------------------------------------------------------------

    def reply(self, status: int, head: bytes, body: bytes) -> None:
        """A whole answer: ``head`` holds complete header lines, without content-length."""
        if self.transport is None or self._begun:
            return
        self._begun = True
        closing = b"connection: close\r\n" if self._closing() else b""
        length = b"content-length: %d\r\n" % len(body)
        if self.current is not None and self.current.method == b"HEAD":
            body = b""
        start = headers.status_line(status, self._host.wall())
        self.transport.write(b"".join((start, head, length, closing, b"\r\n", body)))

    def refuse(self, error: ApiError) -> None:
        """An error as the answer, or, once an answer has begun, the end of the connection."""
        if self._begun:
            if self.transport is not None:
                self.transport.abort()
            return
        shape = (self._incoming if self.current is None else self.current).errors
        head = headers.JSON + headers.lines(error.headers.items())
        if (request_id := error.headers.get("x-request-id")) is not None:
            head += shape.id_lines(request_id)
        self.reply(error.status, head, shape.body(error))

    def begin(self, head: bytes) -> None:
        """The head of a stream (status 200)."""
        if self.transport is None:
            return
        self._begun = True
        self._chunked = self.current is not None and self.current.version == "1.1"
        if self._chunked:
            framing = b"transfer-encoding: chunked\r\n"
        else:
            framing = b""
            if self.current is not None:
                self.current.close = True
        closing = b"connection: close\r\n" if self._closing() else b""
        start = headers.status_line(200, self._host.wall())
        self.transport.write(b"".join((start, head, framing, closing, b"\r\n")))
        self.last_write = self._host.clock()

    def write(self, data: bytes) -> None:
        """Part of a stream's body; the transport joins what is written in one tick."""
        if self.transport is None or not data:
            return
        self.last_write = self._host.clock()
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def end(self, data: bytes = b"") -> None:
        """The end of a stream, after ``data``."""
        self.write(data)
        if self._chunked and self.transport is not None:
            self.transport.write(b"0\r\n\r\n")

    def _closing(self) -> bool:
        return self.current is None or self.current.close or self._host.draining or self._poisoned
