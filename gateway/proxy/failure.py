"""An upstream's refusal as the caller sees it: its status where that is the caller's matter, its words judged.

A model server's error message may repeat the prompt or name what it should not, so it takes the same way
to the client as an answer: through the policy's output rules.
"""

from __future__ import annotations

import re
from typing import Any

from gateway.errors import ApiError, UpstreamFailed
from gateway.proxy.call import Call
from gateway.wire import json as wire_json
from gateway.wire.leaves import Judge

_CALLERS = frozenset({400, 404, 409, 413, 422, 429})
"""Statuses that are about the request; 401 and 403 would be about our credentials and become 502."""
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_MAX_MESSAGE = 2000
_PLAIN = "The model server refused the request."


class UpstreamRefused(ApiError):
    """A refusal with the model server's own status."""

    def __init__(self, status: int, kind: str, code: str | None, message: str, param: str | None) -> None:
        super().__init__(message, param=param)
        self.status, self.type, self.code = status, kind, code  # type: ignore[misc]  # per answer, not per class


def upstream_refusal(call: Call, judge: Judge) -> ApiError:
    """The error to answer with for ``call``, whose status is not 200."""
    if call.status not in _CALLERS:
        return UpstreamFailed(f"The model server answered with status {call.status}.")
    said = _error_object(call.body)
    error = UpstreamRefused(
        call.status, _word(said.get("type")) or "invalid_request_error", _word(said.get("code")),
        _judged(said.get("message"), judge), _word(said.get("param")),
    )  # fmt: skip
    wait = call.headers.get(b"retry-after", b"")
    if wait.isdigit() and len(wait) < 7:
        error.headers["retry-after"] = wait.decode()
    return error


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        answer = wire_json.loads(body)
    except ApiError:
        return {}
    if not isinstance(answer, dict):
        return {}
    inner = answer.get("error", answer)
    return inner if isinstance(inner, dict) else {"message": inner}


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _judged(message: object, judge: Judge) -> str:
    if not isinstance(message, str) or not message:
        return _PLAIN
    field = judge.field(0, "error")
    text = field.feed(message[:_MAX_MESSAGE])
    text += "" if field.cut else field.finish()
    return _PLAIN if field.cut else text
