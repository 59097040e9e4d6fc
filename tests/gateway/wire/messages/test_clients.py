"""Anthropic's own client, in every way it can ask, through a real gateway: normal, blocked, cut, refused, lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import anthropic
import pytest
from anthropic.lib.streaming._messages import accumulate_event

from gateway.audit.record import Outcome
from gateway.core.policy import Action, ActionKind, Rule
from gateway.proxy.auth import Caller, hash_key
from gateway.proxy.limits import Bounds
from gateway.proxy.litellm_library import Provider
from gateway.proxy.litellm_upstream import LitellmUpstream
from gateway.proxy.models import Entry, Models
from gateway.proxy.upstream import Target
from tests.chaos.house import KEY, POLICY, Client, Running, request, running
from tests.chaos.upstream import HEAD_EVENTS, LAST_CHUNK, Ask
from tests.gateway.wire.messages import streams
from tests.gateway.wire.messages.streams import message, thought, tool, written

TOLD = message(thought("hm"), "Hello, maskme42!", tool({"to": "maskme42", "n": 1}))
SHOWN = [
    {"type": "thinking", "thinking": "hm", "signature": "c2lnbmVk"},
    {"type": "text", "text": "Hello, <REDACTED>!"},
    {"type": "tool_use", "id": "toolu_1", "name": "send", "input": {"to": "<REDACTED>", "n": 1}},
]
Asking = Callable[..., Awaitable[anthropic.types.Message]]


def frames(datas: list[bytes]) -> bytes:
    return b"".join(b"event: x\ndata: %b\n\n" % data for data in datas)


def tells(told: dict[str, Any], lose: int = 0) -> Callable[[Ask], Awaitable[None]]:
    """A server that answers with ``told``, whole or as a stream; the connection is lost before the last ``lose`` events."""

    async def script(ask: Ask) -> None:
        if ask.head.startswith(b"POST /v1/messages/count_tokens "):
            ask.answer({"input_tokens": 42})
        elif not ask.json.get("stream"):
            ask.answer(told)
        else:
            datas = written(told, lambda text: [text[at : at + 3] for at in range(0, len(text), 3)])
            ask.send(HEAD_EVENTS)
            for data in datas[: len(datas) - lose]:
                ask.chunk(frames([data]))
            if lose:
                await asyncio.sleep(0)
                ask.close()
            else:
                ask.send(LAST_CHUNK)

    return script


@pytest.fixture
async def house() -> AsyncIterator[Running]:
    one = await running()
    one.upstream.script = tells(TOLD)
    yield one
    await one.stop()


def clients(house: Running, key: str = KEY) -> tuple[anthropic.Anthropic, anthropic.AsyncAnthropic]:
    where = {"base_url": f"http://127.0.0.1:{house.port}", "api_key": key, "max_retries": 0}
    return anthropic.Anthropic(**where), anthropic.AsyncAnthropic(**where)  # type: ignore[arg-type]


def _asked(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **fields}


async def create(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    def ask() -> anthropic.types.Message:
        with clients(house, key)[0] as client:
            return client.messages.create(**_asked(**fields))  # type: ignore[no-any-return]

    return await asyncio.to_thread(ask)


async def create_async(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    async with clients(house, key)[1] as client:
        return await client.messages.create(**_asked(**fields))  # type: ignore[no-any-return]


async def events(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    def ask() -> anthropic.types.Message:
        snapshot, buffers = None, {}
        with clients(house, key)[0] as client, client.messages.create(stream=True, **_asked(**fields)) as stream:
            for each in stream:
                snapshot = accumulate_event(event=each, current_snapshot=snapshot, json_bufs=buffers)
        return snapshot  # type: ignore[return-value]

    return await asyncio.to_thread(ask)


async def events_async(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    snapshot, buffers = None, {}
    async with clients(house, key)[1] as client, await client.messages.create(stream=True, **_asked(**fields)) as stream:
        async for each in stream:
            snapshot = accumulate_event(event=each, current_snapshot=snapshot, json_bufs=buffers)
    return snapshot  # type: ignore[return-value]


async def stream(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    def ask() -> anthropic.types.Message:
        with clients(house, key)[0] as client, client.messages.stream(**_asked(**fields)) as live:
            said = "".join(live.text_stream)
            final = live.get_final_message()
        assert said == "".join(block.text for block in final.content if block.type == "text")
        return final

    return await asyncio.to_thread(ask)


async def stream_async(house: Running, key: str = KEY, **fields: Any) -> anthropic.types.Message:
    async with clients(house, key)[1] as client, client.messages.stream(**_asked(**fields)) as live:
        return await live.get_final_message()


WHOLE: list[Asking] = [create, create_async]
STREAMED: list[Asking] = [events, events_async, stream, stream_async]


def content(got: anthropic.types.Message) -> list[dict[str, Any]]:
    return [block.to_dict(mode="json", exclude_unset=True, exclude_none=True) for block in got.content]


@pytest.mark.parametrize("ask", [*WHOLE, *STREAMED])
async def test_an_answer_arrives_and_is_edited(house: Running, ask: Asking) -> None:
    got = await ask(house)
    assert content(got) == SHOWN
    assert (got.stop_reason, got.usage.output_tokens) == ("end_turn", 4)
    head, _ = house.upstream.requests[0]
    assert head.startswith(b"POST /v1/messages HTTP/1.1")
    assert b"anthropic" not in head.lower()
    end = await house.ended()
    assert (end.outcome, end.decision, end.input_tokens, end.output_tokens) == (Outcome.COMPLETED, "edit", 3, 4)
    assert house.audit.begins[0].route == "messages"


@pytest.mark.parametrize("ask", [*WHOLE, *STREAMED])
async def test_a_blocked_request_is_a_bad_request(house: Running, ask: Asking) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        await ask(house, messages=[{"role": "user", "content": [{"type": "text", "text": "FORBID"}, {"type": "text", "text": "DEN7"}]}])
    error = caught.value
    assert isinstance(error.body, dict)
    assert error.body["type"] == "error"
    assert error.body["error"]["type"] == "invalid_request_error"
    assert error.body["error"]["wardgate"]["code"] == "content_filter"
    assert error.body["error"]["wardgate"]["rules"] == ["no-bad"]
    assert error.request_id == error.body["request_id"] == error.body["error"]["wardgate"]["decision_id"]
    assert "FORBID" not in str(error.body)
    assert not house.upstream.requests


@pytest.mark.parametrize("ask", [*WHOLE, *STREAMED])
async def test_the_policys_own_words_are_an_answer(ask: Asking) -> None:
    rule = Rule("never", "bad", action=Action(ActionKind.RESPOND, "Not here."))
    house = await running(policy=replace(POLICY, rules=(rule,)))
    try:
        got = await ask(house, system="FORBIDDEN7")
    finally:
        await house.stop()
    assert content(got) == [{"type": "text", "text": "Not here."}]
    assert got.stop_reason == "refusal"


@pytest.mark.parametrize("ask", [*WHOLE, *STREAMED])
@pytest.mark.parametrize("block", ["so FORBIDDEN7 there", thought("so FORBIDDEN7 there"), tool({"a": 1, "b": "so FORBIDDEN7"})])
async def test_a_cut_answer_is_a_refusal(house: Running, ask: Asking, block: Any) -> None:
    house.upstream.script = tells(message("Well.", block, "never seen"))
    got = await ask(house)
    assert got.stop_reason == "refusal"
    first, cut, *rest = content(got)
    assert first == {"type": "text", "text": "Well."}
    words = cut["text"].removeprefix("so \n\n") if cut["type"] == "text" else rest.pop()["text"]
    end = await house.ended()
    assert words.endswith(f"(decision {end.decision_id})")
    assert not rest
    assert {"thinking": cut.get("thinking") == "so ", "tool_use": cut.get("input") == {"a": 1}}.get(cut["type"], True)
    assert (end.outcome, end.rules) == (Outcome.BLOCKED, ("no-bad",))


@pytest.mark.parametrize("ask", STREAMED)
async def test_a_stream_that_is_lost_is_an_error(house: Running, ask: Asking) -> None:
    house.upstream.script = tells(TOLD, lose=2)
    with pytest.raises(anthropic.APIStatusError) as caught:
        await ask(house)
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["error"]["type"] == "api_error"
    assert (await house.ended()).outcome is Outcome.UPSTREAM_LOST


@pytest.mark.parametrize("ask", [*WHOLE, *STREAMED])
async def test_what_the_model_server_refuses_keeps_its_status(house: Running, ask: Asking) -> None:
    async def full(ask: Ask) -> None:
        ask.answer({"type": "error", "error": {"type": "rate_limit_error", "message": "about maskme42"}}, b"429 Too Many")

    house.upstream.script = full
    with pytest.raises(anthropic.RateLimitError, match="about <REDACTED>") as caught:
        await ask(house)
    assert caught.value.body["error"]["type"] == "rate_limit_error"  # type: ignore[index]


async def test_tokens_are_counted_of_what_was_judged(house: Running) -> None:
    _, client = clients(house)
    async with client:
        asked = {"model": "m", "messages": [{"role": "user", "content": "count maskme42"}]}
        got = await client.messages.count_tokens(**asked)  # type: ignore[arg-type]
        assert got.input_tokens == 42
        head, body = house.upstream.requests[0]
        assert head.startswith(b"POST /v1/messages/count_tokens HTTP/1.1")
        assert b"count <REDACTED>" in body
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "FORBIDDEN7"}])
    assert [each.route for each in house.audit.begins] == ["count_tokens", "count_tokens"]


async def test_errors_before_and_beside_the_relay_have_the_apis_shape(house: Running) -> None:
    with pytest.raises(anthropic.AuthenticationError) as caught:
        await create_async(house, key="wg-wrong")
    assert caught.value.body["error"]["type"] == "authentication_error"  # type: ignore[index]
    assert caught.value.request_id
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        await create_async(house, max_tokens=-1)
    client: Client = await house.client()
    client.send(request({}, "/v1/messages", "GET"))
    answer = await client.answer()
    assert (answer.status, answer.json["error"]["type"]) == (405, "invalid_request_error")
    assert answer.headers["request-id"] == answer.headers["x-request-id"] == answer.json["request_id"]


async def test_limits_and_models_have_the_apis_shape() -> None:
    house = await running(bounds=Bounds(max_body=300), callers=((hash_key(KEY), Caller("app", models=("m",), rpm=2)),))
    house.upstream.script = tells(TOLD)
    try:
        with pytest.raises(anthropic.APIStatusError) as caught:
            await create_async(house, system="x" * 400)
        assert (caught.value.status_code, caught.value.body["error"]["type"]) == (413, "request_too_large")  # type: ignore[index]
        with pytest.raises(anthropic.PermissionDeniedError) as denied:
            await create_async(house, model="other")
        assert denied.value.body["error"]["type"] == "permission_error"  # type: ignore[index]
        await create_async(house)
        with pytest.raises(anthropic.RateLimitError) as limited:
            await create_async(house)
        assert limited.value.body["error"]["type"] == "rate_limit_error"  # type: ignore[index]
    finally:
        await house.stop()


async def test_headers_of_the_api_switch_nothing_on(house: Running) -> None:
    _, client = clients(house)
    async with client:
        await client.messages.create(**_asked(), extra_headers={"anthropic-beta": "mcp-client-2025-11-20"})  # type: ignore[call-overload]
        with pytest.raises(anthropic.BadRequestError, match="mcp_servers"):
            await client.beta.messages.create(
                **_asked(), betas=["mcp-client-2025-11-20"],
                mcp_servers=[{"type": "url", "name": "x", "url": "https://x.example"}],
            )  # fmt: skip
    assert [b"beta" in head for head, _ in house.upstream.requests] == [False]


async def test_events_are_named_whatever_the_server_calls_them(house: Running) -> None:
    client = await house.client()
    client.send(request(streams.request(stream=True), "/v1/messages"))
    answer = await client.answer()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["request-id"] == answer.headers["x-request-id"]
    assert streams.joined(answer.body)["content"][1]["text"] == "Hello, <REDACTED>!"


@pytest.mark.parametrize("ask", [create_async, events_async])
async def test_a_model_behind_a_translator_says_what_it_takes(house: Running, ask: Asking) -> None:
    lane = LitellmUpstream(Target("claude", ""), cast("Provider", SimpleNamespace(known=frozenset())), time.monotonic)
    direct = house.gateway.house
    house.gateway.house = replace(direct, models=Models((Entry("*", lane),)))
    with pytest.raises(anthropic.BadRequestError, match="takes /v1/chat/completions only"):
        await ask(house)
    house.gateway.house = direct
