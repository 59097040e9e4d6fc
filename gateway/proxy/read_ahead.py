"""Has detectors read a streamed answer before it is judged, without the judging ever having to wait.

It stands between the call and the pump. What comes is shown to a scout at once, so that windows are asked about as
soon as they are complete, whatever choice or field they are of, and is handed on, in order and as it came, when all
that was asked about it is answered. So judging is the same plain code with detectors and without.

A long event is shown to the scout in a thread, and many events, or many questions, are dealt with in turns: what comes
meanwhile waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from gateway.core.exchange import Exchange
from gateway.core.looked import is_short
from gateway.core.scout import Scout
from gateway.core.windows import Ask
from gateway.detectors.pending import Pending
from gateway.errors import ApiError
from gateway.proxy.aside import TURN, Aside
from gateway.proxy.call import Sink
from gateway.wire.sse import Splitter

_DONE = b"[DONE]"
_END = object()
_MOST = 1 << 20
"""Bytes that may wait for detectors before the model server has to."""
_TOGETHER = 16
"""Questions that are asked without letting go of the event loop: about a millisecond."""


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


class Asking(Protocol):
    """Asks detectors, more of what is ``pending`` where that is given."""

    def __call__(self, asks: list[Ask], pending: Pending | None = None, /) -> Pending: ...


class ReadAhead:
    """A ``Sink`` for ``call``, and the ``Streaming`` of whoever judges what it hands on."""

    __slots__ = ("_answer", "_aside", "_ask", "_asks", "_busy", "_call", "_clock", "_events", "_exchange", "_full",
                 "_gone", "_looking", "_lost", "_paused", "_pending", "_queue", "_reading", "_scout", "_sink", "_size",
                 "_splitter", "_stopped", "_unread")  # fmt: skip

    def __init__(
        self, call: Streaming, answer: Scouted, scout: Scout, exchange: Exchange, ask: Asking,
        clock: Callable[[], float], aside: Aside,
    ) -> None:  # fmt: skip
        self._call, self._answer, self._scout, self._exchange, self._ask = call, answer, scout, exchange, ask
        self._clock, self._aside = clock, aside
        self._splitter = Splitter()
        self._unread: deque[bytes | ApiError | object] = deque()
        """What has come since ``_reading``, which is shown to the scout: its ``_events``, then ``_asks`` are asked."""
        self._reading: bytes | ApiError | object | None = None
        self._events: deque[bytes | None] = deque()
        """None: its end."""
        self._asks: deque[Ask] = deque()
        self._looking: asyncio.Task[None] | None = None
        self._pending: Pending | None = None
        self._queue: deque[tuple[bytes | ApiError | object, Pending | None]] = deque()
        """What is read, and the answers that it waits for."""
        self._size = 0
        self._sink: Sink | None = None
        self._paused = self._full = self._stopped = self._lost = self._busy = self._gone = False

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
        self._unread.append(what)
        if not self._busy:
            self._go_on()
        self._regulate()

    def _go_on(self) -> None:
        """Read what has come and ask about it, as far as that may hold up others."""
        self._busy, until = False, 0.0
        while not (self._gone or self._busy) and self._step():
            now = self._clock()
            if until and now > until:
                self._busy = True
                asyncio.get_running_loop().call_soon(self._go_on)
                return
            until = until or now + TURN

    def _step(self) -> bool:
        """Do a little of that. False: there is no more, or it goes on in a thread."""
        if self._reading is None:
            if not self._unread:
                return False
            self._reading = what = self._unread.popleft()
            self._try(partial(self._split, what))
        if self._events:
            data = self._events.popleft()
            if data is not None and not is_short(data):
                self._look_aside(data)
                return False
            self._try(partial(self._look, data))
        if self._events:
            return True
        asks = self._asks
        asks.extend(self._scout.take())
        if asks:
            self._pending = self._ask([asks.popleft() for _ in range(min(len(asks), _TOGETHER))], self._pending)
        if not asks:
            self._read()
        return True

    def _try(self, work: Callable[[], object]) -> None:
        """What cannot be read whoever judges it cannot read either, and will say so when it is its turn."""
        if not self._lost:
            try:
                work()
            except Exception:  # noqa: BLE001 - see above
                self._lost = True
                self._events.clear()

    def _split(self, what: bytes | ApiError | object) -> None:
        if isinstance(what, bytes):
            self._events.extend([event.data for event in self._splitter.feed(what)])
        elif what is _END:
            self._events.extend([event.data for event in self._splitter.end()])
            self._events.append(None)

    def _look(self, data: bytes | None) -> None:
        if data is not None:
            self._answer.feed(data)
        if data is None or data == _DONE:
            self._answer.finish()

    def _look_aside(self, data: bytes) -> None:
        self._busy = True
        looking = self._aside.run(partial(self._try, partial(self._look, data)))
        self._looking = asyncio.get_running_loop().create_task(looking)
        self._looking.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if task.cancelled() or task.exception() is not None:  # no thread, or the process ends
            self._lost = True
            self._events.clear()
        self._go_on()

    def _read(self) -> None:
        """Nothing more is asked about what was read: it goes on when all is answered."""
        what, self._reading = self._reading, None
        pending, self._pending = self._pending, None
        if pending is not None and pending.left:
            pending.then = self._advance
            self._scout.hold(self._exchange)
        self._queue.append((what, pending))
        self._advance()

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
        self._sink, self._gone = None, True
        queue, self._queue = self._queue, deque()
        for pending in (*[each for _, each in queue], self._pending):
            if pending is not None:
                pending.drop()
        self._unread.clear()
        self._events.clear()
        self._asks.clear()
        if self._looking is not None:
            self._looking.cancel()
        self._call.abort()
