"""Ids for requests and decisions: unique, unguessable, and ~0.1 µs each.

``uuid4`` asks the kernel for every id; here one call to it serves 256.
"""

from __future__ import annotations

import os

_BYTES = 12
_BATCH = 256


class Ids:
    """An endless supply of 24-digit hexadecimal ids (96 random bits)."""

    __slots__ = ("_left", "_pool")

    def __init__(self) -> None:
        self._pool, self._left = "", 0

    def next(self) -> str:
        if not self._left:
            self._pool, self._left = os.urandom(_BYTES * _BATCH).hex(), _BATCH
        self._left -= 1
        start = self._left * _BYTES * 2
        return self._pool[start : start + _BYTES * 2]
