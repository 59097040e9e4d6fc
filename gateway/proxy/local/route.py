"""What the data port knows of a route that the gateway answers itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.proxy.auth import Caller
from gateway.proxy.limits import Bounds
from gateway.proxy.relay import House
from gateway.proxy.request import Request

Handler = Callable[[House, Caller, Request], Awaitable[tuple[bytes, bytes]]]
"""Answers a request: the lines of the head that are its own, and the body (JSON). Raises ApiError."""


@dataclass(frozen=True, slots=True)
class Local:
    """``name``: in metrics and audit. ``route``: what callers post to. ``bucket``: one of ``limits.BUCKETS``."""

    name: str
    route: bytes
    bucket: str
    answer: Handler

    def rpm(self, bounds: Bounds) -> int:
        """Requests per minute that each key may ask it."""
        return bounds.checks_rpm if self.bucket == "checks" else bounds.feedback_rpm
