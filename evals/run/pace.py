"""How fast a target is asked: no more at once than it bears, no more a minute than it allows.

Concurrency follows the server as TCP follows a network (Chiu and Jain 1989): it doubles until the server first pushes
back (429, 5xx, a timeout), is then cut, and grows by one for every round of answers. A cut answers to requests that
began after the cut before it, so that one burst of refusals counts once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

FIRST = 8
"""Requests at once to begin with."""
CUT = 0.7
MINUTE = 60.0


class Pace:
    """One target's. ``most``: requests at once that are never exceeded; ``per_minute``: starts a minute, 0 for any."""

    def __init__(self, most: int, per_minute: float = 0.0, clock: Callable[[], float] | None = None) -> None:
        self.most, self.limit = most, float(min(FIRST, most))
        self._gap = MINUTE / per_minute if per_minute else 0.0
        self._next, self._open, self._cuts = 0.0, 0, 0
        self._growing = True
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._clock = clock or asyncio.get_running_loop().time

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Waits for a free place and for the minute's allowance; gives what ``refused`` wants to know."""
        await self._place()
        try:
            await self._allowance()
            yield self._cuts
        finally:
            self._open -= 1
            self._wake()

    async def _place(self) -> None:
        """First come, first served: who arrives while others wait joins the end."""
        if self._open < int(self.limit) and not self._waiting:
            self._open += 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine  # the place is taken by who wakes us
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._open -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._open < int(self.limit):
            mine = self._waiting.popleft()
            if not mine.done():
                self._open += 1
                mine.set_result(None)

    async def _allowance(self) -> None:
        now = self._clock()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)

    def answered(self) -> None:
        """The target answered: there may be room for more."""
        self.limit = min(float(self.most), self.limit + (1.0 if self._growing else 1.0 / self.limit))
        self._wake()

    def refused(self, turn: int, seconds: float = 0.0) -> None:
        """The target pushed back on a request of ``turn``, and asked for ``seconds`` of rest."""
        if turn == self._cuts:
            self._cuts += 1
            self._growing = False
            self.limit = max(1.0, self.limit * CUT)
        if seconds:
            self._next = max(self._next, self._clock() + seconds)
