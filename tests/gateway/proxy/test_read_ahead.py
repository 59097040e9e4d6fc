"""What reads a stream ahead: when the model server waits, and that many questions hold up nobody."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gateway.core.types import Context
from gateway.core.windows import Ask
from gateway.detectors.pending import Pending
from gateway.proxy.aside import Aside
from gateway.proxy.read_ahead import _MOST, ReadAhead
from tests.chaos.house import until
from tests.gateway.proxy.test_detectors import PLAN
from tests.gateway.wire.streams import chunk, request


class Call:
    """A call that counts."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def stream_to(self, sink: Any) -> None:
        self.sink = sink

    def __getattr__(self, name: str) -> Any:
        return lambda: self.told.append(name)


class Sink:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    def data(self, data: bytes) -> None:
        self.got.append(data)


Reading = Callable[[Any], tuple[ReadAhead, Call, Sink]]


@pytest.fixture
async def read_ahead() -> AsyncIterator[Reading]:
    """``read_ahead(ask, clock)``: what reads a chat stream ahead, and what stands on both sides of it."""
    aside = Aside()

    def begin(ask: Any, clock: Callable[[], float] = time.monotonic) -> tuple[ReadAhead, Call, Sink]:
        call, sink, scout = Call(), Sink(), PLAN.scout()
        assert scout is not None
        ahead = ReadAhead(call, request().answer(scout), scout, PLAN.open(Context("d")), ask, clock, aside)  # type: ignore[arg-type]
        ahead.stream_to(sink)  # type: ignore[arg-type]
        return ahead, call, sink

    yield begin
    aside.close()


async def test_the_model_server_waits_while_too_much_waits_for_detectors(read_ahead: Reading) -> None:
    owed: list[Pending] = []

    def ask(asks: list[Ask], pending: Pending | None = None) -> Pending:
        if pending is None:
            owed.append(Pending(lambda item, pending: None))
            owed[-1].left = 1
        return owed[-1]

    ahead, call, sink = read_ahead(ask)
    piece = b"data: " + chunk({"content": "x" * 120_000}) + b"\n\n"
    for count in range(1, 11):
        ahead.data(piece.replace(b"xxxx", b"x%03d" % count))
        assert (call.told == ["pause"]) is (count * len(piece) > _MOST)
    await until(lambda: len(ahead._queue) == 10)
    assert not sink.got
    for index, pending in enumerate(owed, 1):
        pending.give(("tone", None, "assistant", "", ""), ())
        assert len(sink.got) == index
        assert (call.told == ["pause", "resume"]) is ((10 - index) * len(piece) <= _MOST // 2)
    ahead.pause()
    ahead.data(piece.replace(b"xx", b"xy"))
    await until(lambda: ahead._queue)
    owed[-1].give(("tone", None, "assistant", "", ""), ())
    assert len(sink.got) == 10, "the client is not ready for it"
    ahead.resume()
    assert len(sink.got) == 11
    assert call.told == ["pause", "resume"] * 2


async def test_many_questions_are_asked_in_turns_and_wait_for_their_time_together(read_ahead: Reading) -> None:
    """5,000 windows of one event were 0.3 s of the event loop, whatever thread had found them."""
    asked: list[tuple[int, int, Pending]] = []
    turns, looks = 0, itertools.count()

    def ask(asks: list[Ask], pending: Pending | None = None) -> Pending:
        asked.append((turns, len(asks), pending or Pending(lambda item, pending: None)))
        return asked[-1][2]

    ahead, _, sink = read_ahead(ask, lambda: next(looks) * 0.0015)
    ahead.data(b"data: " + chunk({"content": " ".join(f"Sentence {number}." for number in range(1001))}) + b"\n\n")
    async with asyncio.timeout(20):
        while not sink.got:
            turns += 1
            await asyncio.sleep(0)
    counts = Counter(turn for turn, _, _ in asked)
    assert sum(size for _, size, _ in asked) == 1000
    assert max(counts.values()) <= 3
    assert len(counts) > 20
    assert len({id(pending) for _, _, pending in asked}) == 1
