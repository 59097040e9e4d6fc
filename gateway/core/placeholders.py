"""Placeholders stand for values that the model must not see; only the request that made one can undo it.

A placeholder is an HMAC of tenant key, entity type and value: stable over turns, workers and restarts,
and one-way. The way back is the request's own map, since clients send their history with the real values.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from gateway.core.pattern import Pattern, pattern

PLACEHOLDER: Pattern = pattern(r"<[A-Z][A-Z_]{1,30}_[0-9a-f]{12}>")


@dataclass(slots=True)
class Minted:
    """The placeholders of one request. ``key`` is the tenant's secret."""

    key: bytes
    values: dict[str, str] = field(default_factory=dict)

    def mint(self, entity: str, value: str) -> str:
        """The placeholder of ``value``; the same for the same tenant, entity and value."""
        name = self.name(entity, value)
        self.values[name] = value
        return name

    def name(self, entity: str, value: str) -> str:
        """The placeholder of ``value``, without remembering it."""
        return f"<{entity or 'VALUE'}_{self._digest(entity, value)}>"

    def digest(self, entity: str, value: str) -> str:
        """A one-way stand-in: nothing is remembered, nothing can be restored."""
        return f"<{entity or 'VALUE'}:{self._digest(entity, value)}>"

    def restore(self, placeholder: str) -> str | None:
        """The value behind ``placeholder`` when this request made it, else None."""
        return self.values.get(placeholder)

    def _digest(self, entity: str, value: str) -> str:
        message = f"{entity}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:12]
