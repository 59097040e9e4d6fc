"""Law 2, summed up: of every string that the clients' own types have, over all APIs, all are judged or on the map.

The map is the one that ``wardgate validate --coverage`` prints. Each API's own tests look closer, event by event; this
one says how many leaves there are, and that none was missed in any of them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, get_args

import orjson
import pytest
from anthropic.types import Message
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming as ChatParams
from openai.types.completion_create_params import CompletionCreateParamsStreaming
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses import Response
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming

from gateway.core.policy import ActionKind
from gateway.wire import chat, completions, embeddings, messages, responses
from gateway.wire.api import Answering, Asked
from gateway.wire.apis import RELAYED
from gateway.wire.coverage import How, Place, places
from tests.gateway.wire.fakes import FakeExchange
from tests.gateway.wire.messages.streams import written
from tests.gateway.wire.responses import server
from tests.gateway.wire.samples import Samples, canaries

MAP = places()
Leaf = tuple[str, bool, bool]
"""Where a string stands, whether it was judged, and whether it was reported as one that no guard reads."""
Walk = Callable[[bool], Iterator[Leaf]]
"""Whether every object has a member that its type does not know."""
Tell = Callable[[FakeExchange, dict[str, Any]], bytes]


@dataclass(frozen=True)
class Sum:
    """``least``: how many leaves the types had when this was written; more may come, fewer mean that some are lost."""

    name: str
    walk: Walk
    least: int


def _asked(parse: Callable[[bytes], Asked], kind: Any, *without: str, **fixed: Any) -> Walk:
    """Requests of ``kind``."""

    def walk(new: bool) -> Iterator[Leaf]:
        for body in Samples({"model": "gpt-custom", **fixed}).of(kind):
            for name in without:
                body.pop(name, None)
            if isinstance(body.get("input"), list):
                body["input"] = [each for each in body["input"] if not _stands_for_another(each)]
            if new:
                _grown(body, count(1))
            parsed = parse(orjson.dumps(body))
            judged = {(each.path, each.text) for channel in parsed.channels for each in channel.segments}
            parts = tuple(each.path for each in parsed.unscannable)
            for path, text in canaries(body):
                reported = any(path == part or path.startswith(part + "/") for part in parts)
                yield path, (path, text) in judged, reported

    return walk


def _stands_for_another(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "item_reference"


def _said(kind: Any, tell: Tell, **fixed: Any) -> Walk:
    """Answers of ``kind``; there, what no guard reads counts as reported, and a new field that is not sent as judged."""

    def walk(new: bool) -> Iterator[Leaf]:
        for body in Samples(fixed).of(kind):
            exchange = FakeExchange(ActionKind.ALLOW)
            if new:
                _grown(body, count(1))
            sent = tell(exchange, body := _ended(body)).decode()
            judged = "\n".join(exchange.seen())
            for path, text in canaries(body):
                yield path, text in judged or (new and text not in sent), True

    return walk


def _grown(value: Any, numbers: Iterator[int]) -> None:
    """Gives every object in ``value`` a member that no type and no table knows."""
    for each in list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()):
        _grown(each, numbers)
    if isinstance(value, dict) and not _is_tokens(value):
        value[f"canary new {next(numbers)} ends"] = f"canary of a new field {next(numbers)} ends"


def _is_tokens(value: dict[str, Any]) -> bool:
    """Whether ``value`` gives numbers to tokens: another member would be one more token, and no number."""
    return bool(value) and all(isinstance(each, float | int) and (key.startswith("canary") or key.isdecimal())
                               for key, each in value.items())  # fmt: skip


def _ended(body: dict[str, Any]) -> dict[str, Any]:
    """``body`` with the reasons and indexes that a server gives."""
    for index, choice in enumerate(body.get("choices", ())):
        choice["index"] = index
    return {**body, "stop_reason": "end_turn"} if "stop_reason" in body else body


def _whole(answer: Callable[[FakeExchange, int], Answering]) -> Tell:
    def tell(exchange: FakeExchange, body: dict[str, Any]) -> bytes:
        n = max(len(body.get("choices", ())), len(body.get("data", ())), 1)
        return answer(exchange, n).complete(orjson.dumps(copy.deepcopy(body)))

    return tell


def _events(
    answer: Callable[[FakeExchange, int], Answering], datas: Callable[[dict[str, Any]], Iterable[bytes]]
) -> Tell:
    def tell(exchange: FakeExchange, body: dict[str, Any]) -> bytes:
        live = answer(exchange, max(len(body.get("choices", ())), 1))
        return b"".join([live.feed(data) for data in datas(copy.deepcopy(body))])

    return tell


def _chat(exchange: FakeExchange, n: int) -> Answering:
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "n": n, "logprobs": True}
    return chat.parse(orjson.dumps(asked)).answer(exchange)


def _completion(exchange: FakeExchange, n: int) -> Answering:
    return completions.parse(orjson.dumps({"model": "m", "prompt": "hi", "n": n, "logprobs": 1})).answer(exchange)


def _embedding(exchange: FakeExchange, n: int) -> Answering:
    return embeddings.parse(orjson.dumps({"model": "m", "input": ["hi"] * n})).answer(exchange)


def _response(exchange: FakeExchange, n: int) -> Answering:
    return server.request(top_logprobs=1).answer(exchange)


def _message(exchange: FakeExchange, n: int) -> Answering:
    return messages.Answer(exchange)


def _chunk(body: dict[str, Any]) -> list[bytes]:
    for choice in body["choices"]:
        choice["finish_reason"] = None
    end = {**body, "choices": [{"index": each["index"], "delta": {}, "text": "", "finish_reason": "stop"}
                               for each in body["choices"]]}  # fmt: skip
    return [orjson.dumps(body), orjson.dumps(end)]


def _streamed(body: dict[str, Any]) -> list[bytes]:
    for item in body["output"]:
        for part in item.get("content") or () if item["type"] == "message" else ():
            part.pop("logprobs", None)  # a text whose scores are those of another is no stream
    return server.frames(server.stream({**body, "status": "completed"}))


SUMS = (
    Sum("chat request", _asked(chat.parse, ChatParams, logit_bias={"50256": 1}, top_logprobs=1, n=1), 300),
    Sum("chat answer", _said(ChatCompletion, _whole(_chat)), 60),
    Sum("chat stream", _said(ChatCompletionChunk, _events(_chat, _chunk)), 48),
    Sum("completions request", _asked(completions.parse, CompletionCreateParamsStreaming, logit_bias={"50256": 1}), 14),
    Sum("completions answer", _said(Completion, _whole(_completion)), 6),
    Sum("completions stream", _said(Completion, _events(_completion, _chunk)), 6),
    Sum("embeddings request", _asked(embeddings.parse, EmbeddingCreateParams), 6),
    Sum("embeddings answer", _said(CreateEmbeddingResponse, _whole(_embedding)), 1),
    Sum("responses request", _asked(responses.parse, ResponseCreateParamsStreaming, "prompt", "previous_response_id",
                                    "conversation", top_logprobs=1, background=False), 5400),
    Sum("responses answer", _said(Response, _whole(_response), error=None), 10_000),
    Sum("responses stream", _said(Response, _events(_response, _streamed), error=None), 10_000),
    Sum("messages request", _asked(messages.parse, MessageCreateParamsStreaming, "container"), 3400),
    Sum("messages count", _asked(messages.parse_count, MessageCountTokensParams, "container"), 3400),
    Sum("messages answer", _said(Message, _whole(_message)), 640),
    Sum("messages stream", _said(Message, _events(_message, written)), 640),
)  # fmt: skip


def _on_the_map(api: str, path: str, *, request: bool) -> Place | None:
    """The entry that says why the string at ``path``, which is no word, no name and no number, is not judged."""
    below = "/" + "/".join(path.split("/")[3:])
    for each in MAP:
        if each.api == api and (each.kind == "token" or each.how in ("unscannable", "removed")):
            inside = each.where.startswith("item")
            mine = (each.where == "request") is request or (inside and request)
            if mine and each.holds(below if inside else path):
                return each
    return None


def _missed(each: Sum, leaves: Iterable[Leaf]) -> list[str]:
    api, _, side = each.name.partition(" ")
    missed = []
    for path, judged, reported in leaves:
        if not judged:
            entry = _on_the_map(api, path, request=side in ("request", "count"))
            if entry is None or (entry.how == "unscannable" and not reported):
                missed.append(path)
    return missed


@pytest.mark.parametrize("each", SUMS, ids=lambda each: each.name)
def test_every_string_is_judged_or_on_the_map(each: Sum) -> None:
    leaves = [*each.walk(False)]
    assert _missed(each, leaves) == []
    assert len(leaves) >= each.least


@pytest.mark.parametrize("each", SUMS, ids=lambda each: each.name)
def test_a_field_that_no_one_knows_yet_is_judged_wherever_it_stands(each: Sum) -> None:
    leaves = [leaf for leaf in each.walk(True) if "canary new" in leaf[0]]
    assert _missed(each, leaves) == []
    assert leaves


def test_the_map_names_each_place_once_with_a_reason() -> None:
    named = [(each.api, each.where, each.path) for each in MAP]
    assert {each for each in named if named.count(each) > 1} == set()
    assert [each for each in MAP if len(each.reason) < 4] == []
    assert {each.how for each in MAP} == set(get_args(How))
    assert {each.api for each in MAP} == {each.name.split()[0] for each in SUMS}
    assert {each.api for each in MAP} == {api.name for api in RELAYED.values()} - {"count_tokens"}  # it is one of messages
