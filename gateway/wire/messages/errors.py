"""Errors in Anthropic's shape, because its clients choose their exceptions and retries by it.

What this gateway has to say beyond that shape (its code, the parameter, the decision) stands in the member
``wardgate`` of the error.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.errors import ApiError, Overloaded
from gateway.wire import sse
from gateway.wire.api import ErrorShape

_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    408: "timeout_error", 413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error",
}
"""By status; other 4xx are ``invalid_request_error``, other 5xx ``api_error``."""


def body(error: ApiError) -> bytes:
    """``{"type": "error", "error": {"type", "message", "wardgate"}, "request_id"}``."""
    about = {"code": error.code, "param": error.param, **(error.detail or {})}
    said: dict[str, Any] = {"type": kind(error), "message": error.message}
    said["wardgate"] = {key: value for key, value in about.items() if value is not None}
    out = {"type": "error", "error": said}
    if (request_id := error.headers.get("x-request-id")) is not None:
        out["request_id"] = request_id
    return orjson.dumps(out)


def kind(error: ApiError) -> str:
    """Anthropic's word for ``error``."""
    if isinstance(error, Overloaded):
        return "overloaded_error"
    return _TYPES.get(error.status) or ("api_error" if error.status >= 500 else "invalid_request_error")


def frame(error: ApiError) -> bytes:
    """The event that ends a stream which failed; no ``message_stop`` follows it."""
    return sse.frame(body(error), "error")


SHAPE = ErrorShape(body, frame, id_header="request-id")
