"""The bodies of ``/v1/models``: names only, as what else a model server says of a model is its own matter.

OpenAI's clients and Anthropic's ask the same route, so an entry has the members that either of them relies on.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson


def _model(name: str) -> dict[str, object]:
    ours: dict[str, object] = {"id": name, "object": "model", "created": 0, "owned_by": "wardgate"}
    return {**ours, "type": "model", "display_name": name, "created_at": "1970-01-01T00:00:00Z", "lifecycle": "active"}


def listing(names: Iterable[str]) -> bytes:
    """The list of models, in the order given: one page with all of them."""
    data = [_model(name) for name in names]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return orjson.dumps({"object": "list", "data": data, "has_more": False, "first_id": first, "last_id": last})


def single(name: str) -> bytes:
    """One model."""
    return orjson.dumps(_model(name))
