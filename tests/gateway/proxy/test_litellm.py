"""A model of another API behind the gateway: real litellm, real HTTP, judged in both directions like every other."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from typing import Any

import pytest
from aiohttp import web

from gateway.audit.record import Outcome
from tests.chaos.house import chat, request, until
from tests.gateway.proxy.anthropic import AnthropicServer, Ask
from tests.gateway.proxy.conftest import UPSTREAM_KEY, Start

pytestmark = [
    pytest.mark.litellm,
    # litellm hides its own warnings when it is imported; pytest shows them again
    pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier"),
    pytest.mark.filterwarnings("ignore:.*conflict with protected namespace"),
    pytest.mark.filterwarnings("ignore:.*attribute on the instance is deprecated"),
]
TOOLS = [{"type": "function", "function": {"name": "look_up", "description": "Looks up", "parameters": {
    "type": "object", "properties": {"name": {"type": "string"}}}}}]


async def test_a_whole_answer(claude: Start) -> None:
    house = await claude()
    answer = await house.ask(chat("hi", temperature=0.5, max_tokens=7))
    assert answer.status == 200, answer.body
    choice = answer.json["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": "Hello, world!"}
    assert choice["finish_reason"] == "stop"
    assert answer.json["usage"] == {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16,
                                    "prompt_tokens_details": {"cached_tokens": 0},
                                    "completion_tokens_details": {"reasoning_tokens": 0}}
    asked = house.upstream.asks[0].body
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("claude-sonnet-4-5", 0.5, 7)
    assert house.gateway.house.metrics.tokens.values == {("input",): 11, ("output",): 5}
    assert (await house.ended()).outcome is Outcome.COMPLETED


async def test_a_stream(claude: Start) -> None:
    house = await claude()
    answer = await house.ask(chat("hi", stream=True, stream_options={"include_usage": True}))
    assert answer.status == 200
    assert answer.text == "Hello, world!"
    assert answer.events[-1] == "[DONE]"
    assert answer.events[-2]["choices"] == []
    assert answer.events[-2]["usage"]["completion_tokens"] == 5
    assert [each["choices"][0]["finish_reason"] for each in answer.events[:-2]][-1] == "stop"
    assert all(each["object"] == "chat.completion.chunk" for each in answer.events[:-1])
    known = {"id", "object", "created", "model", "choices", "usage"}
    assert all(each.keys() <= known for each in answer.events[:-1]), "something of litellm's own came out"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_redaction_reaches_the_provider_and_a_block_does_not(claude: Start, stream: bool) -> None:
    house = await claude()
    answer = await house.ask(chat("call maskme42 please", stream=stream))
    assert answer.status == 200
    assert "maskme42" not in json.dumps(house.upstream.asks[0].body)
    assert "please" in house.upstream.asks[0].text
    refused = await house.ask(chat("FORBIDDEN7", stream=stream))
    assert (refused.status, refused.json["error"]["code"]) == (400, "content_filter")
    assert len(house.upstream.asks) == 1


async def test_a_leak_is_cut_the_same_whole_and_streamed(claude: Start) -> None:
    house = await claude()

    async def leaks(ask: Ask) -> web.StreamResponse | None:
        if not ask.body.get("stream"):
            return ask.whole("The word is FORBIDDEN7, said maskme42.")
        await ask.begin()
        await ask.texts("The wo", "rd is FOR", "BID", "DEN7, said maskme42.")
        await ask.left.wait()  # the provider has not ended; the gateway must
        return None

    house.upstream.script = leaks
    whole = (await house.ask(chat())).json["choices"][0]
    streamed = await house.ask(chat(stream=True))
    one, other = (re.sub(r"decision [0-9a-f]+", "", text) for text in (whole["message"]["content"], streamed.text))
    assert one == other
    assert streamed.text.startswith("The word is ")
    assert "FORBIDDEN7" not in streamed.text
    assert "DEN7" not in streamed.text
    assert whole["finish_reason"] == "content_filter"
    assert streamed.events[-1] == "[DONE]"
    await asyncio.wait_for(house.upstream.asks[1].left.wait(), 2)


async def test_an_answer_that_repeats_itself_is_not_broken_off(claude: Start) -> None:
    house = await claude()

    async def repeats(ask: Ask) -> None:
        await ask.begin()
        await ask.texts(*["--- "] * 300)
        await ask.end()

    house.upstream.script = repeats
    assert (await house.ask(chat(stream=True))).text == "--- " * 300


async def test_text_is_masked_across_events(claude: Start) -> None:
    house = await claude()

    async def says(ask: Ask) -> None:
        await ask.begin()
        await ask.texts("ask mask", "me", "42 about it")
        await ask.end()

    house.upstream.script = says
    text = (await house.ask(chat(stream=True))).text
    assert "maskme42" not in text
    assert text.startswith("ask ")
    assert text.endswith(" about it")


@pytest.mark.parametrize("stream", [False, True])
async def test_tool_calls(claude: Start, stream: bool) -> None:
    house = await claude()

    async def calls(ask: Ask) -> web.StreamResponse | None:
        if not ask.body.get("stream"):
            use = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"name": "maskme42 x"}}
            return ask.whole("One moment.", use, reason="tool_use")
        await ask.begin()
        await ask.texts("One moment.")
        await ask.tool("look_up", '{"na', 'me": "mask', 'me42 x"}')
        await ask.end("tool_use")
        return None

    house.upstream.script = calls
    answer = await house.ask(chat("find", tools=TOOLS, stream=stream))
    assert house.upstream.asks[0].body["tools"][0]["name"] == "look_up"
    if stream:
        deltas = [each["choices"][0] for each in answer.events[:-1]]
        pieces = [call for each in deltas for call in each["delta"].get("tool_calls", ())]
        call = {**pieces[0]["function"], "id": pieces[0]["id"], "type": pieces[0]["type"]}
        call["arguments"] = "".join(each["function"].get("arguments", "") for each in pieces)
        assert {each["index"] for each in pieces} == {0}
        reason = deltas[-1]["finish_reason"]
    else:
        choice = answer.json["choices"][0]
        found = choice["message"]["tool_calls"][0]
        call, reason = {**found["function"], "id": found["id"], "type": found["type"]}, choice["finish_reason"]
    assert (call["name"], call["id"], call["type"], reason) == ("look_up", "toolu_1", "function", "tool_calls")
    said = json.loads(call["arguments"])["name"]
    assert said.endswith(" x")
    assert "maskme42" not in said


async def test_a_tool_s_result_goes_back_judged(claude: Start) -> None:
    house = await claude()
    messages = [
        {"role": "user", "content": "find"},
        {"role": "assistant", "content": None, "refusal": None, "annotations": [], "tool_calls": [
            {"id": "toolu_1", "type": "function", "function": {"name": "look_up", "arguments": "{\"name\": \"a\"}"}}]},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "it is maskme42"},
    ]
    answer = await house.ask({"model": "m", "messages": messages, "tools": TOOLS})
    assert answer.status == 200, answer.body
    sent = json.dumps(house.upstream.asks[0].body)
    assert "tool_result" in sent
    assert "maskme42" not in sent


FAULTS = [
    (401, "authentication_error", {}, 502, "upstream_failed"),
    (403, "permission_error", {}, 502, "upstream_failed"),
    (429, "rate_limit_error", {"retry-after": "7"}, 429, None),
    (400, "invalid_request_error", {}, 400, None),
    (529, "overloaded_error", {}, 502, "upstream_failed"),
    (500, "api_error", {}, 502, "upstream_failed"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("status", "kind", "headers", "ours", "code"), FAULTS)
async def test_an_error_keeps_its_status_and_says_nothing_else(
    claude: Start, status: int, kind: str, headers: dict[str, str], ours: int, code: str | None, stream: bool
) -> None:
    house = await claude()

    async def refuses(ask: Ask) -> web.Response:
        return ask.error(status, kind, f"no, because you said: {ask.text}", **headers)

    house.upstream.script = refuses
    answer = await house.ask(chat("CANARY-prompt", stream=stream))
    assert answer.status == ours, answer.body
    assert answer.json["error"]["code"] == code
    assert b"CANARY" not in answer.body
    assert b"Anthropic" not in answer.body
    assert b"litellm" not in answer.body
    assert answer.headers.get("retry-after") == headers.get("retry-after")
    assert len(house.upstream.asks) == 1, "asked again"
    assert (await house.ended()).outcome is Outcome.UPSTREAM_ERROR


async def test_a_prompt_that_is_too_long_says_so(claude: Start) -> None:
    house = await claude()

    async def refuses(ask: Ask) -> web.Response:
        return ask.error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")

    house.upstream.script = refuses
    answer = await house.ask(chat())
    assert (answer.status, answer.json["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize("how", ["reset", "end of file", "error event"])
async def test_a_stream_that_dies_ends_in_an_error(claude: Start, how: str) -> None:
    house = await claude()

    async def dies(ask: Ask) -> None:
        await ask.begin()
        await ask.texts("Hello ", "there, mask")
        if how == "reset":
            ask.reset()
        elif how == "error event":
            await ask.event("error", error={"type": "overloaded_error", "message": "CANARY"})

    house.upstream.script = dies
    answer = await house.ask(chat(stream=True))
    assert answer.text == "Hello there, "
    assert answer.events[-1]["error"]["code"] == "upstream_failed"
    assert b"CANARY" not in answer.body
    assert (await house.ended()).outcome is Outcome.UPSTREAM_LOST


async def test_a_server_that_is_not_there(claude: Start) -> None:
    house = await claude(connect_timeout=1.0)
    await house.upstream.stop()
    answer = await house.ask(chat("CANARY"))
    assert answer.json["error"]["code"] == "upstream_failed"
    assert b"CANARY" not in answer.body


@pytest.mark.parametrize("stage", ["whole", "before", "middle"])
async def test_a_client_that_leaves_stops_the_provider_within_100_ms(claude: Start, stage: str) -> None:
    house = await claude()

    async def waits(ask: Ask) -> None:
        if stage == "middle":
            await ask.begin()
            await ask.texts("Hello. ")
        await asyncio.Event().wait()

    house.upstream.script = waits
    client = await house.client()
    client.send(request(chat(stream=stage != "whole")))
    if stage == "middle":
        await client.head()
        assert b"Hello" in await client.chunk()
    await until(lambda: house.upstream.asks)
    left = time.monotonic()
    client.close()
    await asyncio.wait_for(house.upstream.asks[0].left.wait(), 2)
    assert house.upstream.asks[0].left_at - left < 0.1
    assert (await house.ended()).outcome is Outcome.CLIENT_GONE
    await until(lambda: house.gateway.house.models.upstreams[0].live == 0)


@pytest.mark.parametrize(("begun", "message"), [(False, "begin to answer"), (True, "go on with its answer")])
async def test_time_outs(claude: Start, begun: bool, message: str) -> None:
    house = await claude(first_byte_timeout=0.3 if not begun else 5.0, idle_timeout=0.3)

    async def waits(ask: Ask) -> None:
        if begun:
            await ask.begin()
            await ask.texts("Hello. ")
        await asyncio.Event().wait()

    house.upstream.script = waits
    answer = await house.ask(chat(stream=begun))
    error = answer.events[-1]["error"] if begun else answer.json["error"]
    assert error["code"] == "upstream_timeout"
    assert message in error["message"]
    await asyncio.wait_for(house.upstream.asks[0].left.wait(), 2)


async def test_a_client_that_does_not_read_stops_the_provider_from_writing(claude: Start) -> None:
    house = await claude()
    written = 0

    async def pours(ask: Ask) -> None:
        nonlocal written
        await ask.begin()
        await ask.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        while True:
            text = f"word {written} " * 1000
            await ask.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
            written += len(text)

    house.upstream.script = pours
    client = await house.client()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    client.send(request(chat(stream=True)))
    still, seen = 0, -1
    end = time.monotonic() + 20
    while still < 20:  # nothing written for twenty looks: it waits
        assert time.monotonic() < end, f"still pouring after {written} bytes"
        still, seen = (still + 1, seen) if written == seen and written else (0, written)
        await asyncio.sleep(0.02)
    assert house.gateway.house.models.upstreams[0].live == 1, "it ended"
    assert written < 64 << 20
    client.close()
    await asyncio.wait_for(house.upstream.asks[0].left.wait(), 2)


async def test_an_answer_that_is_too_large(claude: Start) -> None:
    house = await claude(max_answer=1000)

    async def large(ask: Ask) -> web.Response:
        return ask.whole("x" * 5000)

    house.upstream.script = large
    answer = await house.ask(chat())
    assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_failed")


async def test_only_the_settings_say_where_and_with_which_key(claude: Start) -> None:
    """The environment of the fixture is full of decoys; the body names every door that litellm has."""
    house = await claude()
    for extra in ({"api_base": "http://127.0.0.1:9"}, {"base_url": "http://127.0.0.1:9"}, {"api_key": "sk-caller"},
                  {"custom_llm_provider": "openai"}, {"mock_response": "CANARY"}, {"fallbacks": ["openai/x"]},
                  {"extra_headers": {"x-api-key": "sk-caller"}}, {"model_list": []}, {"metadata": {"a": "b"}},
                  {"litellm_logging_obj": {}}, {"thinking": {"type": "enabled"}}):
        answer = await house.ask(chat(**extra))  # type: ignore[arg-type]
        if "metadata" in extra:
            assert answer.status == 200
            continue
        assert answer.status == 400, extra
        assert b"CANARY" not in answer.body
    assert len(house.upstream.asks) == 1
    answer = await house.ask({**chat(), "model": "openai/gpt-4o"})
    assert answer.status == 200
    for ask in house.upstream.asks:
        assert ask.headers["x-api-key"] == UPSTREAM_KEY
        assert "authorization" not in ask.headers
        assert ask.body["model"] == "claude-sonnet-4-5"
        assert "metadata" not in ask.body


@pytest.mark.parametrize("stream", [False, True])
async def test_a_redirect_is_not_followed(claude: Start, stream: bool) -> None:
    house = await claude()
    elsewhere = await AnthropicServer().start()

    async def points(ask: Ask) -> web.Response:
        return web.Response(status=307, headers={"location": f"{elsewhere.base_url}/v1/messages"})

    house.upstream.script = points
    answer = await house.ask(chat(stream=stream))
    await elsewhere.stop()
    assert elsewhere.asks == []
    assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_failed")


async def test_what_the_dialect_has_no_use_for(claude: Start) -> None:
    house = await claude()
    aside = {"seed": 7, "presence_penalty": 0.5, "frequency_penalty": 0.5, "logit_bias": {}, "n": 1, "logprobs": False}
    assert (await house.ask(chat(**aside))).status == 200
    assert not aside.keys() & house.upstream.asks[0].body.keys()
    for name, value in {"n": 2, "logprobs": True, "guided_json": {"type": "object"}, "top_k": 5}.items():
        answer = await house.ask(chat(**{name: value}))
        assert (answer.status, answer.json["error"]["param"]) == (400, name)
    assert len(house.upstream.asks) == 1
    metrics = house.gateway.house.metrics
    assert metrics.upstream_errors.values == {}, "a caller's mistake is no failure of the model server"
    assert metrics.refusals.values == {("invalid_request",): 4}


async def test_the_list_of_models_asks_no_one(claude: Start) -> None:
    house = await claude()
    client = await house.client()
    client.send(request(None, "/v1/models", "GET"))
    answer = await client.answer()
    assert (answer.status, answer.json["data"]) == (200, [])
    assert house.upstream.asks == []


async def test_nothing_is_printed_or_logged_at_any_level(claude: Start, capfd: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    house = await claude()

    async def dies(ask: Ask) -> None:
        await ask.begin()
        await ask.texts("CANARY-answer")
        ask.reset()

    await house.ask(chat("CANARY-prompt"))
    house.upstream.script = dies
    await house.ask(chat("CANARY-prompt", stream=True))
    await asyncio.sleep(0)
    out, err = capfd.readouterr()
    own = "\n".join(f"{each.name} {each.getMessage()}" for each in caplog.records if each.name.startswith("LiteLLM"))
    assert own == ""
    assert "CANARY" not in out + err
    assert out == ""
