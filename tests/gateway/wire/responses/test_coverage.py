"""Law 2 for responses: a canary in every string of OpenAI's own types is judged, or was named as no text."""

from __future__ import annotations

import copy
import json
from typing import Any, get_args

import orjson
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import BaseModel

from gateway.core.policy import ActionKind
from gateway.errors import UpstreamFailed
from gateway.wire import responses
from gateway.wire.fields import BLOBS, Node, compiled
from gateway.wire.responses.fields import ANSWER_TABLE, EVENT_TABLE, ITEM_TABLE, PICTURE_TABLE, REQUEST_TABLE
from tests.gateway.wire.fakes import FakeExchange
from tests.gateway.wire.responses import server
from tests.gateway.wire.samples import Samples, canaries
from tests.gateway.wire.tables import counted, treated

_FIXED = {"model": "gpt-custom", "top_logprobs": 1, "background": False}


def _requests() -> list[dict[str, Any]]:
    made = Samples(_FIXED).of(ResponseCreateParamsStreaming)
    for body in made:
        for name in ("background_options", "prompt", "previous_response_id", "conversation"):
            body.pop(name)  # dropped, or refused where they say anything: see gateway.wire.responses.bounds
        if isinstance(body["input"], list):
            body["input"] = [item for item in body["input"] if item.get("type") != "item_reference"]
    return made


def _request_treat(body: dict[str, Any], path: str) -> str:
    tokens = path.split("/")
    if tokens[1] == "input" and len(tokens) > 2 and body["input"][int(tokens[2])].get("type") == "image_generation_call":
        return treated(PICTURE_TABLE, "/" + "/".join(tokens[3:]))
    return treated(REQUEST_TABLE, path)


def test_every_string_of_a_request_is_judged_or_reported_or_named() -> None:
    seen = reported = 0
    kinds = set()
    for body in _requests():
        judged, unread = counted(responses.parse(orjson.dumps(body)), lambda path: _request_treat(body, path))  # noqa: B023
        seen, reported = seen + judged, reported + unread
        kinds |= {item.get("type") for item in body["input"] if isinstance(item, dict)}
    assert seen > 400
    assert reported >= 12
    assert len(kinds) > 28


def test_no_key_of_the_api_is_taken_for_a_callers_word() -> None:
    for body in _requests():
        parsed = responses.parse(orjson.dumps(body))
        keys = [each.text for channel in parsed.channels for each in channel.segments if each.path.endswith("/~key")]
        assert [key for key in keys if not key.startswith("canary")] == []


def test_each_text_is_in_one_channel_but_for_the_parts_of_one_message() -> None:
    for body in _requests():
        parsed = responses.parse(orjson.dumps(body))
        paths = [each.path for channel in parsed.channels if channel.joiner == "\n" for each in channel.segments]
        assert len(paths) == len(set(paths))


def _shaped(value: Any, node: Node, fresh: Any) -> Any:
    """``value`` with canaries of exempt places made to look like what the table says of the place."""
    if isinstance(value, str):
        return f"id-{next(fresh)}" if node.treat in ("enum", "id", "sealed") and value.startswith("canary") else value
    if isinstance(value, list):
        return [_shaped(each, node.any or Node(), fresh) for each in value]
    if isinstance(value, dict):
        return {key: _shaped(each, node.below(key), fresh) for key, each in value.items()}
    return value


def test_ids_that_look_like_ids_are_left_alone() -> None:
    for body in _requests():
        shaped = _shaped(body, compiled(REQUEST_TABLE), iter(range(10_000)))
        parsed = responses.parse(orjson.dumps(shaped))
        texts = [segment.text for channel in parsed.channels for segment in channel.segments]
        assert not [text for text in texts if text.startswith("id-")]


def _answer_treat(path: str) -> str:
    tokens = path.split("/")
    if tokens[1] == "output" and len(tokens) > 3:
        rest = "/" + "/".join(tokens[3:])
        return treated(ITEM_TABLE, rest) if rest != "/result" else treated(PICTURE_TABLE, rest)
    return treated(ANSWER_TABLE, path)


def test_every_string_of_an_answer_is_judged_or_named() -> None:
    leaves = 0
    kinds = set()
    for body in Samples({"error": None}).of(Response):
        exchange = FakeExchange(ActionKind.ALLOW)
        answer = server.request(top_logprobs=1).answer(exchange)
        out = json.loads(answer.complete(orjson.dumps(body)))
        judged = "\n".join(exchange.seen())
        kinds |= {item["type"] for item in body["output"]}
        for path, text in canaries(body):
            leaves += 1
            if text not in judged:
                assert _answer_treat(path) in {*BLOBS, "token"}, path
        for path, text in canaries(out):
            assert text in judged or _answer_treat(path) in {*BLOBS, "token"}, path
        assert len(out["output"]) == len(body["output"])
    assert leaves > 500
    assert len(kinds) > 26


