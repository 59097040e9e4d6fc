"""``/v1/chat/completions``."""

from __future__ import annotations

from gateway.wire.api import Api
from gateway.wire.chat.answer import Answer
from gateway.wire.chat.request import FIELD_ROLES, PART_KINDS, ROLES, ChatRequest, parse

API: Api = Api("chat", b"/v1/chat/completions", "/chat/completions", parse)

__all__ = ["API", "FIELD_ROLES", "PART_KINDS", "ROLES", "Answer", "ChatRequest", "parse"]
