"""The mock's judgement: what the clients' types allow, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

from tests.conformance.clients import folded
from tests.conformance.run import first_difference
from tests.conformance.values import Values, faults

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
KINDS = (CompletionCreateParamsNonStreaming, ResponseCreateParamsNonStreaming, MessageCreateParamsNonStreaming)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_is_valid(kind: Any) -> None:
    made = Values({"logit_bias": {"50256": 1}}).of(kind)
    assert [list(faults(each, kind)) for each in made] == [[]] * len(made)


@pytest.mark.parametrize(("change", "path"), [
    ({"model": 3}, "/model"), ({"temperature": "warm"}, "/temperature"), ({"unknown": 1}, "/unknown"),
    ({"messages": {}}, "/messages"), ({"messages": [{"role": "nobody", "content": "x"}]}, "/messages/0"),
    ({"messages": [{"content": "x"}]}, "/messages/0"), ({"n": True}, "/n"), ({"service_tier": "best"}, "/service_tier"),
    ({"tools": [{"type": "function", "function": {"name": 1}}]}, "/tools/0/function/name"),
    ({"response_format": {"type": "json_schema"}}, "/response_format/json_schema"), ({"logprobs": 1}, "/logprobs"),
])  # fmt: skip
def test_what_the_types_do_not_allow_is_found_and_named(change: dict[str, Any], path: str) -> None:
    found = list(faults({**CHAT, **change}, CompletionCreateParamsNonStreaming))
    assert len(found) >= 1
    assert all(each.startswith(path) for each in found), found


def test_a_missing_member_is_found() -> None:
    assert list(faults({"model": "m"}, CompletionCreateParamsNonStreaming)) == ["/messages is missing"]


@pytest.mark.parametrize(("one", "other", "found"), [
    ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "x"}]}, ""),
    ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, "/a/1/b ('x' and 'y')"),
    ({"a": 1}, {}, "/a (only directly)"), ({}, {"a": 1}, "/a (not directly)"),
    ([1], [1, 2], " (1 and 2 long)"), (1, 1.0, " ('1' and '1.0')"), (True, 1, " ('True' and '1')"),
])  # fmt: skip
def test_the_first_difference(one: Any, other: Any, found: str) -> None:
    assert first_difference(one, other) == found


def _text(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def test_a_stream_is_the_same_however_its_text_is_cut_and_not_when_a_sign_is_lost() -> None:
    end = {"type": "message_stop"}
    assert folded([_text("ab"), _text("cd"), dict(end)]) == folded([_text("a"), _text("bcd"), dict(end)])
    assert folded([_text("ab"), dict(end)]) != folded([_text("a"), dict(end)])
    assert folded([_text("ab"), dict(end)]) != folded([_text("ab")])
