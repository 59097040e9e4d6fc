"""``/v1/embeddings``."""

from __future__ import annotations

from gateway.wire.api import Api
from gateway.wire.embeddings.answer import Answer
from gateway.wire.embeddings.request import EmbeddingsRequest, parse

API: Api = Api("embeddings", b"/v1/embeddings", "/embeddings", parse)

__all__ = ["API", "Answer", "EmbeddingsRequest", "parse"]
