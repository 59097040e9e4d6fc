"""Events as large as may be, through the whole gateway: judged to their last byte, or refused in the API's own shape."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from gateway.audit.record import Outcome
from gateway.wire.sse import MAX_EVENT
from tests.chaos.conftest import Start
from tests.chaos.house import request
from tests.chaos.upstream import HEAD_EVENTS, LAST_CHUNK, Ask, friendly
from tests.gateway.proxy.speaking import PATHS, SPOKEN, asking
from tests.gateway.wire.messages.streams import message, written
from tests.gateway.wire.responses import server

CANARY = "canary-51e0"
WORDS = f"{CANARY} and so it goes on, line by line, until all of it is told. "
PIECE = 1 << 18
COPIES = 32
"""How many times an event's size all that is alive at once may hold: in the gateway, and on both sides of it, as model
server and client are in the same process here. It was 20 to 25 when this was written.
"""


def _chat(text: str) -> list[dict[str, Any]]:
    head = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
            for delta, end in (({"role": "assistant", "content": ""}, None), ({"content": text}, None), ({}, "stop"))]


def _completions(text: str) -> list[dict[str, Any]]:
    head = {"id": "c-1", "object": "text_completion", "created": 1, "model": "m"}
    return [{**head, "choices": [{"index": 0, "text": piece, "finish_reason": end, "logprobs": None}]}
            for piece, end in ((text, None), ("", "stop"))]


def _responses(text: str) -> list[dict[str, Any]]:
    """Its end does not say it all again."""
    events = server.stream(server.whole([server.message(server.said(text))]), lambda said: [said])
    told = [each for each in events if each["type"] in (
        "response.created", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
        "response.completed")]  # fmt: skip
    return [{**each, "response": {**each["response"], "output": []}} if "response" in each else each for each in told]


def _messages(text: str) -> list[dict[str, Any]]:
    return [json.loads(data) for data in written(message(text), lambda said: [said])]


TELLING: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "chat": _chat, "completions": _completions, "responses": _responses, "messages": _messages,
}  # fmt: skip


def _events(api: str, size: int, end: str) -> tuple[list[bytes], int]:
    """The data of a stream's events, the one with the text of exactly ``size`` bytes, which ends in ``end``; and how many
    characters that is.
    """
    bare = max(len(json.dumps(each)) for each in TELLING[api]("@@@@@@") if "@@@@@@" in json.dumps(each)) - len("@@@@@@")
    length = size - bare
    text = (WORDS * (length // len(WORDS) + 1))[: length - len(end)] + end
    datas = [json.dumps(each).encode() for each in TELLING[api](text)]
    assert max(map(len, datas)) == size
    return [*datas, *([b"[DONE]"] if api in ("chat", "completions") else [])], len(text)


def _sending(datas: list[bytes]) -> Callable[[Ask], Any]:
    async def play(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        for data in datas:
            line = b"data: " + data + b"\n\n"
            for at in range(0, len(line), PIECE):
                if ask.left.is_set():
                    return
                ask.chunk(line[at : at + PIECE])
                await ask.writable.wait()
                await asyncio.sleep(0)
        ask.send(LAST_CHUNK)

    return play


def _told(api: str, body: bytes) -> tuple[str, list[Any]]:
    """The text that a client has of it, and the events."""
    datas = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: ") and line != b"data: [DONE]"]
    found = [json.loads(data) for data in datas]
    if api in ("chat", "completions"):
        choices = [each["choices"][0] for each in found if each.get("choices")]
        return "".join(each.get("text") or each.get("delta", {}).get("content") or "" for each in choices), found
    kind = "response.output_text.delta" if api == "responses" else "content_block_delta"
    deltas = [each["delta"] for each in found if each.get("type") == kind]
    return "".join(each if isinstance(each, str) else each["text"] for each in deltas), found


async def _measured(start: Start, api: str, datas: Any) -> tuple[Any, Any, int]:
    """The house, the whole answer to a question when ``datas`` are sent, and the most memory that took, in bytes."""
    house = await start()
    house.upstream.script = _sending(datas)
    client = await house.client()
    tracemalloc.start()
    client.send(request(asking(api, "Tell me all.", stream=True), PATHS[api]))
    answer = await client.answer(within=60)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return house, answer, peak


@pytest.mark.parametrize("end", ["FORBIDDEN7", "and no harm"])
@pytest.mark.parametrize("api", SPOKEN)
async def test_an_event_of_just_under_16_mib_is_judged_to_its_last_byte(start: Start, api: str, end: str) -> None:
    datas, length = _events(api, MAX_EVENT - 8, end)
    house, answer, peak = await _measured(start, api, datas)
    text, found = _told(api, answer.body)
    record = await house.ended(within=10)
    assert peak < COPIES * MAX_EVENT
    if end == "FORBIDDEN7":
        assert record.outcome is Outcome.BLOCKED
        assert b"FORBIDDEN" not in answer.body
        assert text[: length - len(end)] == (WORDS * (length // len(WORDS) + 1))[: length - len(end)]
        assert "(decision " in text[length - len(end) :]
    else:
        assert record.outcome is Outcome.COMPLETED
        assert (len(text), text[-len(end) :]) == (length, end)
    assert found


@pytest.mark.parametrize("api", SPOKEN)
async def test_an_event_beyond_the_limit_ends_in_an_error_that_says_so(start: Start, api: str) -> None:
    datas, _ = _events(api, MAX_EVENT + 1, "and no harm")
    house, answer, peak = await _measured(start, api, datas)
    text, found = _told(api, answer.body)
    record = await house.ended(within=10)
    assert peak < 4 * MAX_EVENT
    assert (text, record.outcome) == ("", Outcome.UPSTREAM_LOST)
    assert "an event that is too large" in json.dumps(found[-1])
    assert found[-1].get("type") == "error" or found[-1]["error"]["code"]
    assert b"[DONE]" not in answer.body
    assert CANARY.encode() not in answer.body
    assert CANARY not in repr(house.audit)
    house.upstream.script = friendly
    assert (await house.ask(asking("chat", "Still there?"))).json["choices"][0]["message"]["content"] == "Hello, world!"
