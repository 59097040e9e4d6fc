"""What goes to a server of another API and what comes back: tables, and no door that a caller could open."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.wire import foreign

KNOWN = frozenset(["tools", "tool_choice", "temperature", "stop", "max_tokens", "response_format", "parallel_tool_calls", "user"])
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def asked(**more: Any) -> dict[str, Any]:
    return foreign.arguments({"model": "m", "messages": [{"role": "user", "content": "hi"}], **more}, KNOWN)


def test_what_is_known_goes_through_and_nothing_else() -> None:
    said = asked(temperature=0.5, stop=["a"], user="u", seed=3, metadata={"a": "b"}, max_tokens=None, n=1)
    assert said == {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "stop": ["a"], "user": "u"}


def test_a_stream_says_so_and_asks_for_its_usage_only_if_the_caller_did() -> None:
    assert asked(stream=True, stream_options={"include_usage": True, "x": 1})["stream_options"] == {"include_usage": True}
    assert "stream_options" not in asked(stream=True)
    assert asked(stream=False, stream_options={"include_usage": True}).keys() == {"messages"}


@pytest.mark.parametrize("name", ["n", "logprobs", "top_logprobs", "reasoning_effort", "guided_json", "min_p", "prediction"])
def test_a_parameter_that_would_change_the_answer_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        asked(**{name: {"x": 1}})
    assert caught.value.param == name
    assert name in caught.value.message


@pytest.mark.parametrize("name", ["api_base", "api_key", "mock_response", "fallbacks", "custom_llm_provider", "CANARY"])
def test_a_word_that_is_not_the_api_s_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        asked(**{name: "CANARY"})
    assert name not in str(caught.value.body())


@pytest.mark.parametrize("url", [
    "https://example.org/a.png", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gs://b/o",
    "/etc/passwd", "//host/a.png", "data:text/html,<b>", " data:image/png;base64,AA==", "",
])  # fmt: skip
def test_an_address_is_never_fetched(url: str) -> None:
    for image in ({"url": url}, url):
        with pytest.raises(BadRequest) as caught:
            asked(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": image}]}])
        assert caught.value.param == "messages[0].content[0]"
        assert not url.strip() or url.strip() not in caught.value.message


@pytest.mark.parametrize("part", [
    {"type": "file", "file": {"file_id": "https://example.org/a.pdf"}},
    {"type": "file", "file": {"file_data": "https://example.org/a.pdf"}},
    {"type": "file", "file": {"file_data": PIXEL, "file_id": "f"}},
    {"type": "video_url", "video_url": {"url": PIXEL}},
    {"type": "document", "source": {"type": "url", "url": "https://example.org"}},
    {"type": "input_audio", "input_audio": "https://example.org"},
])  # fmt: skip
def test_a_part_that_might_be_fetched_or_is_unknown_is_refused(part: Any) -> None:
    with pytest.raises(BadRequest):
        asked(messages=[{"role": "user", "content": [{"type": "text", "text": "see"}, part]}])


def test_data_in_the_request_itself_goes_through() -> None:
    parts = [{"type": "text", "text": "https://example.org is only text"},
             {"type": "image_url", "image_url": {"url": PIXEL}},
             {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}}]
    assert asked(messages=[{"role": "user", "content": parts}])["messages"][0]["content"] == parts


@pytest.mark.parametrize("tool", [
    {"type": "mcp", "server_url": "https://example.org", "server_label": "x"}, {"type": "web_search_20250305"},
    {"type": "code_interpreter"}, {"type": "function"}, "web_search",
])  # fmt: skip
def test_a_tool_that_the_other_side_would_carry_out_is_refused(tool: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        asked(tools=[{"type": "function", "function": {"name": "f"}}, tool])
    assert caught.value.param == "tools[1]"


def test_a_message_keeps_what_the_api_has_and_loses_the_rest() -> None:
    message = {"role": "assistant", "content": None, "refusal": None, "audio": None, "annotations": [], "name": "a",
               "tool_calls": [], "provider_specific_fields": {"x": 1}, "api_base": "http://x"}
    assert asked(messages=[message])["messages"] == [{"role": "assistant", "name": "a", "tool_calls": []}]


def test_what_comes_back_is_openai_s_and_has_nothing_of_the_translator() -> None:
    said = {"id": "c", "created": 1, "model": "claude", "object": "chat.completion.chunk", "citations": ["x"],
            "_hidden_params": {"api_key": "sk"}, "choices": [
                {"index": 0, "delta": {"content": "", "role": "assistant", "provider_specific_fields": {"x": 1},
                                       "tool_calls": [{"index": 0, "type": "function", "cost": 1,
                                                       "function": {"name": None, "arguments": "{"}}]}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.1,
                      "prompt_tokens_details": {"cached_tokens": 1, "text_tokens": 2}}}
    assert foreign.chunk(said) == {
        "id": "c", "created": 1, "model": "claude", "object": "chat.completion.chunk",
        "choices": [{"index": 0, "finish_reason": None, "delta": {
            "role": "assistant",
            "tool_calls": [{"index": 0, "function": {"name": None, "arguments": "{"}}]}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3,
                  "prompt_tokens_details": {"cached_tokens": 1}},
    }
    message = {"content": None, "role": "assistant", "function_call": None, "thinking_blocks": [{"signature": "s"}]}
    whole = foreign.whole({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
    assert whole == {"choices": [{"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}]}
