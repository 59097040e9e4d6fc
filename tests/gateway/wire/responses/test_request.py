"""Requests: what is judged as whose words, what is dropped or refused, and what is sent on."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from gateway.core.types import Edit, Segment
from gateway.errors import BadRequest, InvalidJson
from gateway.wire import responses
from gateway.wire.responses import ResponsesRequest


def parse(**fields: Any) -> ResponsesRequest:
    return responses.parse(orjson.dumps({"model": "m", "input": "hi", **fields}))


def texts(request: ResponsesRequest) -> dict[str, tuple[str, str]]:
    """Role and text by path."""
    return {each.path: (each.role, each.text) for channel in request.channels for each in channel.segments}


def test_a_string_is_what_the_user_says() -> None:
    request = parse(instructions="Be kind.", user="u 1", metadata={"a key": "a value"})
    assert texts(request) == {
        "/input": ("user", "hi"), "/instructions": ("system", "Be kind."), "/user": ("user", "u 1"),
        "/metadata/a key/~key": ("user", "a key"), "/metadata/a key": ("user", "a value"),
    }  # fmt: skip


@pytest.mark.parametrize(("item", "role", "path", "text"), [
    ({"role": "developer", "content": "x y"}, "developer", "/content", "x y"),
    ({"role": "user", "content": [{"type": "input_text", "text": "x y"}]}, "user", "/content/0/text", "x y"),
    ({"role": "assistant", "type": "message", "content": [{"type": "refusal", "refusal": "x y"}]}, "assistant",
     "/content/0/refusal", "x y"),
    ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, "assistant", "/arguments", "{}"),
    ({"type": "function_call_output", "call_id": "c", "output": "x y"}, "tool", "/output", "x y"),
    ({"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "x y"}]}, "tool",
     "/output/0/text", "x y"),
    ({"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "x y"}, "assistant", "/input", "x y"),
    ({"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "x y"}]}, "assistant",
     "/summary/0/text", "x y"),
    ({"type": "mcp_call", "id": "m", "name": "f", "server_label": "s", "arguments": "{}", "output": "x y"}, "tool",
     "/output", "x y"),
    ({"type": "mcp_call", "id": "m", "name": "f", "server_label": "s", "arguments": "{}"}, "assistant", "/name", "f"),
    ({"type": "file_search_call", "id": "s", "queries": ["q r"], "results": [{"text": "x y"}]}, "document",
     "/results/0/text", "x y"),
    ({"type": "file_search_call", "id": "s", "queries": ["q r"]}, "assistant", "/queries/0", "q r"),
    ({"type": "code_interpreter_call", "id": "i", "code": "c d", "outputs": [{"type": "logs", "logs": "x y"}]}, "tool",
     "/outputs/0/logs", "x y"),
    ({"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "x y", "stderr": ""}]}, "tool",
     "/output/0/stdout", "x y"),
    ({"type": "local_shell_call", "id": "l", "action": {"type": "exec", "command": ["rm", "x y"], "env": {}}},
     "assistant", "/action/command/1", "x y"),
    ({"type": "apply_patch_call", "operation": {"type": "create_file", "path": "a b", "diff": "x y"}}, "assistant",
     "/operation/diff", "x y"),
    ({"type": "mcp_list_tools", "id": "t", "tools": [{"name": "f", "description": "x y"}]}, "tool",
     "/tools/0/description", "x y"),
    ({"type": "additional_tools", "tools": [{"type": "function", "name": "f", "description": "x y"}]}, "developer",
     "/tools/0/description", "x y"),
    ({"type": "program_output", "call_id": "c", "result": "x y"}, "tool", "/result", "x y"),
    ({"type": "brand_new", "words": "x y"}, "user", "/words", "x y"),
])  # fmt: skip
def test_whose_words_an_item_is(item: dict[str, Any], role: str, path: str, text: str) -> None:
    request = parse(input=[{"role": "user", "content": "first"}, item])
    assert texts(request)[f"/input/1{path}"] == (role, text)


def test_the_parts_of_a_turn_are_also_read_as_one_text() -> None:
    parts = [{"type": "input_text", "text": "proj"}, {"type": "input_text", "text": "ect"}]
    request = parse(input=[{"role": "user", "content": parts}])
    (joined,) = [channel for channel in request.channels if channel.joiner == ""]
    assert joined.text == "project"
    assert joined.segments == (Segment("/input/0/content/0/text", "user", "proj"),
                               Segment("/input/0/content/1/text", "user", "ect"))  # fmt: skip


@pytest.mark.parametrize(("part", "kind"), [
    ({"type": "input_image", "image_url": "data:image/png;base64,AAAA"}, "image"),
    ({"type": "input_image", "file_id": "file_1"}, "image"), ({"type": "input_file", "file_id": "file_1"}, "file"),
    ({"type": "input_file", "file_data": "AAAA", "filename": "a.pdf"}, "file"),
    ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "audio"),
    ({"type": "brand_new", "x": 1}, "other"),
])  # fmt: skip
def test_what_no_guard_can_read_is_reported(part: dict[str, Any], kind: str) -> None:
    for item in ({"role": "user", "content": [part]}, {"type": "function_call_output", "call_id": "c", "output": [part]}):
        assert {each.kind for each in parse(input=[item]).unscannable} == {kind}


def test_an_address_of_a_picture_is_text_too() -> None:
    request = parse(input=[{"role": "user", "content": [{"type": "input_image", "image_url": "https://x.example/?q=a"}]}])
    assert texts(request)["/input/0/content/0/image_url"][1] == "https://x.example/?q=a"
    assert [each.kind for each in request.unscannable] == ["image"]


def test_an_earlier_picture_is_no_text() -> None:
    request = parse(input=[{"type": "image_generation_call", "id": "i", "status": "completed", "result": "AAAA" * 9}])
    assert [(each.path, each.kind) for each in request.unscannable] == [("/input/0/result", "image")]
    assert texts(request) == {}


def test_what_the_provider_encrypted_goes_back_as_it_is() -> None:
    sealed = "gAAAAAB" + "x-_" * 200
    request = parse(input=[{"type": "reasoning", "id": "r", "summary": [], "encrypted_content": sealed}])
    assert texts(request) == {}
    assert json.loads(request.rewrite())["input"][0]["encrypted_content"] == sealed
    assert texts(parse(input=[{"type": "reasoning", "encrypted_content": "not encrypted"}]))


@pytest.mark.parametrize("stored", [None, True, False])
def test_nothing_is_kept(stored: bool | None) -> None:
    request = parse(**({} if stored is None else {"store": stored}))
    assert json.loads(request.rewrite())["store"] is False
    assert request.dropped == (("store",) if stored else ())


def test_what_would_undo_the_judging_is_dropped() -> None:
    request = parse(cache_salt="x", enable_response_messages=True, chat_template="x", background_options={"a": 1})
    assert request.dropped == ("background_options", "cache_salt", "chat_template", "enable_response_messages")
    assert json.loads(request.rewrite()).keys() == {"model", "input", "store"}


@pytest.mark.parametrize(("fields", "param"), [
    ({"previous_response_id": "resp_1"}, "previous_response_id"), ({"conversation": {"id": "c"}}, "conversation"),
    ({"conversation": "c"}, "conversation"), ({"background": True}, "background"), ({"prompt": {"id": "p"}}, "prompt"),
    ({"previous_input_messages": []}, "previous_input_messages"),
    ({"input": [{"type": "item_reference", "id": "i"}]}, "input[0]"), ({"input": None}, "input"), ({"input": 7}, "input"),
    ({"input": {}}, "input"), ({"input": [7]}, "input[0]"), ({"input": [{}]}, "input[0].role"),
    ({"input": [{"role": "king", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": 7}]}, "input[0].content"),
    ({"input": [{"role": "user", "content": [{}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [7]}]}, "input[0].content[0]"),
    ({"input": [{"role": "user", "content": [{"type": "input_text", "text": ["x"]}]}]}, "input[0].content[0].text"),
    ({"input": [{"type": "function_call", "arguments": {}}]}, "input[0].arguments"),
    ({"input": [{"type": "custom_tool_call", "input": {}}]}, "input[0].input"), ({"input": [{"type": 7}]}, "input[0].type"),
    ({"model": ""}, "model"), ({"model": 7}, "model"), ({"stream": "yes"}, "stream"), ({"store": "no"}, "store"),
    ({"max_output_tokens": 0}, "max_output_tokens"), ({"top_logprobs": 21}, "top_logprobs"),
    ({"max_tool_calls": 10**6}, "max_tool_calls"), ({"tools": {}}, "tools"), ({"temperature": 3}, "temperature"),
    ({"text": {"format": {"type": "json_schema", "schema": {"x": "y" * 300_000}}}}, "text"),
    ({"metadata": "x"}, "metadata"), ({"include": [7]}, "include[0]"),
])  # fmt: skip
def test_what_is_refused_and_where(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(**fields)
    assert caught.value.param == param
    assert f"'{param}'" in caught.value.message
    assert "king" not in caught.value.message


def test_too_many_items_are_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        parse(input=["x"] * 10_001)
    assert caught.value.param == "input"


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b'{"model":"m","model":"n","input":"x"}', b'{"model":NaN}'])
def test_a_body_that_is_no_object_or_not_strict(data: bytes) -> None:
    with pytest.raises((BadRequest, InvalidJson)):
        responses.parse(data)


def test_edits_and_the_models_name_are_carried_out() -> None:
    request = parse(input=[{"role": "user", "content": "mail ann@quill.example"}, {"type": "function_call", "call_id": "c",
                    "name": "f", "arguments": '{"a":"b"}'}])  # fmt: skip
    edits = (Edit("/input/0/content", 5, 22, "<MAIL>"), Edit("/input/1/arguments", 6, 7, "c"))
    sent = json.loads(request.rewrite(edits, "other"))
    assert sent["model"] == "other"
    assert sent["input"][0]["content"] == "mail <MAIL>"
    assert sent["input"][1]["arguments"] == '{"a":"c"}'
    assert request.body["input"][0]["content"] == "mail ann@quill.example"


@pytest.mark.parametrize("stream", [False, True])
def test_a_policys_own_words(stream: bool) -> None:
    out = parse(stream=stream).canned("Ask HR.", "dec1", 7.5)
    if stream:
        found = [json.loads(part.partition(b"data: ")[2]) for part in out.split(b"\n\n") if part]
        assert [each["type"] for each in found] == [f"response.{name}" for name in (
            "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
            "content_part.done", "output_item.done", "incomplete")]  # fmt: skip
        assert [each["sequence_number"] for each in found] == list(range(9))
        response = found[-1]["response"]
    else:
        response = json.loads(out)
    assert response["output"][0]["content"][0]["text"] == "Ask HR."
    assert (response["id"], response["created_at"]) == ("resp_dec1", 7)
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
