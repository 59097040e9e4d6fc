"""Moves a streamed answer from the model to the client: split, judge, release, write.

It runs in the upstream's read callback, so a token costs no task switch; what one read brings goes out
in one write. Whatever goes wrong here ends the stream visibly: an error frame and no ``[DONE]``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from gateway.audit.record import Outcome
from gateway.errors import ApiError, GuardUnavailable, UpstreamFailed, WardgateError
from gateway.proxy.connection import Connection
from gateway.proxy.read_ahead import Streaming
from gateway.wire.sse import Splitter

_DONE = b"[DONE]"
COMMENT = b": keep-alive\n\n"


class StreamedAnswer(Protocol):
    """What ``gateway.wire.chat.Answer`` offers a stream."""

    @property
    def done(self) -> bool: ...
    def feed(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...
    def fail(self, error: ApiError) -> bytes: ...


class Pump:
    """One stream. ``ended`` comes true with its outcome; the caller's leaving cancels whoever awaits it."""

    __slots__ = ("_answer", "_call", "_client", "_clock", "_since", "_splitter", "ended", "first_write", "last_read",
                 "longest_silence")  # fmt: skip

    def __init__(self, answer: StreamedAnswer, call: Streaming, client: Connection, clock: Callable[[], float]) -> None:
        self._answer, self._call, self._client, self._clock = answer, call, client, clock
        self._splitter = Splitter()
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.first_write = 0.0
        self.last_read = 0.0
        self.longest_silence = 0.0
        self._since = 0.0
        """When something was told last, comments aside, or the first bytes came."""

    def start(self) -> None:
        self._client.flow = self
        self._call.stream_to(self)

    # -- from the model ------------------------------------------------------------------------

    def data(self, data: bytes) -> None:
        """Bytes of the event stream, cut anywhere."""
        if self.ended.done():
            return
        if not self._since:
            self._since = self._clock()
        try:
            out, over = self._judge(data)
        except Exception as error:  # noqa: BLE001 - fail closed: what could not be judged is not released
            self._fail(_as_api(error), _outcome(error))
            return
        if out:
            self._release(out)
        if over:
            self._finish(cut=self._answer.done)

    def _judge(self, data: bytes) -> tuple[bytes, bool]:
        out: list[bytes] = []
        answer = self._answer
        for event in self._splitter.feed(data):
            released = answer.feed(event.data)
            if released:
                out.append(released)
            if event.data == _DONE or answer.done:
                return b"".join(out), True
        return (out[0] if len(out) == 1 else b"".join(out)), False

    def end(self) -> None:
        """The model's answer ended as HTTP says it should; its last event may lack its blank line."""
        if self.ended.done():
            return
        try:
            rest = b"".join([self._answer.feed(event.data) for event in self._splitter.end()])
        except Exception as error:  # noqa: BLE001 - see data()
            self._fail(_as_api(error), _outcome(error))
            return
        if rest:
            self._release(rest)
        self._finish(cut=False)

    def lost(self, error: ApiError) -> None:
        """The connection broke: nothing that was not judged goes out."""
        if not self.ended.done():
            self._fail(error, Outcome.UPSTREAM_LOST)

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
        self._call.pause()

    def resume(self) -> None:
        self._call.resume()


def _outcome(error: Exception) -> Outcome:
    """What the model server sent wrong is its loss; everything else is ours."""
    return Outcome.UPSTREAM_LOST if isinstance(error, UpstreamFailed) else Outcome.ERROR


def _as_api(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, WardgateError):
        return UpstreamFailed("The model server's stream could not be read.")
    return GuardUnavailable("The answer could not be judged, so it was stopped.")
