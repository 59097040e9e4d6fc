"""What the embedded engine refuses, in the one error shape that OpenAI clients and vLLM share."""

from __future__ import annotations

from typing import Any


class RequestRefused(Exception):
    """A request that cannot be served: HTTP status, vLLM's error type, and the field at fault.

    Messages name fields, limits and cures, never the caller's text.
    """

    def __init__(self, message: str, *, param: str | None = None, status: int = 400, kind: str = "BadRequestError"):
        super().__init__(message)
        self.message, self.param, self.status, self.kind = message, param, status, kind

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.status}}


def not_found(message: str, param: str | None = None) -> RequestRefused:
    return RequestRefused(message, param=param, status=404, kind="NotFoundError")


def too_long(prompt: int, context: int) -> RequestRefused:
    """The 400 of a prompt (in tokens) that leaves no room for an answer."""
    return RequestRefused(
        f"This model's maximum context length is {context} tokens. However, your prompt contains {prompt} input "
        "tokens, which leaves no room for an answer. Please reduce the length of the input prompt.",
        param="input_tokens",
    )


def limit_beyond(wanted: int, context: int) -> RequestRefused:
    """The 400 of a max_tokens that no prompt would leave room for."""
    return RequestRefused(
        f"max_tokens={wanted} cannot be greater than max_model_len={context}. Please request fewer output tokens.",
        param="max_tokens",
    )