def test_no_key_of_the_api_is_taken_for_the_models_word() -> None:
    for body in Samples({"error": None}).of(Response):
        exchange = FakeExchange(ActionKind.ALLOW)
        server.request().answer(exchange).complete(orjson.dumps(body))
        keys = [stream.seen for (_, name), stream in exchange.fields.items() if "/~key" in name]
        assert [key for key in keys if not key.startswith("canary")] == []


_EVENTS: dict[str, type[BaseModel]] = {
    kind: each
    for each in get_args(get_args(ResponseStreamEvent)[0])
    for kind in get_args(each.model_fields["type"].annotation)
}
_ITEM_OF_EVENT = {
    "response.function_call_arguments": "function_call", "response.custom_tool_call_input": "custom_tool_call",
    "response.mcp_call_arguments": "mcp_call", "response.code_interpreter_call_code": "code_interpreter_call",
    "response.reasoning_text": "reasoning", "response.reasoning_summary_text": "reasoning",
    "response.reasoning_summary_part": "reasoning", "response.refusal": "message",
}  # fmt: skip
_LATER = {"response.output_item.added", "response.content_part.added", "response.output_text.annotation.added"}
"""What they hold beyond names and text is judged, and sent, with the end of what they announce."""
_AT_THE_END = ("response.created", "response.queued", "response.in_progress")
"""Items in a response that has only begun are not sent: they come when they are announced."""
_NEVER = {
    "response.audio.transcript.delta", "response.shell_call_command.added", "response.shell_call_command.delta",
    "response.shell_call_command.done", "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
}  # fmt: skip
"""Not relayed: what they say is in no item (a transcript), or is judged whole with their item's end."""
_IN_SHORT = {"/item_id", "/size", "/output_format", "/background", "/quality", "/obfuscation"}
"""Names and words of the API: taken from the item, or not sent when they are not what the table says."""


@pytest.mark.parametrize("kind", sorted(_EVENTS))
def test_every_string_of_an_event_is_judged_or_not_sent(kind: str) -> None:
    samples = Samples({"output_index": 0, "content_index": 0, "summary_index": 0})
    for body in samples.of(_EVENTS[kind]):
        if kind == "error":
            with pytest.raises(UpstreamFailed) as caught:
                server.request().answer(FakeExchange()).feed(orjson.dumps(body))
            assert "canary" not in str(caught.value.body())
            continue
        exchange = FakeExchange(ActionKind.ALLOW)
        answer = server.request(top_logprobs=1).answer(exchange)
        answer.feed(orjson.dumps(server.event("response.created", response=server.HEAD)))
        if kind != "response.output_item.added" and "response" not in body:
            name = _item_type(kind, body)
            added = {"type": name, "id": "it_1"}
            answer.feed(orjson.dumps(server.event("response.output_item.added", output_index=0, item=added)))
        sent = copy.deepcopy(body)
        out = answer.feed(orjson.dumps(sent))
        judged = "\n".join(exchange.seen())
        for found in server_events(out):
            for path, text in canaries(found):
                assert text in judged or _event_treat(path) in {*BLOBS, "token"}, path
        if kind in _NEVER:
            assert out == b""
            continue
        if kind in _AT_THE_END:
            body["response"]["output"] = []
        for path, text in canaries(body):
            if text not in judged and path not in _IN_SHORT and not (kind in _LATER and text not in out.decode()):
                assert _event_treat(path) in {*BLOBS, "token"}, path


def server_events(out: bytes) -> list[Any]:
    return [json.loads(part.partition(b"data: ")[2]) for part in out.split(b"\n\n") if part]


def _item_type(kind: str, body: dict[str, Any]) -> str:
    stem = kind.rpartition(".")[0]
    if "item" in body:
        return str(body["item"]["type"])
    if stem == "response.content_part":
        return "reasoning" if body["part"]["type"] == "reasoning_text" else "message"
    return _ITEM_OF_EVENT.get(stem, "message")


def _event_treat(path: str) -> str:
    for holder, table in (("/response", None), ("/item", ITEM_TABLE), ("/part", ITEM_TABLE)):
        if path.startswith(holder + "/"):
            rest = path.removeprefix(holder)
            if table is None:
                return _answer_treat(rest)
            if holder == "/part":
                rest = "/content/0" + rest
            return treated(PICTURE_TABLE, rest) if rest == "/result" else treated(table, rest)
    if path.startswith("/logprobs"):
        return treated(ITEM_TABLE, "/content/0" + path)
    return "audio" if path == "/delta" else treated(EVENT_TABLE, path)
