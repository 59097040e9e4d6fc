"""Frames on a pipe: whole, in order, however the bytes are cut, and read to the end when the other end dies."""

from __future__ import annotations

import asyncio
import socket

from hypothesis import given
from hypothesis import strategies as st

from gateway.supervisor.pipe import Kind, Pipe

messages = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=300)), max_size=8)


class Heard:
    """What one end heard, and whether the other is gone."""

    def __init__(self) -> None:
        self.messages: list[tuple[Kind, bytes]] = []
        self.closed = 0
        self.pipe = Pipe(lambda kind, payload: self.messages.append((kind, payload)), self._close)

    def _close(self) -> None:
        self.closed += 1


@given(messages, st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_any_cutting_gives_the_same_messages(said: list[tuple[Kind, bytes]], cuts: list[int]) -> None:
    async def play() -> Heard:
        heard, written = Heard(), bytearray()
        sender = Heard()
        sender.pipe.connection_made(Written(written))
        for kind, payload in said:
            sender.pipe.say(kind, payload)
        place, turn = 0, 0
        while place < len(written):
            step = cuts[turn % len(cuts)]
            heard.pipe.data_received(bytes(written[place : place + step]))
            place, turn = place + step, turn + 1
        return heard

    assert asyncio.run(play()).messages == said


class Written(asyncio.WriteTransport):
    """A transport that keeps what was written."""

    def __init__(self, into: bytearray) -> None:
        super().__init__()
        self._into = into

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._into += data

    def is_closing(self) -> bool:
        return False


async def test_a_large_message_and_a_death_are_read_to_the_end() -> None:
    ours, theirs = socket.socketpair()
    here, there = Heard(), Heard()
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: here.pipe, ours)
    await loop.connect_accepted_socket(lambda: there.pipe, theirs)
    large = bytes(range(256)) * 40_000
    there.pipe.say(Kind.PREPARE, large)
    there.pipe.say_json(Kind.HELLO, version="1")
    await there.pipe.close()
    await here.pipe.gone
    assert here.messages == [(Kind.PREPARE, large), (Kind.HELLO, b'{"version":"1"}')]
    assert (here.closed, there.closed) == (1, 1)
    here.pipe.say(Kind.STOP)  # to no one: no error
    assert here.closed == 1
