"""What the parameters of a response may cost and say, where that differs from ``gateway.wire.bounds``.

A response can be kept by the model server and gone on from; what is kept there is not judged here, so nothing is
kept, and what would reach for it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadRequest
from gateway.wire import bounds
from gateway.wire.bounds import Bound

_SCHEMA_BYTES = 256 << 10
BOUNDS: Mapping[str, Bound] = {
    **bounds.BOUNDS,
    "max_output_tokens": Bound("integer", 1, 1 << 20, "room is reserved for them"),
    "max_tool_calls": Bound("integer", 1, 1024, "each is a call of a service"),
    "text": Bound("size", 0, _SCHEMA_BYTES, "its schema is compiled into a grammar"),
    "reasoning": Bound("object", 0, 16, "the API's object"),
    "include": Bound("strings", 0, 32, "the API's list"),
    "context_management": Bound("array", 0, 16, "the API's list"),
}
DROPPED: Mapping[str, str] = {
    **{name: reason for name, reason in bounds.DROPPED.items() if name != "store"},
    "enable_response_messages": "answers with the prompt and the answer as the model sees them, past every edit",
    "background_options": "says how to answer later; this gateway answers in the same request only",
}
REFUSED: Mapping[str, str] = {
    "prompt": "the text of a kept prompt cannot be judged here: send it as instructions and input",
    "previous_input_messages": "they are a conversation in the model's own format: send it as input",
}
"""As ``gateway.wire.bounds.REFUSED``, and beside it."""
INPUT_ITEMS = 10_000
REFUSED_ITEMS: Mapping[str, str] = {
    "item_reference": "this gateway keeps no items: send the item itself",
}
"""Kinds of input items that stand for what is kept elsewhere."""


def check(body: Mapping[str, Any]) -> None:
    """Raises BadRequest, naming the parameter, for what this API has beside the shared bounds and cannot be judged."""
    for name in REFUSED.keys() & body.keys():
        if body[name] is not None:
            raise BadRequest(f"'{name}' is not supported: {REFUSED[name]}.", param=name)
    stored = body.get("store")
    if stored is not None and type(stored) is not bool:
        raise BadRequest("'store' must be true or false.", param="store")
