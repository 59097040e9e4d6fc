"""What the mock model server says: whole answers made from the clients' own response types, and the same as streams.

Each is a function of the request and of ``turn``, which walks through the alternatives of the types, so that a call
that is made twice is answered twice alike.
"""

from __future__ import annotations

import base64
import copy
import json
import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

from anthropic.types import Message
from openai.types import Completion, ModerationCreateResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta
from openai.types.responses import Response

from tests.conformance.values import Values
from tests.gateway.wire.messages.streams import written
from tests.gateway.wire.responses import server

STRUCTURED = '{"answer": "forty-two — 🙂"}'
"""What is said where a schema is asked for: ``tests.conformance.calls.Answered`` reads it."""
MODELS = ("model-one", "model-two")
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


@cache
def _made(kind: Any) -> list[Any]:
    return Values({"error": None, "incomplete_details": None, "status": "completed"}).of(kind)


def pieces(text: str) -> list[str]:
    """``text`` as a model server streams it."""
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def chat(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    """A chat completion with as many choices as were asked for, and calls of the kinds of tools that were given."""
    made = _made(ChatCompletion)
    out = copy.deepcopy(made[turn % len(made)])
    variants = [choice for each in made for choice in each["choices"]]
    out["choices"] = [copy.deepcopy(variants[(turn + at) % len(variants)]) for at in range(asked.get("n") or 1)]
    structured = (asked.get("response_format") or {}).get("type") == "json_schema"
    given = {"function", *(each["type"] for each in asked.get("tools") or ())}
    for at, choice in enumerate(out["choices"]):
        said = choice["message"]
        if said.get("tool_calls"):
            said["tool_calls"] = [each for each in said["tool_calls"] if each["type"] in given]
        if structured:
            said["content"] = STRUCTURED
        scores = {lane: _scores(said.get(lane)) for lane in ("content", "refusal")} if asked.get("logprobs") else None
        choice |= {"index": at, "logprobs": scores}
    return out


def _scores(text: str | None) -> list[dict[str, Any]]:
    return [{"token": each, "logprob": -0.5, "bytes": list(each.encode()), "top_logprobs": []} for each in pieces(text or "")]


def chat_events(asked: dict[str, Any], turn: int) -> Iterator[dict[str, Any]]:
    """The same as chunks: what a chunk's type has no member for (sound, citations) is left out."""
    whole = chat(asked, turn)
    head = {key: value for key, value in whole.items() if key in ChatCompletionChunk.model_fields}
    head |= {"object": "chat.completion.chunk", "usage": None}
    for choice in whole.pop("choices"):
        for delta, scores in _deltas(choice["message"], choice["logprobs"]):
            yield {**head, "choices": [{"index": choice["index"], "delta": delta, "logprobs": scores, "finish_reason": None}]}
        yield {**head, "choices": [{"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"]}]}
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": whole.get("usage")}


def _deltas(said: dict[str, Any], scores: dict[str, Any] | None) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    yield {"role": "assistant"}, None
    for lane in ("content", "refusal"):
        for at, piece in enumerate(pieces(said.get(lane) or "")):
            yield {lane: piece}, {"content": None, "refusal": None, lane: scores[lane][at : at + 1]} if scores else None
    calls = [each for each in said.get("tool_calls") or () if each["type"] == "function"]
    for at, call in enumerate(calls):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{"index": at, "id": call["id"], "type": "function", "function": function}]}, None
        for piece in pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}, None
    if said.get("function_call"):
        yield {"function_call": said["function_call"]}, None
    assert {"content", "refusal", "tool_calls", "function_call"} <= ChoiceDelta.model_fields.keys()


