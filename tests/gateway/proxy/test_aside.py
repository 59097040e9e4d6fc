"""Law 10 on real sockets: while a long request or answer is judged, everybody else is served."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from unittest.mock import Mock

import pytest

from gateway.audit.record import Outcome
from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import pattern
from gateway.core.policy import Policy, Rule
from gateway.core.types import Finding, State
from gateway.core.view import View
from gateway.proxy import pump
from gateway.proxy.aside import THREADS, Aside
from gateway.proxy.pump import Pump
from gateway.wire import checks, moderations
from gateway.wire.apis import RELAYED
from tests.chaos.house import Running, chat, request, running, until
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, completion, delta, friendly

WAIT = pattern(r"WAITFORME")
LONG = "We met in spring. " * 4000


class Waiting:
    """A guard that judges until it is told to go on; ``threads``: where it did."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.threads: list[int] = []

    def find(self, view: View, params: NoParams) -> Iterator[Finding]:
        if view.matches(WAIT):
            self.threads.append(threading.get_ident())
            self.begun.set()
            assert self.go_on.wait(20.0), "nobody else was served meanwhile"
        return iter(())


House = tuple[Running, Waiting]
Script = Callable[[Ask], Awaitable[None]]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    guard = Waiting()
    spec = GuardSpec("wait", guard.find, lambda _: (WAIT,), NoParams, False, False, "", "")
    found = await running()
    found.policies.plan = Plan.compile((Policy("test", rules=(Rule("r", "wait"),)),), "rev1", {"wait": spec})
    yield found, guard
    guard.go_on.set()
    idle = threading.Barrier(THREADS)  # a thread that is given up at work may be anywhere, in a callback of pytest's, too
    await asyncio.gather(*[found.gateway.house.aside.run(idle.wait) for _ in range(THREADS)])
    await found.stop()


async def _others_are_served(house: House, path: str, body: object) -> None:
    """Somebody else is answered while the guard waits with ``body``, in a thread, and then ``body`` is."""
    server, guard = house
    client = await server.client()
    client.send(request(body, path=path))
    await until(guard.begun.is_set)
    assert (await server.ask(chat("hello"))).status == 200
    assert threading.get_ident() not in guard.threads
    guard.go_on.set()
    assert (await client.answer()).status == 200


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/chat/completions", chat(f"{LONG} WAITFORME")), ("/v1/checks", {"input": f"{LONG} WAITFORME"}),
    ("/v1/checks", {"output": f"{LONG} WAITFORME"}), ("/v1/moderations", {"input": f"{LONG} WAITFORME"}),
])  # fmt: skip
async def test_others_are_served_while_a_long_text_is_judged(house: House, path: str, body: object) -> None:
    await _others_are_served(house, path, body)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/checks", "/v1/moderations"])
