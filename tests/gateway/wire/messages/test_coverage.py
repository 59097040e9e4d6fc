"""Law 2 for the Messages API: a canary in every string of Anthropic's own types is judged, or was named as no text."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import orjson
import pytest
from anthropic.types import Message, MessageTokensCount, RawMessageStreamEvent
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from gateway.core.policy import ActionKind
from gateway.wire.fields import Node
from gateway.wire.messages import Answer, limits, parse, parse_count
from gateway.wire.messages.count import CountAnswer
from gateway.wire.messages.fields import KINDS, NESTED, REQUEST
from tests.gateway.wire.fakes import FakeExchange
from tests.gateway.wire.messages.streams import delta, ended, event, joined, start, stop, text_start, tool, written
from tests.gateway.wire.samples import Samples, canaries

_FIXED: dict[str, Any] = {"model": "claude-custom", "container": None}
REQUESTS = [(MessageCreateParamsStreaming, parse, 300), (MessageCountTokensParams, parse_count, 300)]


def _sample(kind: Any) -> dict[str, Any]:
    """One value with every alternative of every list in it, and others for alternatives of single members."""
    return Samples(_FIXED).of(kind)  # type: ignore[return-value]


@pytest.mark.parametrize(("kind", "read", "least"), REQUESTS, ids=["create", "count"])
def test_every_string_of_a_request_is_judged(kind: Any, read: Any, least: int) -> None:
    leaves = 0
    unread: set[str] = set()
    for body in _sample(kind):
        asked = read(orjson.dumps(body))
        judged = {(each.path, each.text) for channel in asked.channels for each in channel.segments}
        found = list(canaries(asked.body))
        leaves += len(found)
        assert [each for each in found if each not in judged] == []
        unread |= {each.kind for each in asked.unscannable}
        assert set(body) - set(asked.body) <= limits.DROPPED.keys()
    assert leaves > least
    assert unread == {"image", "file"}, "every type of block is known"


@pytest.mark.parametrize(("kind", "read", "least"), REQUESTS, ids=["create", "count"])
def test_each_text_of_a_request_is_in_one_channel_but_for_those_of_one_list(kind: Any, read: Any, least: int) -> None:
    for body in _sample(kind):
        asked = read(orjson.dumps(body))
        paths = [each.path for channel in asked.channels if channel.joiner == "\n" for each in channel.segments]
        assert len(paths) == len(set(paths))


def _exempt(value: Any, node: Node, fresh: Iterator[int]) -> Any:
    """``value`` with canaries of exempt places made to look like what the tables say of the place."""
    if isinstance(value, str):
        exempt = node.treat in ("enum", "id", "sealed") and value.startswith("canary")
        return f"exempt{next(fresh)}" if exempt else value
    if isinstance(value, list):
        return [_exempt(each, node.any or Node(), fresh) for each in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, each in value.items():
        typed = key in NESTED or key in ("system", "messages", "content_block")
        out[key] = _typed(each, fresh) if typed and isinstance(each, (dict, list)) else _exempt(each, node.below(key), fresh)
    return out


def _typed(value: Any, fresh: Iterator[int]) -> Any:
    if isinstance(value, list):
        return [_typed(each, fresh) for each in value]
    return _exempt(value, KINDS.get(value.get("type", ""), Node()), fresh) if isinstance(value, dict) else value


def test_what_looks_like_what_its_table_says_is_left_alone() -> None:
    made = 0
    for body in _sample(MessageCreateParamsStreaming):
        fresh = iter(range(10_000))
        asked = parse(orjson.dumps(_exempt(body, REQUEST, fresh)))
        judged = [each.text for channel in asked.channels for each in channel.segments if each.text.startswith("exempt")]
        assert judged == []
        made += next(fresh)
    assert made > 40


def _whole() -> Iterator[dict[str, Any]]:
    for told in Samples().of(Message):
        yield {**told, "stop_reason": "end_turn"}


def test_every_string_of_a_whole_answer_is_judged() -> None:
    leaves = 0
    for told in _whole():
        exchange = FakeExchange(ActionKind.ALLOW)
        out = json.loads(Answer(exchange).complete(orjson.dumps(copy.deepcopy(told))))
        judged = "\n".join(exchange.seen())
        assert len(out["content"]) == len(told["content"])
        for path, text in (*canaries(told), *canaries(out)):
            leaves += 1
            assert text in judged, path
    assert leaves > 200


def test_every_string_of_a_stream_is_judged() -> None:
    for told in _whole():
        exchange = FakeExchange(ActionKind.ALLOW)
        live = Answer(exchange)
        out = json.dumps(joined(b"".join([live.feed(data) for data in written(told)])))
        judged = "\n".join(exchange.seen())
        for path, text in canaries(told):
            assert text in judged, path
            assert text in out, path


_OPENS = {"text_delta": {"type": "text", "text": ""}, "citations_delta": {"type": "text", "text": ""},
          "thinking_delta": {"type": "thinking", "thinking": ""}, "signature_delta": {"type": "thinking", "thinking": ""},
          "input_json_delta": tool({})}  # fmt: skip


def _in_its_place(told: dict[str, Any]) -> list[bytes]:
    """The events of a stream of which ``told`` is the one of interest."""
    if told["type"] == "message_start":
        return [orjson.dumps(told), *ended()]
    if told["type"] == "content_block_start":
        return [start(), orjson.dumps({**told, "index": 0}), stop(), *ended()]
    if told["type"] == "content_block_delta":
        said = dict(told["delta"])
        if "partial_json" in said:
            said["partial_json"] = json.dumps({"a": said["partial_json"]})
        begun = event("content_block_start", index=0, content_block=_OPENS[said["type"]])
        return [start(), begun, delta(0, said.pop("type"), **said), stop(), *ended()]
    if told["type"] == "message_delta":
        said = {**told["delta"], "stop_reason": "end_turn"}
        return [start(), orjson.dumps({**told, "delta": said}), event("message_stop")]
    return [start(), text_start(), stop(), *ended()]


def test_every_string_of_every_event_is_judged() -> None:
    kinds: dict[str, int] = {}
    for model in get_args(get_args(RawMessageStreamEvent)[0]):
        for told in Samples().of(model):
            if told["type"] == "message_start":
                told["message"]["content"] = []
            exchange = FakeExchange(ActionKind.ALLOW)
            live = Answer(exchange)
            out = b"".join([live.feed(data) for data in _in_its_place(told)])
            sent = json.dumps(joined(out)) + out.decode()  # put together where a text was sent in two pieces
            judged = "\n".join(exchange.seen())
            for path, text in canaries(told):
                kinds[told["type"]] = kinds.get(told["type"], 0) + 1
                assert text in judged, (told["type"], path)
                assert text in sent, (told["type"], path)
    assert kinds.keys() == {"message_start", "content_block_start", "content_block_delta", "message_delta"}
    assert sum(kinds.values()) > 100


def test_a_count_holds_no_text() -> None:
    for told in Samples().of(MessageTokensCount):
        assert list(canaries(told)) == []
        assert json.loads(CountAnswer(FakeExchange()).complete(orjson.dumps(told))) == told
