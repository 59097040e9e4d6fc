"""The APIs that are relayed to a model server; every other route is refused or answered by the gateway itself."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.wire import chat, completions, embeddings, messages, responses
from gateway.wire.api import Api

RELAYED: Mapping[bytes, Api] = {
    each.route: each
    for each in (chat.API, completions.API, embeddings.API, responses.API, messages.API, messages.COUNT)
}
"""By route."""
