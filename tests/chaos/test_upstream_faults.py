"""A model server that dies, stalls, resets, lies or babbles: always a visible, OpenAI-shaped end."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable

import pytest

from gateway.audit.record import Outcome
from tests.chaos.conftest import Start
from tests.chaos.house import chat, request, until
from tests.chaos.upstream import DONE, HEAD_EVENTS, HEAD_JSON, LAST_CHUNK, Ask, completion, delta

Script = Callable[[Ask], Awaitable[None]]


async def reset(ask: Ask) -> None:
    ask.reset()


async def close(ask: Ask) -> None:
    ask.close()


async def garbage(ask: Ask) -> None:
    ask.send(b"\x16\x03\x01 this is not HTTP at all\r\n\r\n")


async def half_head(ask: Ask) -> None:
    ask.send(b"HTTP/1.1 200 OK\r\ncontent-ty")
    ask.close()


async def huge_head(ask: Ask) -> None:
    ask.send(b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: %b\r\n" % (n, b"y" * 1000) for n in range(200)) + b"\r\n")


async def endless_header(ask: Ask) -> None:
    ask.send(b"HTTP/1.1 200 OK\r\nx: ")
    while not ask.left.is_set():
        ask.send(b"y" * 10_000)
        await asyncio.sleep(0.001)


async def short_body(ask: Ask) -> None:
    ask.send(HEAD_JSON + b"content-length: 1000\r\n\r\n{}")
    ask.close()


async def not_json(ask: Ask) -> None:
    ask.answer(b"<html>oops FORBIDDEN7</html>")


async def wrong_shape(ask: Ask) -> None:
    ask.answer({"hello": "world"})


async def zipped(ask: Ask) -> None:
    body = gzip.compress(b"0" * 1_000_000)
    ask.send(HEAD_JSON + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))


async def too_large(ask: Ask) -> None:
    ask.send(HEAD_JSON + b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(40):
        ask.chunk(b" " * 10_000)


async def redirect(ask: Ask) -> None:
    ask.send(b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n")


async def upgrade(ask: Ask) -> None:
    ask.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")


async def twice(ask: Ask) -> None:
    body = b"{}"
    one = HEAD_JSON + b"content-length: 2\r\n\r\n" + body
    ask.send(one + one)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "script",
    [reset, close, garbage, half_head, huge_head, endless_header, short_body, not_json, wrong_shape, zipped, too_large, redirect,
     upgrade, twice],
)  # fmt: skip
async def test_a_fault_before_the_first_byte_is_a_502(start: Start, script: Script, stream: bool) -> None:
    house = await start(max_answer=100_000)
    house.upstream.script = script
    answer = await house.ask(chat("hi", stream=stream))
    assert answer.status == 502
    assert answer.json["error"]["type"] == "server_error"
    assert b"FORBIDDEN7" not in answer.body
    assert (await house.ended()).outcome is Outcome.UPSTREAM_ERROR
    house.upstream.script = lambda ask: _ok(ask)
    assert (await house.ask(chat("hi"))).status == 200, "the next request is served"


async def _ok(ask: Ask) -> None:
    ask.answer(completion("ok"))


async def test_a_refused_connection_is_a_502(start: Start) -> None:
    house = await start()
    house.upstream._server.close()
    answer = await house.ask(chat("hi"))
    assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_failed")
    assert (await house.ended()).outcome is Outcome.UPSTREAM_ERROR


async def test_a_server_that_never_accepts_is_a_504(start: Start) -> None:
    house = await start(connect_timeout=0.05)
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(8)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    hop = house.gateway.house.models.upstreams[0]
    hop._port = full.getsockname()[1]
    answer = await house.ask(chat("hi"))
    assert (answer.status, answer.json["error"]["code"]) == (504, "upstream_timeout")
    for each in (full, *fillers):
        each.close()


async def test_a_server_that_never_answers_is_a_504(start: Start) -> None:
    house = await start(first_byte_timeout=0.05)

    async def stall(ask: Ask) -> None:
        await ask.left.wait()

    house.upstream.script = stall
    answer = await house.ask(chat("hi"))
    assert (answer.status, answer.json["error"]["code"]) == (504, "upstream_timeout")
    await until(lambda: house.upstream.asks[0].left.is_set())
    assert (await house.ended()).outcome is Outcome.UPSTREAM_ERROR


async def stream_reset(ask: Ask) -> None:
    await _some(ask)
    ask.reset()


async def stream_close(ask: Ask) -> None:
    await _some(ask)
    ask.close()


async def stream_half_event(ask: Ask) -> None:
    await _some(ask)
    ask.chunk(b'data: {"choices":[{"index":0,"delta":{"content":"half')
    ask.close()


async def stream_garbage_chunk(ask: Ask) -> None:
    await _some(ask)
    ask.send(b"zz\r\nnot a chunk\r\n")


async def stream_stall(ask: Ask) -> None:
    await _some(ask)
    await ask.left.wait()


async def _some(ask: Ask) -> None:
    ask.send(HEAD_EVENTS)
    ask.chunk(delta("Hello, "))
    ask.chunk(delta("wor"))
    await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "script", [stream_reset, stream_close, stream_half_event, stream_garbage_chunk, stream_stall]
)
async def test_a_stream_that_dies_ends_in_one_error_frame(start: Start, script: Script) -> None:
    house = await start(idle_timeout=0.1)
    house.upstream.script = script
    client = await house.client()
    client.send(request(chat("hi", stream=True)))
    answer = await client.answer()
    assert answer.status == 200
    assert [event for event in answer.events if "error" in event] == [answer.events[-1]]
    assert answer.events[-1]["error"]["type"] == "server_error"
    assert b"[DONE]" not in answer.body
    assert answer.text == "Hello, wor"
    assert await client.at_end()
    assert (await house.ended()).outcome is Outcome.UPSTREAM_LOST
    client.close()


@pytest.mark.parametrize("event", [b"data: {not json}\n\n", b"data: [1]\n\n", b'data: {"choices": "no"}\n\n'])
async def test_an_event_that_cannot_be_read_ends_the_stream(start: Start, event: bytes) -> None:
    house = await start()

    async def babble(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("fine"))
        await asyncio.sleep(0.01)
        ask.chunk(event)
        await ask.left.wait()

    house.upstream.script = babble
    answer = await house.ask(chat("hi", stream=True))
    assert "error" in answer.events[-1]
    assert b"[DONE]" not in answer.body
    assert (await house.ended()).outcome in (Outcome.ERROR, Outcome.UPSTREAM_LOST)
    await until(lambda: house.upstream.asks[0].left.is_set())


async def test_text_that_is_still_held_when_the_stream_dies_stays_inside(start: Start) -> None:
    house = await start()

    async def dies_with_half_a_match(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("so FORBID"))
        await asyncio.sleep(0.02)
        ask.reset()

    house.upstream.script = dies_with_half_a_match
    answer = await house.ask(chat("hi", stream=True))
    assert "FORBID" not in answer.text
    assert "error" in answer.events[-1]


async def test_a_kept_connection_that_went_stale_is_replaced_once(start: Start) -> None:
    house = await start()
    assert (await house.ask(chat("one"))).status == 200
    served = 0

    async def close_unless_first(ask: Ask) -> None:
        nonlocal served
        served += 1
        if served == 1:
            ask.close()  # as a server does whose keep-alive just ended
        else:
            await _ok(ask)

    house.upstream.script = close_unless_first
    assert (await house.ask(chat("two"))).status == 200
    assert served == 2
    house.upstream.script = close
    assert (await house.ask(chat("three"))).status == 502, "a fresh connection is not tried again"


async def test_a_request_is_not_repeated_once_an_answer_has_begun(start: Start) -> None:
    house = await start()
    assert (await house.ask(chat("one"))).status == 200
    house.upstream.script = half_head
    before = len(house.upstream.requests)
    assert (await house.ask(chat("two"))).status == 502
    assert len(house.upstream.requests) == before + 1


@pytest.mark.parametrize(
    ("status", "seen"), [(400, 400), (404, 404), (413, 413), (422, 422), (429, 429), (401, 502), (403, 502), (500, 502),
                         (503, 502)],
)  # fmt: skip
async def test_an_upstream_s_error_status(start: Start, status: int, seen: int) -> None:
    house = await start()

    async def refuse(ask: Ask) -> None:
        ask.answer({"error": {"message": "too long", "type": "BadRequestError", "code": "context_length_exceeded",
                              "param": "messages"}}, b"%d Oh" % status)  # fmt: skip

    house.upstream.script = refuse
    answer = await house.ask(chat("hi", stream=True))
    assert answer.status == seen
    if seen == status:
        assert answer.json["error"]["code"] == "context_length_exceeded"
        assert answer.json["error"]["message"] == "too long"
    assert (await house.ended()).outcome is Outcome.UPSTREAM_ERROR


async def test_an_upstream_s_error_message_is_judged_like_an_answer(start: Start) -> None:
    house = await start()

    async def refuse(ask: Ask) -> None:
        ask.answer({"error": {"message": "cannot say FORBIDDEN7", "code": "x y"}}, b"400 Bad Request")

    house.upstream.script = refuse
    answer = await house.ask(chat("hi"))
    assert answer.status == 400
    assert b"FORBIDDEN7" not in answer.body
    assert answer.json["error"]["code"] is None


async def test_an_error_event_in_a_stream_ends_it(start: Start) -> None:
    house = await start()

    async def fails(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("Hello"))
        ask.chunk(b'data: {"error": {"message": "engine died FORBIDDEN7", "type": "internal"}}\n\n')
        ask.chunk(DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = fails
    answer = await house.ask(chat("hi", stream=True))
    assert "error" in answer.events[-1]
    assert b"[DONE]" not in answer.body
    assert b"FORBIDDEN7" not in answer.body
