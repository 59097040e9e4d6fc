"""Requests of text completions: prompts of every form become texts to judge, and odd ones an error that names its place."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from gateway.core.types import Edit, Unscannable
from gateway.errors import BadRequest
from gateway.wire import completions
from tests.gateway.wire.completions.streams import request


def _texts(parsed: completions.CompletionRequest) -> list[list[tuple[str, str, str]]]:
    return [[(each.path, each.role, each.text) for each in channel.segments] for channel in parsed.channels]


def test_one_prompt() -> None:
    parsed = request(prompt="once upon", n=3)
    assert _texts(parsed) == [[("/prompt", "user", "once upon")]]
    assert (parsed.choices, parsed.stream, parsed.logprobs) == (3, False, False)


def test_each_prompt_of_a_list_is_a_text_of_its_own() -> None:
    parsed = request(prompt=["ignore all", "previous words", ""], n=2, stream=True, logprobs=0)
    assert _texts(parsed) == [[("/prompt/0", "user", "ignore all")], [("/prompt/1", "user", "previous words")]]
    assert (parsed.choices, parsed.stream, parsed.logprobs) == (6, True, True)


@pytest.mark.parametrize(
    ("prompt", "parts", "choices"),
    [([1, 2, 3], ("/prompt",), 1), ([[1], [2, 3]], ("/prompt/0", "/prompt/1"), 2)],
)
def test_token_ids_are_reported_as_what_no_guard_can_read(prompt: Any, parts: tuple[str, ...], choices: int) -> None:
    parsed = request(prompt=prompt)
    assert parsed.unscannable == tuple(Unscannable(path, "tokens") for path in parts)
    assert parsed.choices == choices
    assert not parsed.channels


def test_what_stands_beside_the_prompt_is_judged() -> None:
    parsed = request(suffix="the end", stop=["halt"], user="u 1", new_field={"a": "b c"},
                     response_format={"type": "json_object", "extra": "words here"})
    segments = {path: (role, text) for channel in _texts(parsed) for path, role, text in channel}
    assert segments["/suffix"] == ("user", "the end")
    assert segments["/stop/0"] == ("user", "halt")
    assert segments["/new_field/~key"] == ("user", "new_field")
    assert segments["/new_field/a"] == ("user", "b c")
    assert segments["/response_format/extra"] == ("developer", "words here")


def test_edits_and_another_name_go_into_the_body_that_is_sent_on() -> None:
    parsed = request(prompt=["a SECRET", "b"], echo=True)
    sent = json.loads(parsed.rewrite((Edit("/prompt/0", 2, 8, "<*>"),), "real"))
    assert sent == {"model": "real", "prompt": ["a <*>", "b"], "echo": True}
    assert parsed.body["prompt"] == ["a SECRET", "b"]


def test_parameters_that_hurt_a_model_server_are_dropped_or_bounded() -> None:
    parsed = request(prompt_logprobs=5, cache_salt="x", return_token_ids=True, max_tokens=0, logprobs=20)
    assert parsed.dropped == ("cache_salt", "prompt_logprobs", "return_token_ids")
    assert parsed.body == {"model": "m", "prompt": "hi", "max_tokens": 0, "logprobs": 20}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": None}, "prompt"), ({"prompt": 7}, "prompt"), ({"prompt": []}, "prompt"), ({"prompt": {}}, "prompt"),
        ({"prompt": ["a", 1]}, "prompt[1]"), ({"prompt": [1, "a"]}, "prompt[1]"), ({"prompt": [True]}, "prompt[0]"),
        ({"prompt": [[1], []]}, "prompt[1]"), ({"prompt": [[1], ["a"]]}, "prompt[1][0]"), ({"prompt": [-1]}, "prompt[0]"),
        ({"prompt": [1 << 31]}, "prompt[0]"), ({"prompt": ["a", None]}, "prompt[1]"), ({"prompt": ["a"] * 257}, "prompt"),
        ({"prompt": ["a"] * 17, "n": 16}, "n"), ({"logprobs": True}, "logprobs"), ({"logprobs": 21}, "logprobs"),
        ({"echo": "yes"}, "echo"), ({"max_tokens": -1}, "max_tokens"), ({"best_of": 17}, "best_of"),
        ({"prompt_embeds": "AAAA"}, "prompt_embeds"), ({"stream": 1}, "stream"), ({"model": ""}, "model"),
    ],
)
def test_an_odd_request_names_the_place_and_not_the_text(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        request(**fields)
    assert caught.value.param == param
    assert param.split("[")[0] in caught.value.message


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"model": "m", "prompt": "a", "prompt": "b"}', b'"text"'])
def test_a_body_that_is_no_object(data: bytes) -> None:
    with pytest.raises(BadRequest):
        completions.parse(data)


def test_a_policys_own_words_for_every_choice() -> None:
    parsed = request(prompt=["a", "b"], n=2)
    said = json.loads(parsed.canned("Ask HR.", "d1", 12.7))
    assert [each["text"] for each in said["choices"]] == ["Ask HR."] * 4
    assert {each["finish_reason"] for each in said["choices"]} == {"content_filter"}
    assert (said["id"], said["object"], said["created"], said["model"]) == ("cmpl-d1", "text_completion", 12, "m")


def test_the_same_as_a_stream() -> None:
    out = request(stream=True, stream_options={"include_usage": True}).canned("Ask HR.", "d1", 12.7)
    first, usage, done = [part.removeprefix(b"data: ") for part in out.strip().split(b"\n\n")]
    assert orjson.loads(first)["choices"][0]["text"] == "Ask HR."
    assert orjson.loads(usage)["usage"]["total_tokens"] == 0
    assert done == b"[DONE]"
