"""Completions and embeddings end to end: the official client, a whole gateway, and a small model server behind it."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.completion_create_params import CompletionCreateParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from pydantic import TypeAdapter

from gateway.audit.record import Outcome
from gateway.core.policy import Action, ActionKind, Policy, Rule
from tests.chaos.house import KEY, POLICY, Running, running
from tests.chaos.upstream import HEAD_EVENTS, LAST_CHUNK, Ask

CANARY = "canary-77c0"
HEAD = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
USAGE = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
VECTOR = [0.25, -0.5, 1.0]
Start = Callable[..., Awaitable[tuple[Running, openai.AsyncOpenAI]]]
_ASKED: dict[str, TypeAdapter[Any]] = {
    "/v1/completions": TypeAdapter(CompletionCreateParams), "/v1/embeddings": TypeAdapter(EmbeddingCreateParams),
}


@dataclass
class Model:
    """Says ``words`` after each prompt, one a token, with scores where they are asked for."""

    words: tuple[str, ...] = (" once", " more", ".")

    async def script(self, ask: Ask) -> None:
        path = ask.head.split(b" ")[1].decode()
        _ASKED[path].validate_python(ask.json)
        if path == "/v1/embeddings":
            self._embed(ask)
        elif ask.json.get("stream"):
            self._stream(ask)
        else:
            body = {**HEAD, "choices": [self._choice(ask.json, at, tokens, 0, "stop") for at, tokens in self._all(ask.json)],
                    "usage": USAGE}
            ask.answer(body)

    def _all(self, asked: dict[str, Any]) -> list[tuple[int, list[str]]]:
        prompts = asked["prompt"] if isinstance(asked["prompt"], list) else [asked["prompt"]]
        words = self.words if asked.get("max_tokens") != 0 else ()
        texts = [[*([prompt] if asked.get("echo") else []), *words] for prompt in prompts for _ in range(asked.get("n") or 1)]
        return list(enumerate(texts))

    def _choice(self, asked: dict[str, Any], index: int, tokens: list[str], start: int, reason: str | None) -> dict[str, Any]:
        scores = None
        if asked.get("logprobs") is not None:
            offsets = [start + sum(map(len, tokens[:at])) for at in range(len(tokens))]
            scores = {"tokens": tokens, "token_logprobs": [-0.5] * len(tokens), "text_offset": offsets,
                      "top_logprobs": [{token: -0.5} for token in tokens]}
        return {"index": index, "text": "".join(tokens), "logprobs": scores, "finish_reason": reason}

    def _stream(self, ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        for index, tokens in self._all(ask.json):
            start = 0
            for at, token in enumerate(tokens):
                reason = "stop" if at == len(tokens) - 1 else None
                choice = self._choice(ask.json, index, [token], start, reason)
                start += len(token)
                ask.chunk(b"data: %b\n\n" % json.dumps({**HEAD, "choices": [choice]}).encode())
        if (ask.json.get("stream_options") or {}).get("include_usage"):
            ask.chunk(b"data: %b\n\n" % json.dumps({**HEAD, "choices": [], "usage": USAGE}).encode())
        ask.chunk(b"data: [DONE]\n\n")
        ask.send(LAST_CHUNK)

    def _embed(self, ask: Ask) -> None:
        count = len(ask.json["input"]) if isinstance(ask.json["input"], list) else 1
        coded: Any = VECTOR
        if ask.json.get("encoding_format") == "base64":
            coded = base64.b64encode(struct.pack("<3f", *VECTOR)).decode()
        data = [{"object": "embedding", "index": at, "embedding": coded} for at in range(count)]
        ask.answer({"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 2, "total_tokens": 2}})


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    opened: list[Any] = []

    async def begin(model: Model | None = None, policy: Policy = POLICY) -> tuple[Running, openai.AsyncOpenAI]:
        house = await running(policy=policy)
        house.upstream.script = (model or Model()).script
        client = openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{house.port}/v1", api_key=KEY, max_retries=0)
        opened.append((house, client))
        return house, client

    yield begin
    for house, client in opened:
        await client.close()
        await house.stop()


async def _direct(house: Running) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=house.upstream.base_url, api_key="sk-upstream", max_retries=0)


async def test_a_completion_passes_as_it_is_where_nothing_is_edited(start: Start) -> None:
    house, client = await start()
    asked: dict[str, Any] = {"model": "m", "prompt": ["Say it", "Again"], "n": 2, "echo": True, "logprobs": 2}
    through = await client.completions.create(**asked)
    async with await _direct(house) as direct:
        assert through == await direct.completions.create(**asked)
    Completion.model_validate(through.model_dump())
    assert [each.text for each in through.choices] == ["Say it once more."] * 2 + ["Again once more."] * 2
    end = await house.ended()
    assert (end.outcome, end.input_tokens, end.output_tokens) == (Outcome.COMPLETED, 2, 3)
    assert house.audit.begins[0].route == "completions"


async def test_a_text_can_be_scored_through_the_gateway(start: Start) -> None:
    _, client = await start()
    said = await client.completions.create(model="m", prompt="A text to score", echo=True, logprobs=1, max_tokens=0)
    scores = said.choices[0].logprobs
    assert scores is not None
    assert (scores.tokens, scores.token_logprobs, scores.text_offset) == (["A text to score"], [-0.5], [0])


async def test_a_stream_is_read_by_the_client_and_equals_the_whole(start: Start) -> None:
    house, client = await start(Model((" see", " maskme42", " here", " FORBIDDEN7", " never")))
    asked: dict[str, Any] = {"model": "m", "prompt": "Go", "n": 2, "echo": True, "logprobs": 1}
    whole = await client.completions.create(**asked)
    texts, reasons, tokens, usage = {0: "", 1: ""}, {}, {0: [], 1: []}, None
    async for chunk in await client.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for each in chunk.choices:
            texts[each.index] += each.text
            tokens[each.index] += (each.logprobs.tokens or []) if each.logprobs else []
            reasons[each.index] = each.finish_reason
    decisions = [each.decision_id for each in house.audit.begins]
    assert {each.index: each.text.replace(decisions[0], "#") for each in whole.choices} == {
        index: text.replace(decisions[1], "#") for index, text in texts.items()}
    assert reasons == {each.index: each.finish_reason for each in whole.choices} == {0: "content_filter", 1: "content_filter"}
    assert tokens == {each.index: each.logprobs.tokens for each in whole.choices if each.logprobs}
    assert texts[0].startswith("Go see <REDACTED> here ")
    assert "never" not in texts[0]
    assert (await house.ended(2)).outcome is Outcome.BLOCKED


async def test_one_blocked_prompt_of_a_list_stops_the_request(start: Start) -> None:
    house, client = await start()
    with pytest.raises(openai.BadRequestError) as caught:
        await client.completions.create(model="m", prompt=["fine", f"FORBIDDEN7 {CANARY}"])
    assert caught.value.code == "content_filter"
    assert CANARY not in caught.value.message
    assert house.upstream.accepted == 0
    assert house.audit.begins[0].findings[0].path == "/prompt/1"
    assert CANARY not in repr(house.audit)


async def test_prompts_are_edited_before_the_model_sees_them(start: Start) -> None:
    house, client = await start()
    said = await client.completions.create(model="m", prompt="tell maskme42", echo=True)
    assert json.loads(house.upstream.requests[0][1])["prompt"] == "tell <REDACTED>"
    assert said.choices[0].text == "tell <REDACTED> once more."


async def test_token_ids_are_blocked_unless_the_policy_lets_them_pass(start: Start) -> None:
    house, client = await start()
    for ask in (lambda: client.completions.create(model="m", prompt=[1, 2]), lambda: client.embeddings.create(model="m", input=[[1]])):
        with pytest.raises(openai.BadRequestError) as caught:
            await ask()
        assert caught.value.body["wardgate"]["rules"] == ["unscannable:tokens"]  # type: ignore[index]
    assert house.upstream.accepted == 0
    house, client = await start(policy=Policy("p", on_unscannable=(("tokens", ActionKind.ALLOW),)))
    assert len((await client.embeddings.create(model="m", input=[[1], [2]])).data) == 2


async def test_embeddings_as_the_client_reads_them(start: Start) -> None:
    house, client = await start()
    for more in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"}):
        said = await client.embeddings.create(model="m", input=["one", "two"], **more)  # type: ignore[arg-type]
        assert len(said.data) == 2
        if more.get("encoding_format") != "base64":
            CreateEmbeddingResponse.model_validate(said.model_dump())
            assert said.data[0].embedding == VECTOR
    assert [each.route for each in house.audit.begins] == ["embeddings"] * 3
    assert (await house.ended(3)).input_tokens == 2


async def test_an_embedding_of_an_edited_text_says_so(start: Start) -> None:
    house, client = await start()
    said = await client.embeddings.with_raw_response.create(model="m", input=["one", "maskme42"])
    assert said.headers["x-wardgate-decision"] == "edit"
    assert json.loads(house.upstream.requests[0][1])["input"] == ["one", "<REDACTED>"]


async def test_words_of_a_policy_answer_a_prompt_and_refuse_an_embedding(start: Start) -> None:
    rule = Rule("no-bad", "bad", action=Action(ActionKind.RESPOND, "Ask HR."))
    _, client = await start(policy=Policy("p", rules=(rule,)))
    said = await client.completions.create(model="m", prompt=["FORBIDDEN7", "b"])
    assert [(each.text, each.finish_reason) for each in said.choices] == [("Ask HR.", "content_filter")] * 2
    streamed = [each async for each in await client.completions.create(model="m", prompt="FORBIDDEN7", stream=True)]
    assert [each.choices[0].text for each in streamed] == ["Ask HR."]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.embeddings.create(model="m", input="FORBIDDEN7")
    assert caught.value.code == "content_filter"


async def test_a_route_that_is_not_served_is_an_error_that_the_client_reads(start: Start) -> None:
    house, client = await start()
    with pytest.raises(openai.NotFoundError) as caught:
        await client.files.list()
    assert caught.value.code == "unsupported_route"
    assert "/v1/completions" in caught.value.message
    with pytest.raises(openai.APIStatusError) as wrong:
        await client.chat.completions.list()
    assert wrong.value.status_code == 405
    assert house.upstream.accepted == 0
