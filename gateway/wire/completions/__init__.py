"""``/v1/completions``."""

from __future__ import annotations

from gateway.wire.api import Api
from gateway.wire.completions.answer import Answer
from gateway.wire.completions.request import CompletionRequest, parse

API: Api = Api("completions", b"/v1/completions", "/completions", parse)

__all__ = ["API", "Answer", "CompletionRequest", "parse"]