async def test_others_are_served_while_a_body_of_many_values_is_parsed(
    house: House, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5,000 parts of one letter took 20 ms, in which nobody else was served."""
    guard = house[1]

    def waiting(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def parsed(body: bytes) -> object:
            if body.count(b"part") >= 5000:
                guard.threads.append(threading.get_ident())
                guard.begun.set()
                assert guard.go_on.wait(20.0), "nobody else was served meanwhile"
            return parse(body)

        return parsed

    api = RELAYED[b"/v1/chat/completions"]
    monkeypatch.setitem(RELAYED, b"/v1/chat/completions", dataclasses.replace(api, parse=waiting(api.parse)))
    for module in (checks, moderations):
        monkeypatch.setattr(module, "parse", waiting(module.parse))
    parts = [{"type": "text", "text": f"part {number}"} for number in range(5000)]
    body = chat(parts) if path == "/v1/chat/completions" else {"input": "part, " * 5000}
    await _others_are_served(house, path, body)


async def test_a_caller_who_leaves_while_its_body_is_parsed_is_counted_as_such(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, guard = house
    api = RELAYED[b"/v1/chat/completions"]

    def parse(body: bytes) -> object:
        guard.begun.set()
        guard.go_on.wait(20.0)
        return api.parse(body)

    monkeypatch.setitem(RELAYED, b"/v1/chat/completions", dataclasses.replace(api, parse=parse))
    client = await server.client()
    client.send(request(chat([{"type": "text", "text": "part"}] * 5000)))
    await until(guard.begun.is_set)
    client.close()
    counted = server.gateway.house.metrics.requests.values
    await until(lambda: sum(count for (_, outcome), count in counted.items() if outcome == Outcome.CLIENT_GONE.value) == 1)
    assert not server.audit.begins


async def test_others_are_served_while_a_long_answer_is_judged(house: House) -> None:
    server, guard = house

    async def long(ask: Ask) -> None:
        ask.answer(completion(f"{LONG} WAITFORME"))

    server.upstream.script = long
    client = await server.client()
    client.send(request(chat("hello")))
    await until(guard.begun.is_set)
    server.upstream.script = friendly
    assert (await server.ask(chat("hello"))).status == 200
    assert threading.get_ident() not in guard.threads
    guard.go_on.set()
    assert (await client.answer()).json["choices"][0]["message"]["content"] == f"{LONG} WAITFORME"


def streamed(*chunks: bytes, end: bytes = LAST_CHUNK) -> Script:
    """A stream in these chunks, ended as HTTP says, or broken off."""

    async def script(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        for each in chunks:
            ask.chunk(each)
        if end:
            ask.send(end)
        else:
            ask.close()

    return script


async def test_others_are_served_while_a_long_event_is_judged(house: House) -> None:
    server, guard = house
    server.upstream.script = streamed(
        delta("Well, "), delta(f"{LONG} WAITFORME ."), delta(" and so on"), delta(None, "stop") + DONE)
    client = await server.client()
    client.send(request(chat("hello", stream=True)))
    await until(guard.begun.is_set)
    server.upstream.script = friendly
    assert (await server.ask(chat("hello"))).status == 200
    assert threading.get_ident() not in guard.threads
    guard.go_on.set()
    answer = await client.answer()
    assert answer.text == f"Well, {LONG} WAITFORME . and so on", "what comes meanwhile waits"
    assert answer.body.endswith(DONE)
    assert (await server.ended(2)).outcome is Outcome.COMPLETED


async def test_the_model_waits_while_what_it_said_is_judged(house: House) -> None:
    server, guard = house
    sent = asyncio.Event()

    async def on_and_on(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta(f"{LONG} WAITFORME ."))
        for _ in range(200):
            ask.chunk(delta("x" * 65_536))
        ask.chunk(delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)
        await asyncio.sleep(0)
        sent.set()

    server.upstream.script = on_and_on
    client = await server.client()
    client.send(request(chat("hello", stream=True)))
    await until(guard.begun.is_set)
    await sent.wait()
    transport = server.upstream.asks[0].transport
    before = transport.get_write_buffer_size()
    await asyncio.sleep(0.05)
    assert transport.get_write_buffer_size() == before > 1 << 20
    guard.go_on.set()
    assert len((await client.answer(within=20.0)).text) > 200 * 65_536


async def test_an_answer_that_breaks_off_is_judged_as_far_as_it_came(house: House) -> None:
    server, guard = house
    server.upstream.script = streamed(delta(f"{LONG} WAITFORME ."), end=b"")
    client = await server.client()
    client.send(request(chat("hello", stream=True)))
    await until(guard.begun.is_set)
    await until(lambda: not server.upstream.open)
    guard.go_on.set()
    answer = await client.answer()
    assert answer.text == f"{LONG} WAITFORME ."
    assert "error" in answer.events[-1], "and no [DONE]"
    assert (await server.ended()).outcome is Outcome.UPSTREAM_LOST


async def test_a_caller_who_leaves_while_an_event_is_judged_has_what_was_decided_before_on_record(house: House) -> None:
    server, guard = house
    server.upstream.script = streamed(delta("Well, "), delta(f"{LONG} WAITFORME ."))
    client = await server.client()
    client.send(request(chat("hello", stream=True)))
    await until(guard.begun.is_set)
    client.close()
    end = await server.ended()
    assert (end.outcome, [each.state for each in end.states]) == (Outcome.CLIENT_GONE, [State.ALLOWED])


@pytest.mark.skipif(not pump.__file__.endswith(".py"), reason="compiled, it takes a real connection only")
async def test_events_are_judged_in_order_whenever_they_come() -> None:
    class Told:
        done, at_once, seen = False, 0, list[bytes]()

        def feed(self, data: bytes) -> bytes:
            self.at_once += 1
            assert self.at_once == 1, "one after the other"
            time.sleep(0.005)
            self.seen.append(data[:1])
            self.at_once -= 1
            return b""

        def finish(self) -> bytes:
            return b"".join(self.seen)

    told, client, call, aside = Told(), Mock(), Mock(), Aside()
    each = Pump(told, call, client, time.monotonic, aside, lambda data: data[:1] != b"L")  # type: ignore[arg-type]
    for letter in (b"a", b"L" * 9000, b"b", b"c", b"L" * 9000, b"d"):
        each.data(b"data: " + letter + b"\n\n")
    each.end()
    assert await each.ended is Outcome.COMPLETED
    client.end.assert_called_once_with(b"aLbcLd")
    assert call.pause.call_count == 1, "it waits all the while"
    aside.close()


async def test_an_event_of_probabilities_is_judged_where_it_arrives(house: House) -> None:
    server, guard = house
    guard.go_on.set()
    top = [{"token": f"t{index}", "logprob": -1.5, "bytes": None} for index in range(20)]
    told = {"content": [{"token": "WAITFORME ", "logprob": -0.5, "bytes": None, "top_logprobs": top}]}
    event = json.loads(delta("WAITFORME ")[6:])
    event["choices"][0]["logprobs"] = told
    server.upstream.script = streamed(b"data: " + json.dumps(event).encode() + b"\n\n", delta(None, "stop") + DONE)
    assert (await server.ask(chat("hello", stream=True, logprobs=True, top_logprobs=20))).status == 200
    assert set(guard.threads) == {threading.get_ident()}


async def test_others_have_their_turn_between_many_events(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    server, guard = house
    guard.go_on.set()
    monkeypatch.setattr(pump, "TURN", 0.0)
    turns, seen = 0, list[int]()

    def noted(view: View, params: NoParams) -> Iterator[Finding]:
        seen.append(turns)
        return iter(())

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    spec = GuardSpec("wait", noted, lambda _: (WAIT,), NoParams, False, False, "", "")
    server.policies.plan = Plan.compile((Policy("test", rules=(Rule("r", "wait"),)),), "rev1", {"wait": spec})
    server.upstream.script = streamed(delta("WAITFORME ") * 50 + delta(None, "stop") + DONE)
    counting = asyncio.create_task(count())
    answer = await server.ask(chat("hello", stream=True))
    counting.cancel()
    assert answer.text == "WAITFORME " * 50
    assert len(set(seen)) > 15


async def test_what_is_short_and_plain_is_judged_where_it_arrives(house: House) -> None:
    server, guard = house
    guard.go_on.set()
    assert (await server.ask(chat("please WAITFORME here"))).status == 200
    assert set(guard.threads) == {threading.get_ident()}


async def test_a_caller_who_leaves_meanwhile_is_counted_as_such(house: House) -> None:
    server, guard = house
    client = await server.client()
    client.send(request(chat(f"{LONG} WAITFORME")))
    await until(guard.begun.is_set)
    client.close()
    counted = server.gateway.house.metrics.requests.values
    await until(lambda: sum(count for (_, outcome), count in counted.items() if outcome == Outcome.CLIENT_GONE.value) == 1)
    assert not server.audit.begins


async def test_what_is_judged_aside_raises_what_it_raises() -> None:
    aside = Aside()

    def fails() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await aside.run(fails)
    aside.close()
    assert await aside.run(lambda: 7) == 7, "the last requests of a worker that ends are judged, too"


async def test_work_that_nobody_waits_for_is_not_begun() -> None:
    aside, go_on, done = Aside(), threading.Event(), list[int]()
    held = [asyncio.create_task(aside.run(go_on.wait)) for _ in range(8)]
    late = asyncio.create_task(aside.run(lambda: done.append(1)))
    await asyncio.sleep(0)
    late.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await late
    await asyncio.sleep(0)  # the threads' own future hears of it
    go_on.set()
    await asyncio.gather(*held)
    assert await aside.run(lambda: list(done)) == []
    aside.close()


async def test_what_is_still_judged_when_its_caller_leaves_is_left_alone(house: House) -> None:
    """The thread goes on with the exchange: to read it meanwhile may fail, and its record would be lost."""
    server, guard = house

    async def long(ask: Ask) -> None:
        first, second = completion(LONG), completion(f"{LONG} WAITFORME")
        first["choices"] += [second["choices"][0] | {"index": 1}]
        ask.answer(first)

    server.upstream.script = long
    client = await server.client()
    client.send(request(chat("hello", n=2)))
    await until(guard.begun.is_set)
    client.close()
    end = await server.ended()
    assert end.outcome is Outcome.CLIENT_GONE
    assert [each.state for each in end.states] == [State.NOT_RUN], "nothing was decided, and nobody was told anything"


@pytest.mark.parametrize("path", ["/v1/checks", "/v1/moderations"])
async def test_a_caller_who_leaves_while_a_text_is_judged_is_counted_as_such(house: House, path: str) -> None:
    server, guard = house
    client = await server.client()
    client.send(request({"input": f"{LONG} WAITFORME"}, path=path))
    await until(guard.begun.is_set)
    client.close()
    counted = server.gateway.house.metrics.requests.values
    await until(lambda: sum(counted.values()) == 1)
    assert counted[path.rpartition("/")[2], Outcome.CLIENT_GONE.value] == 1


async def test_others_have_their_turn_between_the_texts_of_a_moderation(house: House) -> None:
    server, guard = house
    guard.go_on.set()
    turns, seen = 0, list[int]()

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    find = guard.find

    def noted(view: View, params: NoParams) -> Iterator[Finding]:
        seen.append(turns)
        return find(view, params)

    spec = GuardSpec("wait", noted, lambda _: (WAIT,), NoParams, False, False, "", "")
    server.policies.plan = Plan.compile((Policy("test", rules=(Rule("r", "wait"),)),), "rev1", {"wait": spec})
    counting = asyncio.create_task(count())
    client = await server.client()
    client.send(request({"input": ["WAITFORME"] * 50}, path="/v1/moderations"))
    assert (await client.answer()).status == 200
    counting.cancel()
    assert len(set(seen)) == 50


async def test_what_is_judged_for_long_is_given_up_at_the_end() -> None:
    """A process that ends must not wait for it, nor end while a thread is in a library's call."""
    aside, begun, steps = Aside(), threading.Event(), itertools.count()

    def endless() -> None:
        begun.set()
        while next(steps) < 1 << 40:
            time.sleep(0.001)

    judging = asyncio.create_task(aside.run(endless))
    await asyncio.to_thread(begun.wait)
    aside.close()
    assert not [each for each in threading.enumerate() if each.name == "wardgate-judge" and each.is_alive()]
    with pytest.raises(asyncio.CancelledError):
        await judging


@pytest.mark.parametrize("fails", [0, 1])
async def test_what_comes_after_no_thread_could_be_had_is_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    """It waited for threads that had never begun."""
    aside, starts, start = Aside(), itertools.count(), threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if next(starts) == fails:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    with pytest.raises(RuntimeError, match="new thread"):
        await aside.run(lambda: 1)
    async with asyncio.timeout(5):
        assert await aside.run(lambda: 2) == 2
    aside.close()
