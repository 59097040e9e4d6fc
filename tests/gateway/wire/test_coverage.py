"""Law 2, nothing unseen: a canary in every string leaf of OpenAI's own types is judged, or was named as no text."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming

from gateway.core.policy import ActionKind
from gateway.wire import chat
from gateway.wire.chat.fields import ANSWER_TABLE, REQUEST_TABLE
from gateway.wire.fields import BLOBS, Node, compiled
from tests.gateway.wire.fakes import FakeExchange
from tests.gateway.wire.samples import Samples, canaries
from tests.gateway.wire.streams import request
from tests.gateway.wire.tables import counted, treated

_FIXED = {"logit_bias": {"50256": 1}, "model": "gpt-custom", "top_logprobs": 1, "n": 1}


def _requests() -> list[dict[str, Any]]:
    return Samples(_FIXED).of(CompletionCreateParamsStreaming)


def test_every_string_of_a_request_is_judged_or_reported_or_named() -> None:
    seen = reported = 0
    for body in _requests():
        judged, unread = counted(chat.parse(orjson.dumps(body)), lambda path: treated(REQUEST_TABLE, path))
        seen, reported = seen + judged, reported + unread
    assert seen > 150
    assert reported >= 3  # a picture, a sound and a file


def test_each_text_is_in_one_channel_but_for_the_parts_of_one_message() -> None:
    for body in _requests():
        parsed = chat.parse(orjson.dumps(body))
        paths = [each.path for channel in parsed.channels if channel.joiner == "\n" for each in channel.segments]
        assert len(paths) == len(set(paths))


def _shaped(value: Any, node: Node, fresh: Any) -> Any:
    """``value`` with canaries of exempt places made to look like what the table says of the place."""
    if isinstance(value, str):
        return f"id-{next(fresh)}" if node.treat in ("enum", "id") and value.startswith("canary") else value
    if isinstance(value, list):
        return [_shaped(each, node.any or Node(), fresh) for each in value]
    if isinstance(value, dict):
        return {key: _shaped(each, node.below(key), fresh) for key, each in value.items()}
    return value


def test_ids_that_look_like_ids_are_left_alone() -> None:
    tree = compiled(REQUEST_TABLE)
    for body in _requests():
        shaped = _shaped(body, tree, iter(range(10_000)))
        parsed = chat.parse(orjson.dumps(shaped))
        texts = [segment.text for channel in parsed.channels for segment in channel.segments]
        assert not [text for text in texts if text.startswith("id-")]


@pytest.mark.parametrize("holder", ["message", "delta"])
def test_every_string_of_an_answer_is_judged_or_named(holder: str) -> None:
    model = ChatCompletion if holder == "message" else ChatCompletionChunk
    leaves = 0
    for body in Samples().of(model):
        for index, choice in enumerate(body["choices"]):
            choice["index"] = index
        if holder == "delta":
            for choice in body["choices"]:
                choice["finish_reason"] = None
        exchange = FakeExchange(ActionKind.ALLOW)
        answer = chat.Answer(exchange, request(n=len(body["choices"]), logprobs=True))
        sent = copy.deepcopy(body)
        out = answer.complete(orjson.dumps(sent)) if holder == "message" else answer.feed(orjson.dumps(sent))
        judged = "\n".join(exchange.seen())
        for path, text in canaries(body):
            leaves += 1
            if text not in judged:
                assert treated(ANSWER_TABLE, path) in {*BLOBS, "token"}, path
        for path, text in canaries(json.loads(out.removeprefix(b"data: "))):
            assert text in judged or treated(ANSWER_TABLE, path) in {*BLOBS, "token"}, path
    assert leaves > 25


def test_a_string_in_the_place_of_a_number_is_judged() -> None:
    parsed = chat.parse(orjson.dumps({"model": "m", "messages": [{"role": "user"}], "echo": "a text", "top_k": None}))
    assert [each.text for channel in parsed.channels for each in channel.segments] == ["a text"]
