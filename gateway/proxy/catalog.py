"""Answers ``/v1/models``: the configured names and, for wildcards, what their model servers list.

Only ids that look like ids are passed on, and only those that the key may use.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from gateway.errors import ApiError
from gateway.proxy.auth import Caller, unknown_model
from gateway.proxy.ids import Ids
from gateway.proxy.models import Models, ModelServer
from gateway.wire import json as wire_json
from gateway.wire import models as wire_models

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+\-]{0,199}")


class Catalog:
    """The list of models as one caller sees it."""

    __slots__ = ("_ids", "_models")

    def __init__(self, models: Models, ids: Ids) -> None:
        self._models, self._ids = models, ids

    async def all(self, caller: Caller) -> bytes:
        return wire_models.listing(await self._names(caller))

    async def one(self, quoted: bytes, caller: Caller) -> bytes:
        """Raises NotFound, also for a model that exists but is not this key's."""
        name = unquote_to_bytes(quoted)
        for known in await self._names(caller):
            if known.encode() == name:
                return wire_models.single(known)
        raise unknown_model()

    async def _names(self, caller: Caller) -> tuple[str, ...]:
        names = dict.fromkeys(self._models.names)
        for entry in self._models.open:
            for name in await self._asked(entry.upstream):
                if entry.name == "*" or self._models.route(name, caller).label == entry.name:
                    names.setdefault(name)
        return tuple(name for name in names if caller.may_use(name))

    async def _asked(self, upstream: ModelServer) -> tuple[str, ...]:
        call = await upstream.get("/models", self._ids.next())
        try:
            data = wire_json.loads(call.body).get("data", []) if call.status == 200 else []
        except (ApiError, AttributeError):
            data = []
        ids = [each.get("id") for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        return tuple(each for each in ids if isinstance(each, str) and _ID.fullmatch(each))
