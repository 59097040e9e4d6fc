"""Requests of the Messages API: whose words are whose, what is refused, and what is sent on."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from gateway.core.types import Edit, Role
from gateway.errors import BadRequest
from gateway.wire.messages import parse, parse_count
from tests.gateway.wire.messages.streams import request, thought, tool

PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1"}


def parsed(**fields: Any) -> Any:
    return parse(orjson.dumps(request(**fields)))


def said(*blocks: Any, role: str = "user", **fields: Any) -> Any:
    return parsed(messages=[{"role": role, "content": list(blocks)}], **fields)


def segments(asked: Any) -> set[tuple[Role, str]]:
    return {(each.role, each.text) for channel in asked.channels for each in channel.segments}


def test_each_text_has_the_role_of_whoever_wrote_it() -> None:
    asked = said(
        {"type": "text", "text": "my question"},
        {**RESULT, "content": [{"type": "text", "text": "from the tool"},
                               {"type": "search_result", "source": "https://s.example", "title": "a hit",
                                "content": [{"type": "text", "text": "found"}]}]},
        {**RESULT, "content": "plain result"},
        {"type": "document", "title": "a book", "context": "old", "source": {"type": "text", "data": "its text"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "page one"}]}},
        {"type": "document", "source": {"type": "content", "content": "all of it"}},
        system=[{"type": "text", "text": "be kind"}], stop_sequences=["the end"], metadata={"user_id": "user 7"},
        tools=[{"name": "send", "description": "sends", "input_schema": {"type": "object", "properties": {"to it": {}}}}],
        tool_choice={"type": "tool", "name": "send now"}, news="unknown",
    )  # fmt: skip
    assert segments(asked) >= {
        ("user", "my question"), ("tool", "from the tool"), ("document", "https://s.example"), ("document", "a hit"),
        ("document", "found"), ("tool", "plain result"), ("document", "a book"), ("document", "old"),
        ("document", "its text"), ("document", "page one"), ("document", "all of it"), ("system", "be kind"),
        ("user", "the end"), ("user", "user 7"), ("developer", "send"), ("developer", "sends"), ("developer", "to it"),
        ("developer", "send now"), ("user", "unknown"), ("user", "news"),
    }  # fmt: skip
    assert not asked.unscannable
    asked = said(thought("hm"), tool({"to": ["Ann", {"a key": "deep"}]}), {"type": "web_search_tool_result", "tool_use_id": "s", "content": [
        {"type": "web_search_result", "title": "news", "url": "https://n.example", "encrypted_content": "cGFnZQ=="}]}, role="assistant")
    assert segments(asked) == {("assistant", each) for each in ("hm", "send", "to", "Ann", "a key", "deep")} | {
        ("document", "news"), ("document", "https://n.example")}


def test_the_texts_of_one_list_are_one_text_too() -> None:
    asked = said({"type": "text", "text": "for"}, {**RESULT, "content": [{"type": "text", "text": "ab"}, {"type": "text", "text": "cd"}]},
                 {"type": "text", "text": "bidden"}, system=[{"type": "text", "text": "x"}, {"type": "text", "text": "y"}])
    joined = {(channel.role, channel.text) for channel in asked.channels if not channel.joiner}
    assert joined == {("user", "forbidden"), ("tool", "abcd"), ("system", "xy")}


def test_inside_what_a_tool_is_given_no_word_is_exempt() -> None:
    hidden = {"type": "redacted_thinking", "data": "ignoreallrules", "content": {"type": "thinking", "signature": "saythis"}}
    assert {("assistant", "ignoreallrules"), ("assistant", "saythis")} <= segments(said(tool(hidden), role="assistant"))


@pytest.mark.parametrize(("block", "kind"), [
    ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}, "image"),
    ({"type": "image", "source": {"type": "url", "url": "https://pictures.example/1"}}, "image"),
    ({"type": "image"}, "image"),
    ({"type": "document", "source": PDF}, "file"),
    ({"type": "document", "source": {"type": "url", "url": "https://books.example/1"}}, "file"),
    ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, "file"),
    ({"type": "document"}, "file"),
    ({"type": "container_upload", "file_id": "file_1"}, "file"),
    ({"type": "news", "body": "what"}, "other"),
    ({**RESULT, "content": [{"type": "image", "source": {"type": "file", "file_id": "f"}}]}, "image"),
    ({**RESULT, "content": {"type": "document", "source": PDF}}, "file"),
    ({"type": "document", "source": {"type": "content", "content": [{"type": "image", "source": PDF}]}}, "image"),
    ({**RESULT, "content": [{"kind": "no type"}]}, "other"),
])  # fmt: skip
def test_what_no_guard_can_read_is_reported(block: dict[str, Any], kind: str) -> None:
    asked = said({"type": "text", "text": "look"}, block)
    assert [each.kind for each in asked.unscannable] == [kind]
    assert ("user", "look") in segments(asked)


def test_addresses_of_what_cannot_be_read_are_read() -> None:
    for kind in ("image", "document"):
        asked = said({"type": kind, "source": {"type": "url", "url": "https://x.example/?q=secret"}})
        assert "https://x.example/?q=secret" in {text for _, text in segments(asked)}


def test_bytes_that_are_none_are_text() -> None:
    asked = said({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": "these are words"}})
    assert ("document", "these are words") in segments(asked)
    assert ("assistant", "these are words") in segments(said(thought("", "these are words"), role="assistant"))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "model"),
    "no max_tokens": ({"max_tokens": None}, "max_tokens"),
    "max_tokens below 0": ({"max_tokens": -1}, "max_tokens"),
    "stream": ({"stream": "yes"}, "stream"),
    "messages": ({"messages": "hi"}, "messages"),
    "no messages": ({"messages": []}, "messages"),
    "a message": ({"messages": ["hi"]}, "messages[0]"),
    "a role": ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
    "no content": ({"messages": [{"role": "user"}]}, "messages[0].content"),
    "a block": ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content[0]"),
    "a type": ({"messages": [{"role": "user", "content": [{"type": 1}]}]}, "messages[0].content[0]"),
    "a text": ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
    "a nested text": ({"messages": [{"role": "user", "content": [{**RESULT, "content": [{"type": "text", "text": 1}]}]}]},
                      "messages[0].content[0].content[0].text"),
    "a thought": ({"messages": [{"role": "user", "content": [{"type": "thinking"}]}]}, "messages[0].content[0].thinking"),
    "system": ({"system": 1}, "system"),
    "a block of system": ({"system": ["x"]}, "system[0]"),
    "mcp_servers": ({"mcp_servers": [{"url": "https://x.example"}]}, "mcp_servers"),
    "container": ({"container": "c1"}, "container"),
    "thinking": ({"thinking": "on"}, "thinking"),
    "stop_sequences": ({"stop_sequences": ["x"] * 65}, "stop_sequences"),
    "output_config": ({"output_config": {"format": {"schema": {"a": "x" * (257 << 10)}}}}, "output_config"),
    "previous_response_id": ({"previous_response_id": "x"}, "previous_response_id"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parsed(**fields)
    assert caught.value.param == param
    assert f"'{param}'" in caught.value.message


def test_what_is_not_the_callers_to_say_is_left_out() -> None:
    names = ["chat_template", "context_management", "diagnostics", "inference_geo", "user_profile_id", "workspace_id"]
    asked = parsed(**dict.fromkeys(names, "x y"))
    assert list(asked.dropped) == names
    assert not asked.body.keys() & set(names)
    assert "x y" not in {text for _, text in segments(asked)}


def test_edits_are_carried_out_where_they_belong() -> None:
    asked = said({"type": "text", "text": "call Ann"}, {**RESULT, "content": [{"type": "text", "text": "Ann said"}]})
    sent = json.loads(asked.rewrite((Edit("/messages/0/content/0/text", 5, 8, "<P>"),
                                     Edit("/messages/0/content/1/content/0/text", 0, 3, "<P>")), "served"))  # fmt: skip
    assert [sent["messages"][0]["content"][0]["text"], sent["messages"][0]["content"][1]["content"][0]["text"]] == ["call <P>", "<P> said"]
    assert (sent["model"], asked.body["model"]) == ("served", "m")
    assert json.loads(asked.rewrite()) == asked.body


def test_signed_thoughts_are_left_out_where_a_policy_would_edit_them() -> None:
    turns = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": [thought("of Ann"), thought("of Ann", ""), thought("clear"), {"type": "text", "text": "Ann"}]},
        {"role": "user", "content": "q"}, {"role": "assistant", "content": [thought("of Ann")]}, {"role": "user", "content": "q"},
    ]  # fmt: skip
    asked = parsed(messages=turns)
    before = json.dumps(asked.body)
    edits = [Edit(f"/messages/{at}/thinking", 3, 6, "<P>") for at in ("1/content/0", "1/content/1", "3/content/0")]
    sent = json.loads(asked.rewrite((*edits, Edit("/messages/1/content/3/text", 0, 3, "<P>"))))["messages"]
    assert [each["role"] for each in sent] == ["user", "assistant", "user", "user"]
    assert sent[1]["content"] == [thought("of <P>", ""), thought("clear"), {"type": "text", "text": "<P>"}]
    assert json.dumps(asked.body) == before


def test_tokens_are_counted_for_a_body_without_max_tokens() -> None:
    body = request(system="be kind")
    del body["max_tokens"]
    asked = parse_count(orjson.dumps(body))
    assert segments(asked) == {("user", "hi"), ("system", "be kind")}
    assert asked.stream is False
    assert asked.canned("no", "d1", 1.0) == b'{"input_tokens":0}'
    for wrong in ({"stream": True}, {"mcp_servers": []}, {"messages": None}):
        with pytest.raises(BadRequest):
            parse_count(orjson.dumps({**body, **wrong}))
