"""The bodies of ``/v1/models``: names only, as what else a model server says of a model is its own matter."""

from __future__ import annotations

from collections.abc import Iterable

import orjson


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "wardgate"}


def listing(names: Iterable[str]) -> bytes:
    """The list of models, in the order given."""
    return orjson.dumps({"object": "list", "data": [_model(name) for name in names]})


def single(name: str) -> bytes:
    """One model."""
    return orjson.dumps(_model(name))