def completion(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    """A text completion: a choice for each prompt and ``n``, with scores where they were asked for."""
    made = _made(Completion)
    out = copy.deepcopy(made[turn % len(made)])
    prompts = asked["prompt"] if isinstance(asked["prompt"], list) and not isinstance(asked["prompt"][0], int) else [""]
    out["choices"] = [_choice(out["choices"][0], at, asked) for at in range(len(prompts) * (asked.get("n") or 1))]
    return out


def _choice(like: dict[str, Any], index: int, asked: dict[str, Any]) -> dict[str, Any]:
    tokens, scores = pieces(like["text"]), None
    if asked.get("logprobs") is not None:
        scores = {"tokens": tokens, "token_logprobs": [-0.5] * len(tokens), "text_offset": [7 * at for at in range(len(tokens))],
                  "top_logprobs": [{each: -0.5} for each in tokens]}  # fmt: skip
    return {**like, "index": index, "logprobs": scores}


def completion_events(asked: dict[str, Any], turn: int) -> Iterator[dict[str, Any]]:
    whole = completion(asked, turn)
    usage, choices = whole.pop("usage", None), whole.pop("choices")
    for choice in choices:
        tokens = pieces(choice["text"])
        for at, token in enumerate(tokens):
            scores = choice["logprobs"] and {key: each[at : at + 1] for key, each in choice["logprobs"].items()}
            reason = choice["finish_reason"] if at == len(tokens) - 1 else None
            yield {**whole, "choices": [{"index": choice["index"], "text": token, "logprobs": scores, "finish_reason": reason}]}
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**whole, "choices": [], "usage": usage}


def response(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    """A response with three items and what it repeats of its request; the turns walk through all kinds of both."""
    made = _made(Response)
    out: dict[str, Any] = dict(made[turn % len(made)])
    for name, size in (("output", 3), ("tools", 1), ("instructions", 1)):
        if isinstance(out[name], list):
            start = turn * size % len(out[name])
            out[name] = out[name][start : start + size]
    out = copy.deepcopy(out)
    structured = ((asked.get("text") or {}).get("format") or {}).get("type") == "json_schema"
    scored = bool(asked.get("top_logprobs")) or "message.output_text.logprobs" in (asked.get("include") or ())
    for item in out["output"]:
        for part in item.get("content") or () if item["type"] == "message" else ():
            if part["type"] == "output_text":
                part["text"] = STRUCTURED if structured else part["text"]
                part["logprobs"] = _scores(part["text"]) if scored else []
    return out


def response_events(asked: dict[str, Any], turn: int) -> list[dict[str, Any]]:
    whole = response(asked, turn)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    told = server.stream(whole, pieces)
    for each in told[:-1]:
        if "response" in each:
            each["response"] = begun
    return [{**each, "sequence_number": number} for number, each in enumerate(told)]


def message(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    """A message with a block of every kind."""
    made = _made(Message)
    out: dict[str, Any] = copy.deepcopy(made[turn % len(made)])
    if ((asked.get("output_config") or {}).get("format") or {}).get("type") == "json_schema":
        for block in out["content"]:
            if block["type"] == "text":
                block["text"] = STRUCTURED
    return out


def message_events(asked: dict[str, Any], turn: int) -> list[dict[str, Any]]:
    return [json.loads(each) for each in written(message(asked, turn), pieces)]


def count(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    return {"input_tokens": 42 + turn}


def embeddings(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    given = asked["input"]
    vector: Any = [0.25, -0.5, float(turn)]
    if asked.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<3f", *vector)).decode()
    inputs = len(given) if isinstance(given, list) and not isinstance(given[0], int) else 1
    data = [{"object": "embedding", "index": at, "embedding": vector} for at in range(inputs)]
    return {"object": "list", "data": data, "model": asked["model"], "usage": {"prompt_tokens": 3, "total_tokens": 3}}


def moderation(asked: dict[str, Any], turn: int) -> dict[str, Any]:
    """As OpenAI answers; a gateway answers this itself."""
    made = _made(ModerationCreateResponse)
    out = copy.deepcopy(made[turn % len(made)])
    texts = asked["input"] if isinstance(asked["input"], list) and isinstance(asked["input"][0], str) else [""]
    return {**out, "results": out["results"][:1] * len(texts)}


def models(name: str = "") -> dict[str, Any]:
    """The list of models, or the one called ``name``; as both OpenAI and Anthropic write it."""
    if not name:
        return {"object": "list", "data": [models(each) for each in MODELS], "has_more": False}
    return {"id": name, "object": "model", "created": 1, "owned_by": "us", "type": "model", "display_name": name,
            "created_at": "2026-11-25T08:00:00Z", "lifecycle": "active"}  # fmt: skip
