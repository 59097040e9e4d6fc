"""Policies that nobody foresaw together are compiled beside the event loop, once for all who wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from gateway.core.engine import Plan
from gateway.proxy.aside import THREADS
from gateway.proxy.plans import Unforeseen
from tests.chaos.house import POLICY, SPECS, Running, chat, request, running, until

PATHS = {
    "/v1/chat/completions": chat("hello"), "/v1/checks": {"input": "hello", "model": "m"},
    "/v1/moderations": {"input": "hello", "model": "m"},
}  # fmt: skip


class Late:
    """Policies whose plans for ``late`` are not compiled yet; compiling waits until it is told to go on."""

    def __init__(self, plan: Plan) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.threads: list[int] = []
        self.fails = False
        self._plan = plan
        self._late: Plan | None = None

    def at_hand(self, model: str, key: str) -> Plan | Unforeseen:
        return self._plan if model != "late" else self._late or Unforeseen("rev1", ("test",), self._compile)

    def _compile(self) -> Plan:
        self.threads.append(threading.get_ident())
        self.begun.set()
        assert self.go_on.wait(20.0), "nobody else was served meanwhile"
        if self.fails:
            raise MemoryError
        self._late = Plan.compile((POLICY,), "rev1", SPECS)
        return self._late


House = tuple[Running, Late]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    found = await running()
    late = Late(found.policies.plan)
    found.policies.at_hand = late.at_hand  # type: ignore[method-assign,assignment]
    yield found, late
    late.go_on.set()
    idle = threading.Barrier(THREADS)
    await asyncio.gather(*[found.gateway.house.aside.run(idle.wait) for _ in range(THREADS)])
    await found.stop()


@pytest.mark.parametrize("path", PATHS)
async def test_others_are_served_while_a_plan_is_compiled_once_for_all_who_wait(house: House, path: str) -> None:
    server, late = house
    clients = [await server.client() for _ in range(5)]
    for client in clients:
        client.send(request({**PATHS[path], "model": "late"}, path=path))
    await until(late.begun.is_set)
    assert (await server.ask(chat("hello"))).status == 200
    late.go_on.set()
    assert [(await client.answer()).status for client in clients] == [200] * 5
    assert len(late.threads) == 1
    assert threading.get_ident() not in late.threads


async def test_who_leaves_takes_the_plan_from_nobody_else(house: House) -> None:
    server, late = house
    first, second = await server.client(), await server.client()
    for client in (first, second):
        client.send(request(chat("hello", model="late")))
        await until(late.begun.is_set)
    first.close()
    counted = server.gateway.house.metrics.requests.values
    await until(lambda: counted.get(("chat", "client_gone")) == 1)
    late.go_on.set()
    assert (await second.answer()).status == 200
    assert len(late.threads) == 1


async def test_a_plan_that_cannot_be_compiled_is_told_and_tried_anew(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    server, late = house
    late.fails = True
    late.go_on.set()
    answer = await server.ask(chat("hello", model="late"))
    assert (answer.status, answer.json["error"]["code"]) == (503, "guard_unavailable")
    assert answer.json["error"]["message"] == "The policies for this model and key could not be compiled."
    assert [each.message for each in caplog.records] == ["policies_not_compiled"]
    assert (await server.ask(chat("hello"))).status == 200
    late.fails = False
    assert (await server.ask(chat("hello", model="late"))).status == 200
    assert len(late.threads) == 2
