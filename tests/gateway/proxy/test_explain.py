"""What a caller may ask to be told of a decision: every API, whole and streamed, as the official clients read it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anthropic
import openai
import pytest

from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Explain
from gateway.proxy.auth import Caller, hash_key
from gateway.proxy.explaining import HEADER, wanted
from gateway.proxy.limits import Bounds
from tests.chaos.house import KEY, POLICY, Running, chat, request, running
from tests.gateway.proxy.speaking import SPOKEN, telling

WORDS = "Well, maskme42 said so."
STATES = ["no-bad", "hide", "fragile"]
Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    houses: list[Running] = []

    async def begin(explain: Explain = "states", words: str = WORDS, policy: Policy = POLICY, **how: Any) -> Running:
        house = await running(policy=policy, callers=((hash_key(KEY), Caller("app", "acme", explain=explain)),), **how)
        house.upstream.script = telling(words)
        houses.append(house)
        return house

    yield begin
    for house in houses:
        await house.stop()


def _openai(house: Running) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{house.port}/v1", api_key=KEY, max_retries=0)


def _anthropic(house: Running) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=f"http://127.0.0.1:{house.port}", api_key=KEY, max_retries=0)


async def ask(house: Running, api: str, level: str, said: str = "hi", *, stream: bool = False) -> Any:
    """What the client finds under ``wardgate``, said once and at the end; None where there is no such member."""
    more: dict[str, Any] = {"extra_headers": {HEADER: level}} if level else {}
    if stream:
        more["stream"] = True
    turns: Any = [{"role": "user", "content": said}]
    if api in ("messages", "count"):
        async with _anthropic(house) as client:
            if api == "count":
                got: Any = await client.messages.count_tokens(model="m", messages=turns, **more)
            else:
                got = await client.messages.create(model="m", max_tokens=9, messages=turns, **more)
            seen = [each async for each in got] if stream else [got]
            assert not stream or [each.type for each in seen][-1] == "message_stop"
    else:
        async with _openai(house) as client:
            asking: Any = {
                "chat": lambda: client.chat.completions.create(model="m", messages=turns, **more),
                "completions": lambda: client.completions.create(model="m", prompt=said, **more),
                "embeddings": lambda: client.embeddings.create(model="m", input=said, encoding_format="float", **more),
                "responses": lambda: client.responses.create(model="m", input=said, **more),
            }[api]
            got = await asking()
            seen = [each async for each in got] if stream else [got]
    told = [found for each in seen if (found := getattr(getattr(each, "response", each), "wardgate", None)) is not None]
    assert len(told) <= 1, "it is said once, at the end"
    if told:
        last = seen[-1]
        assert getattr(getattr(last, "response", last), "wardgate", None) == told[0]
    return told[0] if told else None


CALLS = [(api, False) for api in (*SPOKEN, "embeddings", "count")] + [(api, True) for api in SPOKEN]


@pytest.mark.parametrize(("api", "stream"), CALLS)
async def test_every_rule_and_stage_has_the_state_that_the_audit_has(start: Start, api: str, stream: bool) -> None:
    house = await start()
    told = await ask(house, api, "states", "hi maskme42", stream=stream)
    begin, end = house.audit.begins[0], await house.ended()
    assert told.keys() == {"decision_id", "policy", "revision", "states"}
    assert (told["decision_id"], told["policy"], told["revision"]) == (begin.decision_id, "test", "rev1")
    kept = [(each.rule, each.stage, each.state.value) for each in (*begin.states, *end.states)]
    assert [(each["rule"], each["stage"], each["state"]) for each in told["states"]] == kept
    assert [(rule, stage) for rule, stage, _ in kept] == [(rule, stage) for stage in ("input", "output") for rule in STATES]
    assert ("hide", "input", "edited") in kept
    assert ("hide", "output", "edited") in kept


@pytest.mark.parametrize(("api", "stream"), CALLS)
async def test_who_does_not_ask_is_told_nothing_and_a_model_server_cannot_speak_for_the_gateway(
    start: Start, api: str, stream: bool
) -> None:
    house = await start("findings")
    for level in ("", "nothing"):
        assert await ask(house, api, level, stream=stream) is None


@pytest.mark.parametrize(("api", "stream"), CALLS)
async def test_findings_are_places_and_never_texts(start: Start, api: str, stream: bool) -> None:
    house = await start("findings")
    told = await ask(house, api, "findings", "hi maskme42", stream=stream)
    assert "maskme42" not in json.dumps(told)
    given = [each for each in told["findings"] if each["stage"] == "input"]
    assert [(each["rule"], each["start"], each["end"]) for each in given] == [("hide", 3, 11)]
    answered = [each for each in told["findings"] if each["stage"] == "output"]
    assert [(each["rule"], each["start"], each["end"]) for each in answered] == [("hide", 6, 14)]


@pytest.mark.parametrize(("api", "stream"), [each for each in CALLS if each[0] in SPOKEN])
async def test_a_cut_answer_says_which_rule_blocked(start: Start, api: str, stream: bool) -> None:
    house = await start(words="So: FORBIDDEN7 it is.")
    told = await ask(house, api, "states", stream=stream)
    states = {(each["rule"], each["stage"]): each["state"] for each in told["states"]}
    assert states["no-bad", "output"] == "blocked"
    assert states["no-bad", "input"] == "allowed"


@pytest.mark.parametrize(("api", "stream"), [each for each in CALLS if each[0] in (*SPOKEN, "count")])
async def test_a_policys_own_words_come_with_the_states_too(start: Start, api: str, stream: bool) -> None:
    rule = Rule("no-bad", "bad", action=Action(ActionKind.RESPOND, "Ask HR."))
    house = await start(policy=Policy("p", rules=(rule,)))
    told = await ask(house, api, "states", "FORBIDDEN7", stream=stream)
    states = [(each["rule"], each["stage"], each["state"]) for each in told["states"]]
    assert states == [("no-bad", "input", "blocked"), ("no-bad", "output", "not_run")]
    assert house.upstream.accepted == 0


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings"])
async def test_a_refusal_has_the_states_beside_its_decision(start: Start, path: str) -> None:
    house = await start("findings")
    client = await house.client()
    body = chat("FORBIDDEN7") if path.startswith("/v1/chat") else {"model": "m", "input": "FORBIDDEN7"}
    client.send(request(body, path, x_wardgate_explain="findings"))
    got = await client.answer()
    told = got.json["error"]["wardgate"]
    assert got.status == 400
    assert {"rule": "no-bad", "stage": "input", "state": "blocked"} in told["states"]
    assert (told["findings"][0]["rule"], told["findings"][0]["end"]) == ("no-bad", 10)
    assert b"FORBIDDEN7" not in got.body


async def test_more_than_the_key_may_ask_is_refused_before_the_model_is_asked(start: Start) -> None:
    for most, level, status in (("states", "findings", 403), ("nothing", "states", 403), ("findings", "all", 400)):
        house = await start(most)
        got = await house.ask(chat(), x_wardgate_explain=level)
        assert (got.status, got.json["error"]["param"]) == (status, HEADER)
        assert house.upstream.accepted == 0


async def test_findings_are_limited_as_checks_are_and_states_are_not(start: Start) -> None:
    house = await start("findings", bounds=Bounds(checks_rpm=2))
    got = [(await house.ask(chat(), x_wardgate_explain="findings")).status for _ in range(3)]
    assert got == [200, 200, 429]
    assert (await house.ask(chat(), x_wardgate_explain="states")).status == 200


def test_the_header_is_read_in_any_case_and_with_spaces() -> None:
    caller = Caller("app", explain="states")
    assert wanted({}, caller) == "nothing"
    assert wanted({HEADER.encode(): b" States "}, caller) == "states"


async def test_the_clients_own_stream_helpers_put_the_answer_together_all_the_same(start: Start) -> None:
    house = await start(words="All is calm.")
    head = {HEADER: "states"}
    turns: Any = [{"role": "user", "content": "hi"}]
    async with _openai(house) as client, _anthropic(house) as other:
        async with client.chat.completions.stream(model="m", messages=turns, extra_headers=head) as stream:
            assert (await stream.get_final_completion()).choices[0].message.content == "All is calm."
        async with client.responses.stream(model="m", input="hi", extra_headers=head) as events:
            final = await events.get_final_response()
            assert (final.output_text, final.wardgate["policy"]) == ("All is calm.", "test")  # type: ignore[attr-defined]
        async with other.messages.stream(model="m", max_tokens=9, messages=turns, extra_headers=head) as lines:
            assert await lines.get_final_text() == "All is calm."
