"""What a caller is told where its model server does not have the route that it asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.chaos.house import Answer, Running, request, running
from tests.chaos.upstream import Ask
from tests.gateway.proxy.speaking import PATHS, asking

Start = Callable[[Any, bytes], Awaitable[Running]]


@pytest.fixture
async def refusing() -> AsyncIterator[Start]:
    """``await refusing(body, status)``: a gateway whose model server answers everything with that."""
    houses: list[Running] = []

    async def begin(body: Any, status: bytes) -> Running:
        async def play(ask: Ask) -> None:
            ask.answer(body, status)

        houses.append(await running())
        houses[-1].upstream.script = play
        return houses[-1]

    yield begin
    for house in houses:
        await house.stop()


async def _asked(house: Running, api: str) -> Answer:
    client = await house.client()
    client.send(request(asking(api, "hi"), PATHS[api]))
    return await client.answer()


@pytest.mark.parametrize("body", [b'{"detail":"Not Found"}', b"404: Not Found", b"<html>nothing here</html>", b"[]"])
async def test_a_model_server_without_the_route_is_named_as_that(refusing: Start, body: bytes) -> None:
    """So the embedded engine, and every server that has chat completions only, answers ``/v1/messages``."""
    house = await refusing(body, b"404 Not Found")
    for api in ("messages", "responses", "embeddings"):
        answer = await _asked(house, api)
        assert answer.status == 404
        assert f"does not serve this API: it knows no {PATHS[api].removeprefix('/v1')}." in answer.json["error"]["message"]
    assert answer.json["error"]["code"] == "unsupported_route"


async def test_a_model_that_the_server_does_not_have_is_still_its_own_word(refusing: Start) -> None:
    house = await refusing({"error": {"message": "no such model", "type": "NotFoundError", "code": 404}}, b"404 Not Found")
    answer = await _asked(house, "chat")
    assert (answer.status, answer.json["error"]["message"]) == (404, "no such model")
