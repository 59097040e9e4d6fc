"""One connection to a model server, and one question asked over it.

``Call.ready`` is the only thing a request waits for: it comes true when a whole answer is in memory,
or when the head of an event stream has come and the bytes can flow to a ``Sink`` without another task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

import httptools

from gateway.errors import ApiError, UpstreamFailed, UpstreamTimeout, WardgateError

_NEVER: Final = float("inf")
_MAX_HEAD: Final = 64 << 10
_KEPT: Final = frozenset({b"content-type", b"content-encoding", b"retry-after"})
_INTERIM: Final = 200


class Stale(WardgateError):
    """A kept connection was closed before any byte of an answer."""


class Limits(Protocol):
    """The bounds of one answer (``Target`` has them)."""

    @property
    def first_byte_timeout(self) -> float: ...
    @property
    def idle_timeout(self) -> float: ...
    @property
    def max_answer(self) -> int: ...


class Source(Protocol):
    """What a call's answer comes from: a ``Link``, or whatever else reports to a call as a link does."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def abort(self) -> None: ...


class Home(Protocol):
    """The pool that a link comes from."""

    def opened(self, link: Link) -> None: ...
    def free(self, link: Link) -> None: ...
    def closed(self, link: Link) -> None: ...


class Sink(Protocol):
    """Takes the bytes of an event stream."""

    def data(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def lost(self, error: ApiError) -> None: ...


class Call:
    """One question and its answer."""

    __slots__ = (
        "_clock",
        "_limits",
        "_link",
        "_lost",
        "_parts",
        "_sink",
        "_size",
        "body",
        "complete",
        "deadline",
        "headers",
        "ready",
        "status",
        "streaming",
    )  # fmt: skip

    def __init__(self, link: Source, clock: Callable[[], float], limits: Limits) -> None:
        self._link: Source | None = link
        self._clock, self._limits = clock, limits
        self._parts: list[bytes] = []
        self._size = 0
        self._sink: Sink | None = None
        self._lost: ApiError | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.streaming = False
        self.complete = False
        self.deadline = clock() + limits.first_byte_timeout

    def stream_to(self, sink: Sink) -> None:
        """From now on the bytes go to ``sink``, beginning with those that have already come."""
        self._sink = sink
        self.take()
        if self._lost is not None:
            sink.lost(self._lost)
        elif self.complete:
            sink.end()

    def pause(self) -> None:
        if self._link is not None:
            self._link.pause()
            self.deadline = _NEVER

    def resume(self) -> None:
        if self._link is not None:
            self.deadline = self._clock() + self._limits.idle_timeout
            self._link.resume()

    def abort(self) -> None:
        """Stops the model: closes the connection at once, in this tick."""
        link, self._link = self._link, None
        self._sink = None
        if link is not None:
            link.abort()

    # -- what the link reports -----------------------------------------------------------------

    def head(self, status: int, kept: dict[bytes, bytes]) -> None:
        self.status, self.headers = status, kept
        if kept.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            self.fail(UpstreamFailed("The model server sent an encoded answer, which cannot be judged."))
            return
        media = kept.get(b"content-type", b"").split(b";")[0].strip().lower()
        self.streaming = status == _INTERIM and media == b"text/event-stream"
        if self.streaming and not self.ready.done():
            self.ready.set_result(None)

    def add(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)

    def take(self) -> None:
        """The bytes of one read go on together: one write per tick."""
        self.deadline = self._clock() + self._limits.idle_timeout
        if not self.streaming:
            if self._size > self._limits.max_answer:
                self.fail(UpstreamFailed("The model server's answer is too large."))
            return
        if self._sink is not None and self._parts:
            data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts, self._size = [], 0
            self._sink.data(data)

    def done(self) -> None:
        self.complete = True
        self._link = None
        self.deadline = _NEVER
        if not self.streaming:
            self.body = b"".join(self._parts)
            self._parts = []
            if not self.ready.done():
                self.ready.set_result(None)
            return
        self.take()
        if self._sink is not None:
            self._sink.end()

    def fail(self, error: WardgateError) -> None:
        self.deadline = _NEVER
        link, self._link = self._link, None
        if link is not None:
            link.abort()
        if not self.ready.done():
            self.ready.set_exception(error)
        elif isinstance(error, ApiError):
            sink, self._sink, self._lost = self._sink, None, error  # no sink yet: told when there is one
            if sink is not None:
                sink.lost(error)

    def expire(self) -> None:
        when = "begin to answer" if not self.status else "go on with its answer"
        self.fail(UpstreamTimeout(f"The model server did not {when} in time."))


class Link(asyncio.Protocol):
    """One connection; carries one call at a time."""

    __slots__ = ("_arrived", "_begun", "_call", "_head_size", "_headers", "_home", "_keep", "_parser", "_reused",
                 "_sized", "_transport", "_whole")  # fmt: skip

    def __init__(self, home: Home) -> None:
        self._home = home
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._call: Call | None = None
        self._headers: dict[bytes, bytes] = {}
        self._head_size = self._arrived = 0
        self._reused = self._begun = self._keep = self._sized = self._whole = False

    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, call: Call, message: bytes) -> None:
        self._call = call
        self._begun = False
        if self._transport is None:
            self._call = None
            call.fail(Stale())
            return
        self._transport.write(message)

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        self._call = None
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def sweep(self, now: float) -> None:
        if self._call is not None and now > self._call.deadline:
            call, self._call = self._call, None
            call.expire()
            self.abort()

    # -- the transport's side ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._home.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._call is None:
            self.abort()  # bytes that no one asked for: the next answer could not be trusted
            return
        self._begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._lose("The model server asked for a protocol upgrade.")
        except httptools.HttpParserError:
            self._lose("The model server's answer is not valid HTTP/1.1.")
        else:
            if self._call is not None and not self._call.status:
                self._arrived += len(data)  # the parser keeps a header that never ends to itself
                if self._arrived > _MAX_HEAD:
                    self._lose("The model server's head is too large.")
            self._deliver()

    def _deliver(self) -> None:
        """Hands on what one read brought, outside the parser, so that an error there is no parser error."""
        call = self._call
        if call is None or not call.status:
            return
        if not self._whole:
            call.take()
            return
        self._call, self._whole = None, False
        if self._keep and self._sized and self._transport is not None:
            self._reused = True
            self._home.free(self)
        else:
            self.close()
        call.done()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._home.closed(self)
        call, self._call = self._call, None
        if call is None:
            return
        if not self._begun and self._reused:
            call.fail(Stale())
        elif not self._sized and call.status and not call.streaming and exc is None:
            call.done()  # a body that ends with its connection; an event stream must end in itself
        else:
            call.fail(UpstreamFailed("The connection to the model server was lost."))

    def _lose(self, message: str) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.fail(UpstreamFailed(message))
        self.abort()

    # -- the parser's side ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._whole:
            raise UpstreamFailed("The model server answered twice.")
        self._headers, self._head_size, self._sized = {}, 0, False
        self._arrived = 0

    def on_header(self, name: bytes, value: bytes | None) -> None:
        value = value or b""
        self._head_size += len(name) + len(value)
        if self._head_size > _MAX_HEAD:
            raise UpstreamFailed("The model server's head is too large.")
        name = name.lower()
        if name in _KEPT:
            self._headers[name] = value
        elif name in (b"content-length", b"transfer-encoding"):
            self._sized = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._keep = self._parser.should_keep_alive()
        if self._call is not None and status >= _INTERIM:
            self._call.head(status, self._headers)

    def on_body(self, part: bytes) -> None:
        if self._call is not None:
            self._call.add(part)

    def on_message_complete(self) -> None:
        if self._call is not None and self._call.status:  # else a 1xx answer: the real one follows
            self._whole = True
