"""OpenAI's own client on a whole gateway: what it makes of answers, edits, cuts, blocks and lost streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.responses import Response
from pydantic import BaseModel

from gateway.audit.record import Outcome
from gateway.core.policy import Action, ActionKind, Policy, Rule
from tests.chaos.house import KEY, Answer, Running, request, running
from tests.chaos.upstream import HEAD_EVENTS, LAST_CHUNK, Ask
from tests.gateway.wire.responses import server
from tests.gateway.wire.responses.server import call, message, said, thoughts, whole

BAD, MASKED, MASK = "FORBIDDEN7", "maskme42", "<REDACTED>"


def _by(size: int) -> server.Cutter:
    return lambda text: [text[at : at + size] for at in range(0, len(text), size)]


def telling(response: dict[str, Any], size: int = 5, stop: int | None = None) -> Callable[[Ask], Any]:
    """A model server that answers with ``response``; a stream of it breaks off after ``stop`` events."""

    async def play(ask: Ask) -> None:
        assert ask.head.startswith(b"POST /v1/responses ")
        if not ask.json.get("stream"):
            ask.answer(response)
            return
        ask.send(HEAD_EVENTS)
        sent = server.frames(server.stream(response, _by(size)))
        for data in sent[:stop]:
            kind = json.loads(data)["type"].encode()
            ask.chunk(b"event: %b\ndata: %b\n\n" % (kind, data))
        if stop is not None:
            ask.reset()
            return
        ask.send(LAST_CHUNK)

    return play


@pytest.fixture
async def house() -> AsyncIterator[Running]:
    one = await running()
    yield one
    await one.stop()


def client(house: Running) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=KEY, base_url=f"http://127.0.0.1:{house.port}/v1", max_retries=0)


PLAIN = whole([thoughts("Let me see."), message(said("Hello, world! This is a longer answer."))])


async def test_an_answer_in_one_piece_and_streamed(house: Running) -> None:
    house.upstream.script = telling(PLAIN)
    async with client(house) as asking:
        got = await asking.responses.create(model="m", input="hi")
        assert got == Response.model_validate(PLAIN)
        assert got.output_text == "Hello, world! This is a longer answer."
        kinds = [each.type async for each in await asking.responses.create(model="m", input="hi", stream=True)]
        assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
        async with asking.responses.stream(model="m", input="hi") as stream:
            pieces = [each.delta async for each in stream if each.type == "response.output_text.delta"]
            final = await stream.get_final_response()
    assert "".join(pieces) == final.output_text == got.output_text
    assert json.loads(house.upstream.requests[0][1]) == {"model": "m", "input": "hi", "store": False}
    assert [each.outcome for each in house.audit.ends] == [Outcome.COMPLETED] * 3
    assert {each.route for each in house.audit.begins} == {"responses"}
    assert [(each.input_tokens, each.output_tokens) for each in house.audit.ends] == [(3, 5)] * 3


async def test_the_client_without_a_loop(house: Running) -> None:
    house.upstream.script = telling(PLAIN)

    def ask() -> tuple[str, str, str]:
        with OpenAI(api_key=KEY, base_url=f"http://127.0.0.1:{house.port}/v1", max_retries=0) as asking:
            plain = asking.responses.create(model="m", input="hi").output_text
            raw = "".join(each.delta for each in asking.responses.create(model="m", input="hi", stream=True)
                          if each.type == "response.output_text.delta")  # fmt: skip
            with asking.responses.stream(model="m", input="hi") as stream:
                return plain, raw, stream.get_final_response().output_text

    assert set(await asyncio.to_thread(ask)) == {"Hello, world! This is a longer answer."}


class Weather(BaseModel):
    city: str
    degrees: int


async def test_parsed_answers_and_calls(house: Running) -> None:
    weather = '{"city": "maskme42 town", "degrees": 7}'
    house.upstream.script = telling(whole([message(said(weather)), call(weather, name="Weather")]))
    tools = [openai.pydantic_function_tool(Weather)["function"] | {"type": "function"}]
    want = Weather(city=f"{MASK} town", degrees=7)
    async with client(house) as asking:
        got = await asking.responses.parse(model="m", input="hi", text_format=Weather, tools=tools)  # type: ignore[arg-type]
        async with asking.responses.stream(model="m", input="hi", text_format=Weather, tools=tools) as stream:  # type: ignore[arg-type]
            final = await stream.get_final_response()
    for response in (got, final):
        assert response.output_parsed == want
        assert response.output[1].parsed_arguments == want.model_dump()  # type: ignore[union-attr]


async def test_a_cut_is_an_incomplete_response(house: Running) -> None:
    house.upstream.script = telling(whole([message(said(f"The word is {BAD}, never say it."))]))
    async with client(house) as asking:
        plain = await asking.responses.create(model="m", input="hi")
        found = [each async for each in await asking.responses.create(model="m", input="hi", stream=True)]
        async with asking.responses.stream(model="m", input="hi") as stream:
            kinds = [each.type async for each in stream]
    assert kinds[-4:] == ["response.output_text.done", "response.content_part.done", "response.output_item.done",
                          "response.incomplete"]  # fmt: skip
    streamed = found[-1].response  # type: ignore[union-attr]
    pieces = "".join(each.delta for each in found if each.type == "response.output_text.delta")
    for got in (plain, streamed):
        assert (got.status, got.incomplete_details.reason) == ("incomplete", "content_filter")  # type: ignore[union-attr]
        assert got.output_text.startswith("The word is \n\nI can't share that.")
        assert BAD not in got.to_json()
    assert pieces == streamed.output_text
    assert [each.outcome for each in house.audit.ends] == [Outcome.BLOCKED] * 3


async def test_a_stream_that_is_cut_stops_the_model(house: Running) -> None:
    async def talk_on(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        for data in server.frames(server.stream(whole([message(said(f"x {BAD} y"))])))[:5]:
            ask.chunk(b"data: %b\n\n" % data)
        await ask.left.wait()

    house.upstream.script = talk_on
    async with client(house) as asking:
        found = [each async for each in await asking.responses.create(model="m", input="hi", stream=True)]
    assert found[-1].type == "response.incomplete"
    async with asyncio.timeout(2):
        await house.upstream.asks[0].left.wait()


async def test_a_blocked_request_is_an_error_with_a_decision(house: Running) -> None:
    async with client(house) as asking:
        for stream in (False, True):
            for input_ in (f"say {BAD}", [{"type": "function_call_output", "call_id": "c", "output": f"it is {BAD}"}]):
                with pytest.raises(openai.BadRequestError) as caught:
                    await asking.responses.create(model="m", input=input_, stream=stream)  # type: ignore[arg-type, call-overload]
                assert caught.value.code == "content_filter"
                assert caught.value.body["wardgate"]["decision_id"] == caught.value.response.headers["x-request-id"]  # type: ignore[index]
    assert house.upstream.requests == []


async def test_what_is_kept_elsewhere_is_refused(house: Running) -> None:
    async with client(house) as asking:
        for fields in ({"previous_response_id": "resp_1"}, {"conversation": "c"}, {"background": True},
                       {"prompt": {"id": "p"}}):  # fmt: skip
            with pytest.raises(openai.BadRequestError) as caught:
                await asking.responses.create(model="m", input="hi", **fields)  # type: ignore[call-overload]
            assert caught.value.param == next(iter(fields))
    assert house.upstream.requests == []


async def test_a_policys_own_words() -> None:
    policy = Policy("own", rules=(Rule("r", "bad", action=Action(ActionKind.RESPOND, "Ask HR.")),))
    house = await running(policy=policy)
    try:
        async with client(house) as asking:
            plain = await asking.responses.create(model="m", input=f"say {BAD}")
            found = [each async for each in await asking.responses.create(model="m", input=f"say {BAD}", stream=True)]
            async with asking.responses.stream(model="m", input=f"say {BAD}") as stream:
                assert [each.type async for each in stream][-1] == "response.incomplete"
    finally:
        await house.stop()
    assert plain.output_text == found[-1].response.output_text == "Ask HR."  # type: ignore[union-attr]


@pytest.mark.parametrize("stop", [3, 6])
async def test_a_lost_stream_ends_in_an_error_event(house: Running, stop: int) -> None:
    house.upstream.script = telling(PLAIN, stop=stop)
    async with client(house) as asking:
        found = [each async for each in await asking.responses.create(model="m", input="hi", stream=True)]
    assert found[-1].type == "error"
    assert found[-1].code == "upstream_failed"  # type: ignore[union-attr]
    assert [each.sequence_number for each in found] == list(range(len(found)))
    assert "response.completed" not in {each.type for each in found}
    assert house.audit.ends[0].outcome is Outcome.UPSTREAM_LOST


async def test_placeholders_are_restored_in_every_text(house: Running) -> None:
    rule = Rule("r", "masked", action=Action(ActionKind.TOKENIZE), output=False)
    tokens = await running(policy=Policy("t", rules=(rule,)))

    async def repeat(ask: Ask) -> None:
        name = ask.json["input"]
        assert MASKED not in name
        await telling(whole([thoughts(f"It is {name}."), message(said(f"You said {name}.")),
                             call(json.dumps({"a": name}))]), size=3)(ask)  # fmt: skip

    tokens.upstream.script = repeat
    try:
        async with client(tokens) as asking:
            plain = await asking.responses.create(model="m", input=MASKED, instructions=f"About {MASKED}.")
            async with asking.responses.stream(model="m", input=MASKED) as stream:
                streamed = await stream.get_final_response()
    finally:
        await tokens.stop()
    for got in (plain, streamed):
        thought, turn, called = got.output
        assert thought.content[0].text == f"It is {MASKED}."  # type: ignore[union-attr, index]
        assert turn.content[0].text == f"You said {MASKED}."  # type: ignore[union-attr]
        assert json.loads(called.arguments) == {"a": MASKED}  # type: ignore[union-attr, arg-type]


async def test_an_error_before_the_answer_has_openais_shape(house: Running) -> None:
    got: Answer = await _post(house, b"{")
    assert (got.status, got.json["error"]["code"]) == (400, "invalid_json")


async def _post(house: Running, body: bytes) -> Answer:
    raw = await house.client()
    raw.send(request(body, path="/v1/responses"))
    return await raw.answer()
