"""An answer that the policy itself gives (``action: {respond: …}``) in the shape of a model's message.

Its text is the operator's, so it is not judged; ``stop_reason: refusal`` says that no model spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.wire import json as wire_json
from gateway.wire import sse
from gateway.wire.explain import UNTOLD

_NOTHING = {"input_tokens": 0, "output_tokens": 0}


def _message(model: str, decision_id: str, content: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    return {
        "id": f"msg_{decision_id}", "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": reason, "stop_sequence": None, "usage": _NOTHING,
    }  # fmt: skip


def whole(model: str, text: str, decision_id: str, told: Mapping[str, Any] = UNTOLD) -> bytes:
    """A message."""
    return wire_json.dumps({**_message(model, decision_id, [{"type": "text", "text": text}], "refusal"), **told})


def stream(model: str, text: str, decision_id: str, told: Mapping[str, Any] = UNTOLD) -> bytes:
    """The same as the events of a stream."""
    events: tuple[dict[str, Any], ...] = (
        {"type": "message_start", "message": _message(model, decision_id, [], None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_sequence": None},
         "usage": {"output_tokens": 0}},
        {"type": "message_stop", **told},
    )  # fmt: skip
    return b"".join([sse.frame(wire_json.dumps(event), str(event["type"])) for event in events])
