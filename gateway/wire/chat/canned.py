"""An answer that the policy itself gives (``action: {respond: …}``) in the shape of a model's.

Its text is the operator's, so it is not judged; ``finish_reason: content_filter`` says that no model spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.wire import json as wire_json
from gateway.wire import sse
from gateway.wire.explain import UNTOLD

if TYPE_CHECKING:
    from gateway.wire.chat.request import ChatRequest


def whole(request: ChatRequest, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
    """A chat completion; ``now`` in seconds since the epoch."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": "content_filter"}
        for index in range(request.n)
    ]
    head = _head(request, "chat.completion", decision_id, now)
    return wire_json.dumps({**head, "choices": choices, "usage": _usage(), **told})


def stream(request: ChatRequest, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
    """The same as the events of a stream, ``[DONE]`` included."""
    head = _head(request, "chat.completion.chunk", decision_id, now)
    out = []
    for index in range(request.n):
        for delta, reason in (({"role": "assistant", "content": text}, None), ({}, "content_filter")):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
            out.append(sse.frame(wire_json.dumps({**head, "choices": [choice]})))
    if request.include_usage:
        out.append(sse.frame(wire_json.dumps({**head, "choices": [], "usage": _usage()})))
    if told:
        out.append(sse.frame(wire_json.dumps({**head, "choices": [], **told})))
    out.append(sse.frame(b"[DONE]"))
    return b"".join(out)


def _head(request: ChatRequest, kind: str, decision_id: str, now: float) -> dict[str, Any]:
    return {"id": f"chatcmpl-{decision_id}", "object": kind, "created": int(now), "model": request.model}


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
