"""Requests per minute over several workers: one number per key in memory that all of them share.

Asking the supervisor for every request would cost a round trip, and leases of tokens are wrong at their edges;
here the count is exact. A worker takes the key's lock (a byte range of the shared file, which the kernel frees
when its holder dies), reads, writes, and lets go: two system calls. Where another holds the lock, which it does
for a microsecond, the processor is given to it. Should it have been stopped in that microsecond, the others go
on without the lock after a while: then some requests too many may pass, and none is kept waiting.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import time
from collections.abc import Sequence

_SIZE = 8
_PATIENCE = 0.05
"""Seconds; a process that was only preempted has long been run again."""


def shared_memory(keys: int) -> int:
    """A file descriptor of zeroed memory for ``keys`` keys, to be inherited by workers."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("wardgate-rates")
    else:
        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    os.ftruncate(handle, max(1, keys) * _SIZE)
    return handle


class SharedTable:
    """A ``gateway.proxy.limits.Table`` in the memory behind ``handle``; ``names`` are in the same order everywhere.

    The clock must be the machine's monotonic one, which all its processes share.
    """

    __slots__ = ("_full", "_handle", "_places")

    def __init__(self, handle: int, names: Sequence[str]) -> None:
        self._handle = handle
        self._places = {name: place for place, name in enumerate(names)}
        self._full = memoryview(mmap.mmap(handle, max(1, len(names)) * _SIZE)).cast("d")

    def advance(self, name: str, now: float, step: float, latest: float) -> float:
        place = self._places[name]
        held = self._hold(place)
        try:
            full = max(self._full[place], now)
            if full + step <= latest:
                self._full[place] = full + step  # eight aligned bytes: a process that dies here leaves old or new
            return full
        finally:
            if held:
                fcntl.lockf(self._handle, fcntl.LOCK_UN, _SIZE, place * _SIZE)

    def _hold(self, place: int) -> bool:
        end = 0.0
        while True:
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _SIZE, place * _SIZE)
            except OSError:
                now = time.monotonic()
                end = end or now + _PATIENCE
                if now > end:
                    return False
                os.sched_yield()
            else:
                return True
