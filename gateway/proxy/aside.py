"""Judges what takes long in threads beside the event loop, which goes on with everybody else's requests (law 10).

Judging is pure and computes; nothing about it changes there. Python's lock changes hands every half a millisecond
while a thread is at work, so the loop waits that long at most, and for what a single call of C keeps it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.detectors.threads import SWITCH

THREADS = 2
"""So that one very long request keeps no other waiting; more would only share one lock."""
_Result = TypeVar("_Result")


class Aside:
    """For one event loop; its threads begin with the first work."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """What ``work`` returns or raises; whoever is cancelled before its turn has come costs nothing more."""
        if self._closed:
            return work()  # the last requests of a worker that ends
        if self._threads is None:
            sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="wardgate-judge")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Threads end when they have done what they do."""
        self._closed = True
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
