"""How much is let in: an admission limit for the worker and a token bucket for each key.

A limit answers at once with 429 or 503 and ``Retry-After``; nothing waits in a queue that no one sees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gateway.errors import Overloaded, RateLimited
from gateway.proxy.auth import Caller


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes in bytes, times in seconds."""

    max_concurrent: int = 1024
    max_body: int = 8 << 20
    max_head: int = 32 << 10
    max_headers: int = 100
    head_timeout: float = 15.0
    body_timeout: float = 30.0
    idle_timeout: float = 75.0
    write_timeout: float = 60.0
    keepalive_comment: float = 10.0
    """Seconds of silence on a stream before an SSE comment is sent."""


class Admission:
    """Counts the requests being served; the one over the limit is refused."""

    __slots__ = ("active", "limit")

    def __init__(self, limit: int) -> None:
        self.limit, self.active = limit, 0

    def enter(self) -> None:
        if self.active >= self.limit:
            raise Overloaded("The gateway is at its limit of concurrent requests.", headers={"retry-after": "1"})
        self.active += 1

    def leave(self) -> None:
        self.active -= 1


class Rates:
    """One token bucket per key: ``rpm`` tokens, refilled evenly over a minute."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: Caller, now: float) -> tuple[tuple[str, str], ...]:
        """Take one token at ``now`` (seconds, monotonic). Gives x-ratelimit headers; raises RateLimited."""
        if not caller.rpm:
            return ()
        rate = caller.rpm / 60.0
        tokens, then = self._buckets.get(caller.name, (float(caller.rpm), now))
        tokens = min(float(caller.rpm), tokens + (now - then) * rate)
        if tokens < 1.0:
            self._buckets[caller.name] = (tokens, now)
            wait = (1.0 - tokens) / rate
            headers = dict(_headers(caller.rpm, 0, wait))
            headers["retry-after"] = str(max(1, math.ceil(wait)))
            raise RateLimited("This API key has used up its requests per minute.", headers=headers)
        self._buckets[caller.name] = (tokens - 1.0, now)
        return _headers(caller.rpm, int(tokens - 1.0), (caller.rpm - tokens + 1.0) / rate)


def _headers(limit: int, remaining: int, reset: float) -> tuple[tuple[str, str], ...]:
    return (
        ("x-ratelimit-limit-requests", str(limit)),
        ("x-ratelimit-remaining-requests", str(remaining)),
        ("x-ratelimit-reset-requests", f"{reset:.3f}s"),
    )
