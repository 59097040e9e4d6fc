"""Writes and reads text completions, whole and streamed, as a model server and a client do."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.wire import completions
from tests.gateway.wire.streams import events

HEAD = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def request(**fields: Any) -> completions.CompletionRequest:
    return completions.parse(orjson.dumps({"model": "m", "prompt": "hi", **fields}))


def choice(text: str, index: int = 0, reason: str | None = None, logprobs: Any = None, **more: Any) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": reason, **more}


def body(*choices: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({**HEAD, "choices": list(choices), **more})


def scores(tokens: list[str], start: int = 0) -> dict[str, list[Any]]:
    """The four lists for ``tokens``, the first of which begins at character ``start``."""
    offsets = [start + sum(map(len, tokens[:at])) for at in range(len(tokens))]
    tops = [{token: -0.5, f"{token}?": -1.5} for token in tokens]
    return {"tokens": tokens, "token_logprobs": [-0.5] * len(tokens), "top_logprobs": tops, "text_offset": offsets}


def joined(out: bytes) -> dict[int, dict[str, Any]]:
    """The choices of a stream, put together as clients do."""
    choices: dict[int, dict[str, Any]] = {}
    for event in events(out):
        for each in event["choices"] if isinstance(event, dict) else ():
            known = choices.setdefault(each["index"], {"text": "", "finish_reason": None, "rows": []})
            assert known["finish_reason"] is None, "a choice went on after its end"
            known["text"] += each["text"]
            known["finish_reason"] = each["finish_reason"]
            known["rows"] += rows(each.get("logprobs"))
    return choices


def rows(logprobs: dict[str, list[Any]] | None) -> list[tuple[Any, ...]]:
    """The four lists as one row a token."""
    if logprobs is None:
        return []
    columns = (logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], logprobs["text_offset"])
    return list(zip(*columns, strict=True))
