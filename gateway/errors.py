"""Every error a caller or an operator can meet, as one tree, each with status, type and code.

    WardgateError
    ├── ConfigError                 an operator's file is wrong (names file, line, field, cure)
    │   └── PolicyError             … a policy file
    │       └── PolicyErrors        all that is wrong with a set of policies, at once
    └── ApiError                    rendered to the caller in OpenAI's error shape
        ├── BadRequest 400          the body or a parameter is wrong
        │   ├── InvalidJson 400
        │   └── ContentFiltered 400 an input rule blocked the request
        ├── Unauthorized 401
        ├── Forbidden 403
        ├── NotFound 404            unknown route or model
        ├── MethodNotAllowed 405
        ├── RequestTimeout 408
        ├── TooLarge 413
        ├── UnsupportedMedia 415
        ├── RateLimited 429
        ├── GuardUnavailable 503    a rule could not judge and its policy says block
        ├── Overloaded 503
        ├── UpstreamFailed 502
        └── UpstreamTimeout 504

No message ever contains text that a caller sent: see law 9.
"""

from __future__ import annotations

from typing import Any, ClassVar


class WardgateError(Exception):
    """Root of the tree."""


class ConfigError(WardgateError):
    """A configuration file is wrong.

    ``file``, ``line`` (1-based, 0 when unknown) and ``field`` (dotted path) say where, ``cure`` what to do.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0, field: str = "", cure: str = "") -> None:
        self.message, self.file, self.line, self.field, self.cure = message, file, line, field, cure
        super().__init__(str(self))

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        what = f"{self.field}: {self.message}" if self.field else self.message
        return _visible(f"{where}{what}" + (f" ({self.cure})" if self.cure else ""))


def _visible(text: str) -> str:
    """``text`` for a terminal: a key that an operator wrote may hold what moves the cursor, or cannot be seen."""
    return text if text.isprintable() else "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text)


class PolicyError(ConfigError):
    """A policy file is wrong."""


class PolicyErrors(PolicyError):
    """All that is wrong with a set of policies: operators fix a file in one go, not error by error."""

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        self.errors = errors
        super().__init__(errors[0].message, file=errors[0].file, line=errors[0].line, field=errors[0].field,
                         cure=errors[0].cure)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in getattr(self, "errors", ()))


class ApiError(WardgateError):
    """An answer that is an error; ``status``, ``type`` and ``code`` are fixed per class."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = "internal_error"

    def __init__(
        self, message: str, *, param: str | None = None, headers: dict[str, str] | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.headers, self.detail = message, param, headers or {}, detail

    def body(self) -> dict[str, Any]:
        """OpenAI's error object: ``{"error": {message, type, param, code}}`` plus our own ``wardgate`` detail."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        if self.detail:
            error["wardgate"] = self.detail
        return {"error": error}


class BadRequest(ApiError):
    status, type, code = 400, "invalid_request_error", "invalid_request"


class InvalidJson(BadRequest):
    code = "invalid_json"


class ContentFiltered(BadRequest):
    code = "content_filter"


class Unauthorized(ApiError):
    status, type, code = 401, "invalid_request_error", "invalid_api_key"


class Forbidden(ApiError):
    status, type, code = 403, "invalid_request_error", "forbidden"


class NotFound(ApiError):
    status, type, code = 404, "invalid_request_error", "not_found"


class MethodNotAllowed(ApiError):
    status, type, code = 405, "invalid_request_error", "method_not_allowed"


class RequestTimeout(ApiError):
    status, type, code = 408, "invalid_request_error", "request_timeout"


class TooLarge(ApiError):
    status, type, code = 413, "invalid_request_error", "request_too_large"


class UnsupportedMedia(ApiError):
    status, type, code = 415, "invalid_request_error", "unsupported_media_type"


class RateLimited(ApiError):
    status, type, code = 429, "rate_limit_error", "rate_limit_exceeded"


class GuardUnavailable(ApiError):
    status, type, code = 503, "server_error", "guard_unavailable"


class Overloaded(ApiError):
    status, type, code = 503, "server_error", "overloaded"


class UpstreamFailed(ApiError):
    status, type, code = 502, "server_error", "upstream_failed"


class UpstreamTimeout(ApiError):
    status, type, code = 504, "server_error", "upstream_timeout"
