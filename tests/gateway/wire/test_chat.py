"""Requests: who wrote which text, what is refused and how, and what is sent on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.types import Channel, Edit, Unscannable
from gateway.errors import ApiError, BadRequest, GuardUnavailable
from gateway.wire import bounds, chat

CANARY = "canary-2f9"


def parse(messages: Any = None, **fields: Any) -> chat.ChatRequest:
    body = {"model": "m", "messages": messages or [{"role": "user", "content": "hi"}], **fields}
    return chat.parse(json.dumps(body).encode())


def texts(request: chat.ChatRequest) -> list[tuple[str, list[tuple[str, str]], str]]:
    return [(channel.role, [(each.path, each.text) for each in channel.segments], channel.joiner)
            for channel in request.channels]


def test_one_channel_a_role_over_the_conversation() -> None:
    request = parse([
        {"role": "system", "content": "s"}, {"role": "user", "content": "u1"}, {"role": "assistant", "content": "a"},
        {"role": "user", "content": "u2"}, {"role": "developer", "content": "d"},
        {"role": "tool", "tool_call_id": "call_1", "content": "t"}, {"role": "function", "name": "f", "content": "r"},
    ])  # fmt: skip
    assert texts(request) == [
        ("system", [("/messages/0/content", "s")], "\n"),
        ("user", [("/messages/1/content", "u1"), ("/messages/3/content", "u2")], "\n"),
        ("assistant", [("/messages/2/content", "a")], "\n"),
        ("developer", [("/messages/4/content", "d")], "\n"),
        ("tool", [("/messages/5/content", "t"), ("/messages/6/content", "r"), ("/messages/6/name", "f")], "\n"),
    ]
    assert request.unscannable == ()
    assert (request.model, request.stream, request.n, request.include_usage) == ("m", False, 1, False)


def test_parts_are_read_in_the_conversation_and_as_one_word() -> None:
    request = parse([{"role": "user", "content": [{"type": "text", "text": "ig"}, {"type": "text", "text": "nore"}]}])
    parts = [("/messages/0/content/0/text", "ig"), ("/messages/0/content/1/text", "nore")]
    assert texts(request) == [("user", parts, "\n"), ("user", parts, "")]
    assert request.channels[1].text == "ignore"


def test_calls_results_and_thoughts_of_the_history() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
    custom = {"id": "call_2", "type": "custom", "custom": {"name": "run", "input": "x = 1"}}
    request = parse([{"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [call, custom]}])
    assert texts(request) == [("assistant", [
        ("/messages/0/reasoning_content", "hm"), ("/messages/0/tool_calls/0/function/name", "find"),
        ("/messages/0/tool_calls/0/function/arguments", '{"q": 1}'), ("/messages/0/tool_calls/1/custom/name", "run"),
        ("/messages/0/tool_calls/1/custom/input", "x = 1"),
    ], "\n")]  # fmt: skip


def test_tools_are_the_developers_and_only_chosen_keys_are_text() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo"]}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "weather", "parameters": schema, "strict": True}}
    request = parse(tools=[tool], tool_choice="auto")
    role, segments, _ = texts(request)[1]
    base = "/tools/0/function/parameters"
    assert role == "developer"
    assert segments == [
        ("/tools/0/function/name", "weather"), (base + "/type", "object"), (base + "/properties/city/~key", "city"),
        (base + "/properties/city/type", "string"), (base + "/properties/city/enum/0", "Oslo"),
        (base + "/required/0", "city"),
    ]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), [
    ({"user": "u"}, ("user", [("/user", "u")])),
    ({"stop": ["x", "y"]}, ("user", [("/stop/0", "x"), ("/stop/1", "y")])),
    ({"metadata": {"a/b": "v"}}, ("user", [("/metadata/a~1b/~key", "a/b"), ("/metadata/a~1b", "v")])),
    ({"brand_new": {"x": "v"}}, ("user", [("/brand_new/~key", "brand_new"), ("/brand_new/x/~key", "x"),
                                          ("/brand_new/x", "v")])),
    ({"brand_new": 7}, ("user", [("/brand_new/~key", "brand_new")])),
    ({"documents": [{"text": "d"}]}, ("document", [("/documents/0/text/~key", "text"), ("/documents/0/text", "d")])),
    ({"prediction": {"type": "content", "content": "p"}}, ("assistant", [("/prediction/content", "p")])),
    ({"service_tier": "tell me a secret"}, ("user", [("/service_tier", "tell me a secret")])),
    ({"temperature": None, "reasoning_effort": "low", "modalities": ["text"]}, None),
])  # fmt: skip
def test_fields_beside_the_conversation(fields: dict[str, Any], expected: Any) -> None:
    channels = [(role, segments) for role, segments, _ in texts(parse(**fields))[1:]]
    assert channels == ([expected] if expected else [])


DATA = "data:image/png;base64,AAAA"


@pytest.mark.parametrize(("part", "unscannable", "seen"), [
    ({"type": "image_url", "image_url": {"url": DATA, "detail": "low"}}, {"image"}, []),
    ({"type": "image_url", "image_url": {"url": "https://x.example/?q=1"}}, {"image"}, ["https://x.example/?q=1"]),
    ({"type": "image_url", "image_url": DATA}, {"image"}, []),
    ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, {"audio"}, []),
    ({"type": "file", "file": {"file_data": DATA, "filename": "a b.pdf"}}, {"file"}, ["a b.pdf"]),
    ({"type": "file", "file": {"file_id": "file-1"}}, {"file"}, []),
    ({"type": "video_url", "video_url": {"url": DATA}}, {"video"}, []),
    ({"type": "hologram", "beam": "some text"}, {"other"}, ["beam", "some text"]),
    ({"type": "text", "text": "t", "image_url": {"url": DATA}}, {"image"}, ["t"]),
    ({"type": "image_embeds"}, {"image"}, []),
])  # fmt: skip
def test_parts_that_no_guard_reads(part: dict[str, Any], unscannable: set[str], seen: list[str]) -> None:
    request = parse([{"role": "user", "content": [part]}])
    assert {each.kind for each in request.unscannable} == unscannable
    assert all(each.path.startswith("/messages/0/content/0") for each in request.unscannable)
    assert [text for _, segments, _ in texts(request) for _, text in segments] == seen


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"messages": None}, "messages"), ({"messages": []}, "messages"), ({"messages": CANARY}, "messages"),
    ({"messages": [CANARY]}, "messages[0]"), ({"messages": [{}]}, "messages[0].role"),
    ({"messages": [{"role": CANARY}]}, "messages[0].role"), ({"messages": [{"role": ["user"]}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": {"a": CANARY}}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [1]}]}, "messages[0].content[0]"),
    ({"messages": [{"role": "user", "content": [{"text": CANARY}]}]}, "messages[0].content[0].type"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]}, "messages[0].content[0].text"),
    ({"messages": [{"role": "assistant", "tool_calls": CANARY}]}, "messages[0].tool_calls"),
    ({"messages": [{"role": "assistant", "tool_calls": [CANARY]}]}, "messages[0].tool_calls[0]"),
    ({"messages": [{"role": "assistant", "tool_calls": [{"function": CANARY}]}]}, "messages[0].tool_calls[0].function"),
    ({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": {"a": CANARY}}}]}]},
     "messages[0].tool_calls[0].function.arguments"),
    ({"model": None}, "model"), ({"model": ""}, "model"), ({"model": 1}, "model"), ({"stream": "yes"}, "stream"),
    ({"stream": 1}, "stream"), ({"n": 0}, "n"), ({"n": 17}, "n"), ({"n": True}, "n"), ({"n": 1.0}, "n"),
    ({"n": CANARY}, "n"), ({"best_of": 99}, "best_of"), ({"top_logprobs": 21}, "top_logprobs"),
    ({"logprobs": 5}, "logprobs"), ({"temperature": CANARY}, "temperature"), ({"temperature": 2.1}, "temperature"),
    ({"max_tokens": 0}, "max_tokens"), ({"max_completion_tokens": 1 << 40}, "max_completion_tokens"),
    ({"stop": [CANARY] * 17}, "stop"), ({"stop": [1]}, "stop[0]"), ({"stop": {"a": 1}}, "stop"),
    ({"logit_bias": {CANARY: 1}}, "logit_bias"), ({"logit_bias": {"1": 101}}, "logit_bias"),
    ({"logit_bias": {str(i): 1 for i in range(1025)}}, "logit_bias"), ({"logit_bias": []}, "logit_bias"),
    ({"tools": {}}, "tools"), ({"tools": [{}] * 513}, "tools"), ({"metadata": []}, "metadata"),
    ({"stream_options": CANARY}, "stream_options"), ({"response_format": {"a": CANARY * 40000}}, "response_format"),
    ({"guided_regex": "(" * 5000}, "guided_regex"), ({"structured_outputs": {"json": "x" * 300_000}}, "structured_outputs"),
    ({"stop_token_ids": ["1"]}, "stop_token_ids[0]"), ({"seed": 2**63}, "seed"),
    ({"previous_response_id": CANARY}, "previous_response_id"), ({"conversation": {"id": CANARY}}, "conversation"),
    ({"background": True}, "background"),
)  # fmt: skip


@pytest.mark.parametrize(("fields", "param"), BAD, ids=[f"{param}-{at}" for at, (_, param) in enumerate(BAD)])
def test_bad_requests_name_the_parameter_and_never_the_text(fields: dict[str, Any], param: str) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    with pytest.raises(BadRequest) as caught:
        chat.parse(json.dumps(body).encode())
    assert caught.value.param == param
    said = json.dumps(caught.value.body())
    assert param in caught.value.message
    assert CANARY not in said


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7", b"{}", b'{"model":"m"}'])
def test_other_documents_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        chat.parse(body)


def test_a_parameter_with_a_bound_may_still_be_refused() -> None:
    with pytest.raises(BadRequest, match="'n' is not supported: one answer is enough"):
        bounds.check({"n": 1}, refused={"n": "one answer is enough"})
    bounds.check({"n": None, "background": False, "prompt_embeds": None})


@pytest.mark.parametrize("name", sorted(bounds.DROPPED))
def test_what_could_hurt_the_model_server_is_taken_out(name: str) -> None:
    request = parse(**{name: {"a": "b"}, "seed": 1})
    assert request.dropped == (name,)
    assert json.loads(request.rewrite()) == {"model": "m", "messages": [{"role": "user", "content": "hi"}], "seed": 1}


def test_null_and_false_ask_for_nothing() -> None:
    assert parse(previous_response_id=None, conversation=None, background=False, n=None, stop=None).n == 1


def test_the_body_sent_on_is_what_was_parsed() -> None:
    raw = b' {"model":"m", "messages":[{"content":"\\u0068i","role":"user"}],"temperature":0.50, "x":[1,null]}'
    request = chat.parse(raw)
    assert json.loads(request.rewrite()) == json.loads(raw)
    assert json.loads(request.rewrite((), "other"))["model"] == "other"
    assert request.body["model"] == "m"


def test_edits_touch_the_copy_only() -> None:
    request = parse([{"role": "user", "content": [{"type": "text", "text": "mail a@b.c or d@e.f 😀 x"}]}],
                    metadata={"k/~": "secret"})  # fmt: skip
    before = json.dumps(request.body)
    path = "/messages/0/content/0/text"
    edits = (Edit(path, 14, 19, "<2>"), Edit(path, 5, 10, "<1>"), Edit(path, 22, 23, "y"), Edit("/metadata/k~1~0", 0, 6, ""))
    sent = json.loads(request.rewrite(edits))
    assert sent["messages"][0]["content"][0]["text"] == "mail <1> or <2> 😀 y"
    assert sent["metadata"] == {"k/~": ""}
    assert json.dumps(request.body) == before


@pytest.mark.parametrize("edit", [
    Edit("/nowhere", 0, 1, ""), Edit("/messages/7/content", 0, 1, ""), Edit("/messages/x", 0, 1, ""), Edit("", 0, 1, ""),
    Edit("/messages/0", 0, 1, ""), Edit("/n", 0, 1, ""), Edit("/metadata/key/~key", 0, 1, ""),
    Edit("/messages/0/content", 1, 3, ""), Edit("/messages/0/content", -1, 1, ""), Edit("/messages/0/content", 2, 1, ""),
])  # fmt: skip
def test_an_edit_that_cannot_be_made_stops_the_request(edit: Edit) -> None:
    with pytest.raises(GuardUnavailable):
        parse(n=1, metadata={"key": "v"}).rewrite((edit,))


def test_edits_that_overlap_stop_the_request() -> None:
    with pytest.raises(GuardUnavailable):
        parse().rewrite((Edit("/messages/0/content", 0, 2, "a"), Edit("/messages/0/content", 1, 2, "b")))


def test_types_of_channels_and_marks() -> None:
    request = parse([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": DATA}}]}], user="u")
    assert all(isinstance(each, Channel) for each in request.channels)
    assert all(isinstance(each, Unscannable) for each in request.unscannable)


def test_every_error_is_an_api_error_of_400() -> None:
    for fields, _ in BAD:
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
        with pytest.raises(ApiError) as caught:
            chat.parse(json.dumps(body).encode())
        assert caught.value.status == 400
