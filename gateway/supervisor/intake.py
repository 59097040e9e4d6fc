"""The supervisor's end of a worker's audit: rows go to the one writer, and word of their fate goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.audit.row import RowSink, unpack
from gateway.audit.sqlite import AuditDown

_WORD_AFTER = 256
"""Rows after which a best-effort worker hears that they were taken; else it hears with the next beat."""
_OPENS = {"begin": 1, "end": -1}


class Intake:
    """One worker's rows. ``say(settled, failed, down)`` tells the worker."""

    def __init__(self, sink: RowSink, say: Callable[[int, bool, bool], None], capacity: int) -> None:
        self._sink, self._say = sink, say
        self._word_after = max(1, min(_WORD_AFTER, capacity // 4))
        self._taken = self._told = self._ticket = 0
        self._down = False
        self._more = asyncio.Event()
        self._following = asyncio.get_running_loop().create_task(self._follow()) if sink.required else None
        self.open = 0
        """Requests with a begin record and no end record yet."""

    def take(self, packed: bytes) -> None:
        """Queue rows as the worker packed them."""
        rows = tuple(unpack(packed))
        self._ticket = self._sink.take(rows)
        self._taken += len(rows)
        for row in rows:
            self.open += _OPENS.get(row.kind, 0)
        if self._following is not None:
            self._more.set()
        elif self._taken - self._told >= self._word_after:
            self.beat()

    def beat(self) -> None:
        """Say what is new, a few times a second; with ``required`` rows count as settled on disk only."""
        down = self._sink.down
        if self._following is not None:
            if down is not self._down:
                self._tell(self._told, failed=False, down=down)
        elif self._taken != self._told:
            self._tell(self._taken, failed=False, down=down)

    async def _follow(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            count, failed = self._taken, False
            try:
                await self._sink.committed(self._ticket)
            except AuditDown:
                failed = True
            self._tell(count, failed=failed, down=self._sink.down)

    def _tell(self, count: int, *, failed: bool, down: bool) -> None:
        self._told, self._down = count, down
        self._say(count, failed, down)

    def close(self) -> None:
        if self._following is not None:
            self._following.cancel()
