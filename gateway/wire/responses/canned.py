"""Words that are not the model's, in the shape of its answer: a policy's own, or a refusal after a cut.

They are the operator's, so they are not judged; ``incomplete_details: content_filter`` says that no model spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.wire import json
from gateway.wire.explain import UNTOLD
from gateway.wire.responses.around import CUT
from gateway.wire.responses.events import Outgoing

if TYPE_CHECKING:
    from gateway.wire.responses.request import ResponsesRequest


def answer(
    request: ResponsesRequest, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD
) -> bytes:
    """The whole response, or the events of its stream; ``now`` in seconds since the epoch."""
    head: dict[str, Any] = {
        "id": f"resp_{decision_id}", "object": "response", "created_at": int(now), "status": "in_progress",
        "error": None, "incomplete_details": None, "instructions": None, "metadata": {}, "model": request.model,
        "output": [], "parallel_tool_calls": True, "temperature": None, "tool_choice": "auto", "tools": [],
        "top_p": None, "usage": None, "store": False,
    }  # fmt: skip
    out = Outgoing(live=request.stream)
    out.add({"type": "response.created", "response": head})
    out.add({"type": "response.in_progress", "response": head})
    message = turn(out, 0, f"msg_{decision_id}", text)
    usage = {"input_tokens": 0, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
             "output_tokens": 0, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 0}  # fmt: skip
    response = {**head, **CUT, "output": [message], "usage": usage, **told}
    out.add({"type": "response.incomplete", "response": response})
    return out.take() if request.stream else json.dumps(response)


def turn(out: Outgoing, place: int, name: str, text: str) -> dict[str, Any]:
    """A turn of the assistant that says ``text``, told event by event; the item as a whole."""
    where = {"item_id": name, "output_index": place, "content_index": 0}
    item: dict[str, Any] = {"id": name, "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    out.add({"type": "response.output_item.added", "output_index": place, "item": item})
    out.add({"type": "response.content_part.added", **where, "part": part})
    out.add({"type": "response.output_text.delta", **where, "delta": text, "logprobs": []})
    part = {**part, "text": text}
    out.add({"type": "response.output_text.done", **where, "text": text, "logprobs": []})
    out.add({"type": "response.content_part.done", **where, "part": part})
    item = {**item, "status": "incomplete", "content": [part]}
    out.add({"type": "response.output_item.done", "output_index": place, "item": item})
    return item
