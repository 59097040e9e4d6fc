"""Writes and reads event streams of chat completions, as a model server and a client do; feeds those of every API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import orjson

from gateway.wire import chat
from gateway.wire.api import Answering
from gateway.wire.sse import Splitter

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def request(**fields: Any) -> chat.ChatRequest:
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}], **fields}
    return chat.parse(orjson.dumps(body))


def chunk(delta: dict[str, Any] | None = None, reason: str | None = None, index: int = 0, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": reason, **more}]
    return orjson.dumps({**HEAD, "choices": choices})


def usage(prompt: int = 3, completion: int = 4) -> bytes:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return orjson.dumps({**HEAD, "choices": [], "usage": counts})


def events(out: bytes) -> list[Any]:
    """The events of ``out`` as a client parses them; ``"[DONE]"`` stays a string."""
    assert not out or out.endswith(b"\n\n")
    return [event.data.decode() if event.data == b"[DONE]" else json.loads(event.data) for event in Splitter().feed(out)]


def joined(out: bytes) -> dict[int, dict[str, Any]]:
    """The choices of a stream, put together as clients do: strings are appended, the reason is the last one."""
    choices: dict[int, dict[str, Any]] = {}
    for event in events(out):
        for choice in event["choices"] if isinstance(event, dict) else ():
            known = choices.setdefault(choice["index"], {"finish_reason": None, "logprobs": []})
            assert known["finish_reason"] is None, "a choice went on after its end"
            known["finish_reason"] = choice["finish_reason"]
            known["logprobs"] += (choice.get("logprobs") or {}).get("content", [])
            _append(known, choice["delta"])
    return choices


def _append(known: dict[str, Any], delta: dict[str, Any]) -> None:
    for key, value in delta.items():
        if key == "tool_calls":
            for call in value:
                _append(known.setdefault(key, {}).setdefault(call["index"], {}), call)
        elif key == "content" and isinstance(value, list):
            known[key] = [*(known.get(key) or ()), *value]
        elif isinstance(value, dict):
            _append(known.setdefault(key, {}), value)
        elif isinstance(value, str) and key not in ("role", "id", "type"):
            known[key] = (known.get(key) or "") + value
        elif value is not None:
            known[key] = value


def run(answer: Answering, datas: Iterable[bytes]) -> bytes:
    """Feeds all events, then the end of the stream; stops early where the answer says that it is done."""
    out = []
    for data in datas:
        out.append(answer.feed(data))
        if answer.done:
            break
    out.append(answer.finish())
    return b"".join(out)
