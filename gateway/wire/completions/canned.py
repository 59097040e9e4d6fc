"""An answer that the policy itself gives (``action: {respond: …}``) in the shape of a text completion.

Its text is the operator's, so it is not judged; ``finish_reason: content_filter`` says that no model spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.wire import json as wire_json
from gateway.wire import sse
from gateway.wire.explain import UNTOLD

if TYPE_CHECKING:
    from gateway.wire.completions.request import CompletionRequest

_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def whole(
    request: CompletionRequest, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD
) -> bytes:
    """A text completion; ``now`` in seconds since the epoch."""
    choices = [_choice(index, text) for index in range(request.choices)]
    return wire_json.dumps({**_head(request, decision_id, now), "choices": choices, "usage": _USAGE, **told})


def stream(
    request: CompletionRequest, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD
) -> bytes:
    """The same as the events of a stream, ``[DONE]`` included."""
    head = _head(request, decision_id, now)
    events = [{**head, "choices": [_choice(index, text)]} for index in range(request.choices)]
    if request.include_usage:
        events.append({**head, "choices": [], "usage": _USAGE})
    if told:
        events.append({**head, "choices": [], **told})
    return b"".join([sse.frame(wire_json.dumps(each)) for each in events]) + sse.frame(b"[DONE]")


def _choice(index: int, text: str) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": "content_filter"}


def _head(request: CompletionRequest, decision_id: str, now: float) -> dict[str, Any]:
    return {"id": f"cmpl-{decision_id}", "object": "text_completion", "created": int(now), "model": request.model}
