"""Anthropic's Messages API: ``/v1/messages`` and ``/v1/messages/count_tokens``."""

from __future__ import annotations

from gateway.wire.api import Api
from gateway.wire.messages.answer import Answer
from gateway.wire.messages.errors import SHAPE
from gateway.wire.messages.request import CountRequest, MessagesRequest, parse, parse_count

API: Api = Api("messages", b"/v1/messages", "/messages", parse, SHAPE)
COUNT: Api = Api("count_tokens", b"/v1/messages/count_tokens", "/messages/count_tokens", parse_count, SHAPE)

__all__ = ["API", "COUNT", "Answer", "CountRequest", "MessagesRequest", "parse", "parse_count"]
