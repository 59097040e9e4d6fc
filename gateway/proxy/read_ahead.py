"""Has detectors read a streamed answer before it is judged, without the judging ever having to wait.

It stands between the call and the pump. What comes is shown to a scout at once, so that windows are asked about as
soon as they are complete, whatever choice or field they are of, and is handed on, in order and as it came, when all
that was asked about it is answered. So judging is the same plain code with detectors and without.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from gateway.core.exchange import Exchange
from gateway.core.scout import Scout
from gateway.core.windows import Ask
from gateway.detectors.pending import Pending
from gateway.errors import ApiError
from gateway.proxy.call import Sink
from gateway.wire.sse import Splitter

_DONE = b"[DONE]"
_END = object()
_MOST = 1 << 20
"""Bytes that may wait for detectors before the model server has to."""


class Streaming(Protocol):
    """What a stream's bytes come from: a call, or whatever stands before it."""

    def stream_to(self, sink: Sink) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def abort(self) -> None: ...


class Scouted(Protocol):
    """An API's answer, whose judge is the scout."""

    def feed(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class ReadAhead:
    """A ``Sink`` for ``call``, and the ``Streaming`` of whoever judges what it hands on. ``ask`` asks detectors."""

    __slots__ = ("_answer", "_ask", "_call", "_exchange", "_full", "_lost", "_paused", "_queue", "_scout", "_sink",
                 "_size", "_splitter", "_stopped")  # fmt: skip

    def __init__(
        self, call: Streaming, answer: Scouted, scout: Scout, exchange: Exchange,
        ask: Callable[[list[Ask]], Pending],
    ) -> None:  # fmt: skip
        self._call, self._answer, self._scout, self._exchange, self._ask = call, answer, scout, exchange, ask
        self._splitter = Splitter()
        self._queue: deque[tuple[bytes | ApiError | object, Pending | None]] = deque()
        self._size = 0
        self._sink: Sink | None = None
        self._paused = self._full = self._stopped = self._lost = False

    # -- from the model ------------------------------------------------------------------------

    def data(self, data: bytes) -> None:
        """Bytes of the event stream, cut anywhere."""
        self._size += len(data)
        self._add(data)

    def end(self) -> None:
        self._add(_END)

    def lost(self, error: ApiError) -> None:
        """What came before it is still judged, then the stream fails."""
        self._add(error)

    def _add(self, what: bytes | ApiError | object) -> None:
        if not self._lost:
            try:
                self._look(what)
            except Exception:  # noqa: BLE001 - raised again, where it is answered, when it is that event's turn
                self._lost = True
        asks = self._scout.take()
        pending = self._ask(asks) if asks else None
        if pending is not None and pending.left:
            pending.then = self._advance
            self._scout.hold(self._exchange)
        self._queue.append((what, pending))
        self._advance()

    def _look(self, what: bytes | ApiError | object) -> None:
        """Show the scout what has come. What it cannot read, whoever judges it cannot either, and will say so."""
        if isinstance(what, ApiError):
            return
        events = self._splitter.feed(what) if isinstance(what, bytes) else self._splitter.end()
        for event in events:
            self._answer.feed(event.data)
            if event.data == _DONE:
                self._answer.finish()
        if what is _END:
            self._answer.finish()

    # -- to the one who judges -----------------------------------------------------------------

    def stream_to(self, sink: Sink) -> None:
        self._sink = sink
        self._call.stream_to(self)

    def _advance(self) -> None:
        """Hand on what is answered, in the order in which it came."""
        while self._queue and not self._paused and self._sink is not None:
            what, pending = self._queue[0]
            if pending is not None:
                if pending.left:
                    break
                self._exchange.answers.update(pending.answers)
            self._queue.popleft()
            if isinstance(what, bytes):
                self._size -= len(what)
                self._sink.data(what)
            elif isinstance(what, ApiError):
                self._sink.lost(what)
            else:
                self._sink.end()
        self._regulate()

    def _regulate(self) -> None:
        """The model server waits while the client does, and while too much waits for detectors."""
        self._full = self._size > (_MOST // 2 if self._full else _MOST)
        if (stop := self._paused or self._full) is not self._stopped:
            self._stopped = stop
            (self._call.pause if stop else self._call.resume)()

    def pause(self) -> None:
        self._paused = True
        self._regulate()

    def resume(self) -> None:
        self._paused = False
        self._advance()

    def abort(self) -> None:
        """Nobody reads on: the model stops, and so do detectors."""
        self._sink = None
        queue, self._queue = self._queue, deque()
        for _, pending in queue:
            if pending is not None:
                pending.drop()
        self._call.abort()
