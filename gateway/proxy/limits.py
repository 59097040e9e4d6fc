"""How much is let in: an admission limit for the worker and a token bucket for each key.

A limit answers at once with 429 or 503 and ``Retry-After``; nothing waits in a queue that no one sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.errors import Overloaded, RateLimited
from gateway.proxy.auth import Caller

_MINUTE: Final = 60.0
_ROUNDING: Final = 1e-7
"""Seconds by which sums of a minute's parts may miss the minute."""


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
    checks_rpm: int = 60
    feedback_rpm: int = 60
    """Requests per minute and key to the routes that the gateway answers itself; 0: unlimited."""


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


class Table(Protocol):
    """For each key the moment (monotonic seconds) at which its bucket will be full again."""

    def advance(self, name: str, now: float, step: float, latest: float) -> float:
        """Put ``name``'s moment off by ``step``, unless it would come after ``latest``. Gives the moment before."""


class PrivateTable:
    """The table of a gateway that serves from one process."""

    __slots__ = ("_full",)

    def __init__(self) -> None:
        self._full: dict[str, float] = {}

    def advance(self, name: str, now: float, step: float, latest: float) -> float:
        full = max(self._full.get(name, now), now)
        if full + step <= latest:
            self._full[name] = full + step
        return full


BUCKETS: Final[tuple[str, ...]] = ("checks", "feedback")
"""Buckets that each key has beside its own."""


def bucket_names(keys: Iterable[str]) -> tuple[str, ...]:
    """The names in a table of all buckets of ``keys``."""
    return tuple(name for key in keys for name in (key, *(f"{key} {bucket}" for bucket in BUCKETS)))


class Rates:
    """One token bucket per key: ``rpm`` tokens, refilled evenly over a minute.

    A bucket is one number, the moment at which it is full (the GCRA of ATM networks): a token puts it off by
    the time that one token takes to refill, and a bucket is empty when that moment is a minute away.
    """

    __slots__ = ("_table",)

    def __init__(self, table: Table | None = None) -> None:
        self._table = table or PrivateTable()

    def take(self, caller: Caller, now: float) -> tuple[tuple[str, str], ...]:
        """Take one token at ``now`` (seconds, monotonic). Gives x-ratelimit headers; raises RateLimited."""
        return self._take(caller.name, caller.rpm, now, "This API key has used up its requests per minute.")

    def take_of(self, bucket: str, rpm: int, caller: Caller, now: float) -> tuple[tuple[str, str], ...]:
        """The same from another bucket of the caller's, one of ``BUCKETS``, that refills with ``rpm``."""
        said = f"This API key has used up its requests per minute to this route ({bucket}.rpm)."
        return self._take(f"{caller.name} {bucket}", rpm, now, said)

    def _take(self, name: str, rpm: int, now: float, said: str) -> tuple[tuple[str, str], ...]:
        if not rpm:
            return ()
        step = _MINUTE / rpm
        latest = now + _MINUTE + _ROUNDING
        full = self._table.advance(name, now, step, latest)
        if full + step > latest:
            wait = full + step - now - _MINUTE
            headers = dict(_headers(rpm, 0, wait))
            headers["retry-after"] = str(max(1, math.ceil(wait)))
            raise RateLimited(said, headers=headers)
        taken = full + step - now
        return _headers(rpm, int((_MINUTE + _ROUNDING - taken) / step), taken)


def _headers(limit: int, remaining: int, reset: float) -> tuple[tuple[str, str], ...]:
    return (
        ("x-ratelimit-limit-requests", str(limit)),
        ("x-ratelimit-remaining-requests", str(remaining)),
        ("x-ratelimit-reset-requests", f"{reset:.3f}s"),
    )
