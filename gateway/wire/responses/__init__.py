"""``/v1/responses``."""

from __future__ import annotations

from gateway.wire import errors
from gateway.wire.api import Api, ErrorShape
from gateway.wire.responses.answer import Answer, failure
from gateway.wire.responses.request import ResponsesRequest, parse

API: Api = Api("responses", b"/v1/responses", "/responses", parse, ErrorShape(errors.render, failure))

__all__ = ["API", "Answer", "ResponsesRequest", "parse"]
