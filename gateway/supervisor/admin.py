"""The admin port: policies and decisions, behind its own credential, never on the data port.

One key in two domains is how callers became administrators elsewhere (CVE-2026-114612), so a data key
does not open this port.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from gateway.audit import chain
from gateway.errors import ApiError, NotFound, Unauthorized
from gateway.wire import errors as wire_errors

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ID_LENGTH = 64


class Administered(Protocol):
    """What the admin port shows and does."""

    def policies(self) -> dict[str, Any]: ...
    async def reload(self) -> dict[str, Any]: ...
    def status(self) -> dict[str, Any]: ...


def build(house: Administered, key: str, audit: Path | None) -> web.Application:
    """``key``: the bearer credential; ``audit``: the audit file, if there is one."""
    expected = key.encode()

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            sent = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
            scheme, _, credential = sent.partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(credential.strip(), expected):
                raise Unauthorized("Send the admin key as 'Authorization: Bearer …'.")
            return await handler(request)
        except ApiError as error:
            return web.Response(body=wire_errors.render(error), status=error.status, content_type="application/json")
        except web.HTTPException as error:
            plain = NotFound("There is no such admin route.")
            return web.Response(body=wire_errors.render(plain), status=error.status, content_type="application/json")

    async def policies(request: web.Request) -> web.Response:
        return web.json_response(house.policies())

    async def reload(request: web.Request) -> web.Response:
        result = await house.reload()
        return web.json_response(result, status=200 if result.get("ok") else 409)

    async def status(request: web.Request) -> web.Response:
        return web.json_response(house.status())

    async def decision(request: web.Request) -> web.Response:
        found = read_decision(audit, request.match_info["id"])
        if not found:
            raise NotFound("There is no audit record of that decision.")
        return web.json_response({"records": found})

    app = web.Application(middlewares=[guarded], client_max_size=1 << 16)
    app.router.add_get("/admin/policies", policies)
    app.router.add_post("/admin/policies/reload", reload)
    app.router.add_get("/admin/status", status)
    app.router.add_get("/admin/decisions/{id}", decision)
    return app


def read_decision(audit: Path | None, decision_id: str) -> list[dict[str, Any]]:
    """The begin and end records of one decision; empty when there are none."""
    if audit is None or len(decision_id) > _ID_LENGTH:
        return []
    try:
        database = chain.read_only(audit)
    except sqlite3.Error:
        return []
    try:
        return [record for _, record in chain.rows(database, decision_id)]
    except sqlite3.Error:
        return []
    finally:
        database.close()
