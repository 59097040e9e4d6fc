"""Moves a streamed answer from the model to the client: split, judge, release, write.

It runs in the upstream's read callback, so a token costs no task switch; what one read brings goes out
in one write. An event that may take long is judged in a thread, and many are judged in turns: what comes meanwhile
waits, and so does the model. Whatever goes wrong here ends the stream visibly: an error frame and no ``[DONE]``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from gateway.audit.record import Outcome
from gateway.core.looked import AT_ONCE
from gateway.errors import ApiError, GuardUnavailable, UpstreamFailed, WardgateError
from gateway.proxy.aside import TURN, Aside
from gateway.proxy.connection import Connection
from gateway.proxy.read_ahead import Streaming
from gateway.wire.sse import Splitter

_DONE: Final = b"[DONE]"
_NOT_JUDGED: Final = "The answer could not be judged, so it was stopped."
COMMENT: Final = b": keep-alive\n\n"


class StreamedAnswer(Protocol):
    """What ``gateway.wire.chat.Answer`` offers a stream."""

    @property
    def done(self) -> bool: ...
    def feed(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...
    def fail(self, error: ApiError) -> bytes: ...


class Pump:
    """One stream. ``ended`` comes true with its outcome; the caller's leaving cancels whoever awaits it.

    ``is_light`` says whether the data of an event are judged in next to no time; what is not is judged ``aside``.
    """

    __slots__ = ("_answer", "_aside", "_busy", "_call", "_client", "_clock", "_is_light", "_judging", "_lost",
                 "_paused", "_since", "_splitter", "_stopped", "_waiting", "ended", "first_write",
                 "longest_silence")  # fmt: skip

    def __init__(
        self, answer: StreamedAnswer, call: Streaming, client: Connection, clock: Callable[[], float], aside: Aside,
        is_light: Callable[[bytes], bool],
    ) -> None:  # fmt: skip
        self._answer, self._call, self._client, self._clock = answer, call, client, clock
        self._aside, self._is_light = aside, is_light
        self._splitter = Splitter()
        self._waiting: deque[bytes | Exception | None] = deque()
        """Data of events that are not judged yet, then what went wrong, or None where the answer has ended."""
        self._judging: asyncio.Task[bytes] | None = None
        self._lost: ApiError | None = None
        self._busy = self._paused = self._stopped = False
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.first_write = 0.0
        self.longest_silence = 0.0
        self._since = 0.0
        """When something was told last, comments aside, or the first bytes came."""

    def start(self) -> None:
        self._client.flow = self
        self._call.stream_to(self)

    def leave(self) -> bool:
        """Nobody waits for it any more: it lets go of its maker. Whether a thread goes on with the answer."""
        self._is_light = _is_short
        judging = self._judging
        return judging is not None and judging.cancel()

    # -- from the model ------------------------------------------------------------------------

    def data(self, data: bytes) -> None:
        """Bytes of the event stream, cut anywhere."""
        if self.ended.done():
            return
        if not self._since:
            self._since = self._clock()
        try:
            self._waiting.extend([event.data for event in self._splitter.feed(data)])
        except Exception as error:  # noqa: BLE001 - told when it is its turn
            self._waiting.append(error)
        if not self._busy:
            self._go_on()

    def end(self) -> None:
        """The model's answer ended as HTTP says it should; its last event may lack its blank line."""
        if self.ended.done():
            return
        try:
            self._waiting.extend([event.data for event in self._splitter.end()])
            self._waiting.append(None)
        except Exception as error:  # noqa: BLE001 - see data()
            self._waiting.append(error)
        if not self._busy:
            self._go_on()

    def lost(self, error: ApiError) -> None:
        """The connection broke: nothing that was not judged goes out."""
        if not self.ended.done():
            self._lost = error
            self._waiting.append(error)
            if not self._busy:
                self._go_on()

    def _go_on(self) -> None:
        """Judge what waits, as far as it may hold up others; what was released goes out in one write."""
        if self.ended.done():
            return
        self._busy = over = False
        out: list[bytes] = []
        failed: Exception | None = None
        try:
            over = self._judge(out)
        except Exception as error:  # noqa: BLE001 - fail closed: what could not be judged is not released
            failed, over = error, True
        if out:
            self._release(out[0] if len(out) == 1 else b"".join(out))
        if over:
            self._over(failed)
        elif self._busy is not self._stopped:
            self._regulate()

    def _judge(self, out: list[bytes]) -> bool:
        """Adds to ``out`` what is released. Whether the answer is over; raises what went wrong."""
        waiting, answer, until = self._waiting, self._answer, 0.0
        while waiting:
            data = waiting.popleft()
            if data is None:
                return True
            if isinstance(data, Exception):
                raise data
            if len(data) > AT_ONCE and not self._is_light(data):
                self._judge_aside(data)
                return False
            released = answer.feed(data)
            if released:
                out.append(released)
            if data == _DONE or answer.done:
                return True
            if waiting:
                now = self._clock()
                if until and now > until:
                    self._busy = True
                    asyncio.get_running_loop().call_soon(self._go_on)
                    return False
                until = until or now + TURN
        return False

    def _over(self, error: Exception | None) -> None:
        self._waiting.clear()
        if error is None:
            self._finish(cut=self._answer.done)
        else:
            self._fail(_as_api(error), Outcome.UPSTREAM_LOST if error is self._lost else _outcome(error))

    def _judge_aside(self, data: bytes) -> None:
        self._busy = True
        judging = self._aside.run(partial(self._answer.feed, data))
        self._judging = asyncio.get_running_loop().create_task(judging)
        self._judging.add_done_callback(self._judged)

    def _judged(self, task: asyncio.Task[bytes]) -> None:
        self._judging = None
        if self.ended.done():
            return
        self._busy = False
        try:
            released = task.result()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - see _go_on()
            self._over(error if isinstance(error, Exception) else GuardUnavailable(_NOT_JUDGED))
            return
        if released:
            self._release(released)
        if self._answer.done:
            self._over(None)
        else:
            self._go_on()

    # -- to the client -------------------------------------------------------------------------

    def _release(self, out: bytes) -> None:
        now = self._tell()
        if not self.first_write:
            self.first_write = now
        self._client.write(out)

    def _tell(self) -> float:
        """Something is told now; the time."""
        now = self._clock()
        if self._since and now - self._since > self.longest_silence:
            self.longest_silence = now - self._since
        self._since = now
        return now

    def _finish(self, *, cut: bool) -> None:
        if cut:
            self._call.abort()  # every choice was cut: the model need not go on
        try:
            last = self._answer.finish()
        except Exception as error:  # noqa: BLE001 - see data()
            self._fail(_as_api(error), _outcome(error))
            return
        self._tell()
        self._client.end(last)
        self.ended.set_result(Outcome.COMPLETED)

    def _fail(self, error: ApiError, outcome: Outcome) -> None:
        self._call.abort()
        if self._client.current is not None:
            self._client.current.close = True  # a client that ignores the frame still sees the connection end
        self._client.end(self._answer.fail(error))
        self.ended.set_result(outcome)

    def beat(self, now: float, after: float) -> None:
        """An SSE comment when nothing was written for ``after`` seconds, so that no proxy cuts the wait short."""
        if not self.ended.done() and now - self._client.last_write >= after:
            self._client.write(COMMENT)

    # -- back-pressure -------------------------------------------------------------------------

    def pause(self) -> None:
        self._paused = True
        self._regulate()

    def resume(self) -> None:
        self._paused = False
        self._regulate()

    def _regulate(self) -> None:
        """The model waits while the client does, and while what it has said is judged."""
        if (stop := self._paused or self._busy) is not self._stopped:
            self._stopped = stop
            (self._call.pause if stop else self._call.resume)()


def _is_short(data: bytes) -> bool:
    return len(data) <= AT_ONCE


def _outcome(error: Exception) -> Outcome:
    """What the model server sent wrong is its loss; everything else is ours."""
    return Outcome.UPSTREAM_LOST if isinstance(error, UpstreamFailed) else Outcome.ERROR


def _as_api(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, WardgateError):
        return UpstreamFailed("The model server's stream could not be read.")
    return GuardUnavailable(_NOT_JUDGED)
