"""Clients that leave, read slowly or never finish their request."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
import time
from dataclasses import replace

import pytest

from gateway.audit.record import Outcome
from gateway.core.policy import Release
from gateway.proxy.auth import Caller, hash_key
from gateway.proxy.limits import Bounds
from tests.chaos.conftest import Start
from tests.chaos.house import KEY, POLICY, Client, Running, chat, request, until
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, completion, delta

CANCEL_WITHIN = 0.1


async def stall(ask: Ask) -> None:
    await ask.left.wait()


async def talk_forever(ask: Ask) -> None:
    ask.send(HEAD_EVENTS)
    while not ask.left.is_set():
        ask.chunk(delta("word "))
        await asyncio.sleep(0.01)


def leave(client: Client, how: str) -> None:
    if how == "reset":
        raw = client.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()
    else:
        client.writer.close()


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_before_the_first_token_stops_the_model(
    start: Start, stream: bool, how: str
) -> None:
    house = await start()
    house.upstream.script = stall
    client = await house.client()
    client.send(request(chat("hi", stream=stream)))
    await until(lambda: house.upstream.asks)
    gone = time.monotonic()
    leave(client, how)
    async with asyncio.timeout(2):
        await house.upstream.asks[0].left.wait()
    assert house.upstream.asks[0].left_at - gone < CANCEL_WITHIN
    assert (await house.ended()).outcome is Outcome.CLIENT_GONE


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_a_client_that_leaves_mid_stream_stops_the_model(start: Start, how: str) -> None:
    house = await start()
    house.upstream.script = talk_forever
    client = await house.client()
    client.send(request(chat("hi", stream=True)))
    await client.head()
    for _ in range(3):
        await client.chunk()
    gone = time.monotonic()
    leave(client, how)
    async with asyncio.timeout(2):
        await house.upstream.asks[0].left.wait()
    assert house.upstream.asks[0].left_at - gone < CANCEL_WITHIN
    assert (await house.ended()).outcome is Outcome.CLIENT_GONE


async def test_many_aborts_leave_nothing_behind(start: Start) -> None:
    house = await start()
    house.upstream.script = stall
    for _ in range(10):
        clients = [await house.client() for _ in range(20)]
        for number, client in enumerate(clients):
            client.send(request(chat("hi", stream=number % 2 == 0)))
        await until(lambda: house.gateway.admission.active == 20)
        for client in clients:
            client.close()
        await until(lambda: house.gateway.admission.active == 0)
    await until(lambda: not house.upstream.open)
    await until(lambda: not house.gateway.connections)
    assert house.gateway.house.models.upstreams[0].live == 0
    assert len(house.audit.ends) == len(house.audit.begins) == 200
    assert {end.outcome for end in house.audit.ends} == {Outcome.CLIENT_GONE}
    assert not house.gateway.house.pumps


async def test_a_slow_reader_pauses_the_model_and_costs_no_memory(start: Start) -> None:
    house = await start()
    sent = 0

    async def flood(ask: Ask) -> None:
        nonlocal sent
        ask.send(HEAD_EVENTS)
        event = delta("x" * 10_000)
        while sent < 200 << 20 and not ask.left.is_set():
            ask.chunk(event)
            sent += len(event)
            await ask.writable.wait()
            await asyncio.sleep(0)

    house.upstream.script = flood
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client = await house.client()
    client.send(request(chat("hi", stream=True)))
    await client.head()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    last = -1
    while sent != last:
        last = sent
        await asyncio.sleep(0.05)
    assert sent < 64 << 20, "the model server was paused"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10, "KiB"
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        while sent == last:  # what lies in the sockets has to be read before the model goes on
            await client.reader.read(1 << 20)
    client.close()
    await until(lambda: house.audit.ends)


async def test_a_reader_that_never_reads_is_cut_off(start: Start) -> None:
    house = await start(bounds=Bounds(write_timeout=0.1))

    async def flood(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        while not ask.left.is_set():
            ask.chunk(delta("x" * 10_000))
            await ask.writable.wait()
            await asyncio.sleep(0)

    house.upstream.script = flood
    client = await house.client()
    client.send(request(chat("hi", stream=True)))
    await client.head()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    assert (await house.ended(within=5)).outcome is Outcome.CLIENT_GONE
    client.close()


async def test_slow_heads_and_bodies_end_in_408(start: Start) -> None:
    house = await start(bounds=Bounds(head_timeout=0.05, body_timeout=0.08))
    whole = request(chat("hi"))
    for cut in (10, 60, len(whole) - 3):
        client = await house.client()
        client.send(whole[:cut])
        answer = await client.answer()
        assert (answer.status, answer.json["error"]["code"]) == (408, "request_timeout")
        assert await client.at_end()
        client.close()
    silent = await house.client()
    assert await silent.at_end(), "a connection that says nothing is closed without a word"
    silent.close()


async def test_an_idle_connection_is_closed(start: Start) -> None:
    house = await start(bounds=Bounds(idle_timeout=0.05))
    client = await house.client()
    client.send(request(chat("hi")))
    assert (await client.answer()).status == 200
    assert await client.at_end()
    client.close()


async def test_over_the_admission_limit_there_is_a_503_at_once(start: Start) -> None:
    house = await start(bounds=Bounds(max_concurrent=3))
    house.upstream.script = stall
    clients = [await house.client() for _ in range(3)]
    for client in clients:
        client.send(request(chat("hi", stream=True)))
    await until(lambda: len(house.upstream.asks) == 3)
    began = time.monotonic()
    answer = await house.ask(chat("hi"))
    assert time.monotonic() - began < 0.05
    assert (answer.status, answer.json["error"]["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"
    assert len(house.upstream.asks) == 3, "admitted requests are untouched"
    clients[0].close()
    await until(lambda: house.gateway.admission.active == 2)

    async def ok(ask: Ask) -> None:
        ask.answer(completion("ok"))

    house.upstream.script = ok
    assert (await house.ask(chat("hi"))).status == 200
    for client in clients:
        client.close()


async def test_a_key_s_requests_per_minute(start: Start) -> None:
    house = await start(callers=((hash_key(KEY), Caller("app", rpm=3)),))
    answers = [await house.ask(chat("hi")) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining-requests"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].json["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20


async def test_a_quiet_stream_is_kept_alive_by_comments(start: Start) -> None:
    house = await start(bounds=Bounds(keepalive_comment=0.02))

    async def thinks(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("so"))
        await asyncio.sleep(0.1)
        ask.chunk(delta(" be it") + delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = thinks
    answer = await house.ask(chat("hi", stream=True))
    assert b"\n\n: keep-alive\n\n" in answer.body
    assert answer.text == "so be it"


@pytest.mark.parametrize("release", ["complete", 100])
async def test_a_stream_that_is_held_is_kept_alive_and_how_long_it_was_is_exported(start: Start, release: Release) -> None:
    house = await start(bounds=Bounds(keepalive_comment=0.02), policy=replace(POLICY, release=release))

    async def thinks(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("so"))
        await asyncio.sleep(0.2)
        ask.chunk(delta(" be it") + delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = thinks
    answer = await house.ask(chat("hi", stream=True))
    assert answer.body.count(b": keep-alive\n\n") > 1
    assert answer.text == "so be it"
    assert (await house.ended()).longest_hold == len("so be it")
    assert house.gateway.house.metrics.held.sum == len("so be it")
    assert house.gateway.house.metrics.hold.sum >= 0.19


async def _hundred(house: Running, number: int) -> bytes:
    answer = await house.ask(chat(f"stream {number}", stream=True))
    return answer.text.encode()


async def test_concurrent_streams_do_not_mix(start: Start) -> None:
    house = await start()

    async def own_words(ask: Ask) -> None:
        name = ask.json["messages"][0]["content"]
        ask.send(HEAD_EVENTS)
        for number in range(20):
            ask.chunk(delta(f"{name}/{number};"))
            await asyncio.sleep(0)
        ask.chunk(delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = own_words
    texts = await asyncio.gather(*(_hundred(house, number) for number in range(100)))
    for number, text in enumerate(texts):
        assert text.decode() == "".join(f"stream {number}/{piece};" for piece in range(20))
