"""A call that breaks between its head and its sink still tells the sink."""

from __future__ import annotations

import time

from gateway.errors import ApiError, UpstreamFailed
from gateway.proxy.call import Call
from gateway.proxy.upstream import Target


class Silent:
    """A source that says nothing by itself."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def abort(self) -> None: ...


class Remembering:
    """A sink that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[bytes | ApiError | str] = []

    def data(self, data: bytes) -> None:
        self.told.append(data)

    def end(self) -> None:
        self.told.append("end")

    def lost(self, error: ApiError) -> None:
        self.told.append(error)


async def test_what_broke_before_anyone_listened_is_told_after_the_bytes_that_came() -> None:
    call = Call(Silent(), time.monotonic, Target("t", "http://127.0.0.1:1"))
    call.head(200, {b"content-type": b"text/event-stream"})
    call.add(b"data: 1\n\n")
    call.take()
    error = UpstreamFailed("lost")
    call.fail(error)
    await call.ready
    sink = Remembering()
    call.stream_to(sink)
    assert sink.told == [b"data: 1\n\n", error]
