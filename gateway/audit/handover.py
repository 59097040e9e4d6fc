"""A worker's audit: its records go over the pipe to the supervisor, who alone writes the file.

What "begin before the first byte" means here: ``begin`` writes the record to the pipe before it returns, so when
the first byte leaves, the record is in the kernel's hands and outlives this process (kill -9 included: the
supervisor reads a dead worker's pipe to its end). Only while the pipe is full, because the supervisor does not
keep up, do records wait in this process, at most ``capacity`` of them. With ``required`` the request waits,
before the first byte and before the model is asked, until the supervisor has said that the record is on disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from gateway.audit.record import BeginRecord, EndRecord, Record, ReviewRecord
from gateway.audit.row import Rendering, Row, kind_of, pack
from gateway.audit.sqlite import AuditDown

_RIDE = 0.02
"""Seconds that an end record waits for a begin record to travel with: a write costs more than a record."""


class HandoverAudit:
    """The ``Audit`` of a worker. ``send`` writes packed rows to the pipe at once; ``capacity``: rows under way."""

    def __init__(
        self, send: Callable[[bytes], None], *, required: bool, capacity: int,
        dropped: Callable[[int], None] = lambda count: None,
    ) -> None:  # fmt: skip
        self.required = required
        self.down = False
        """Whether the supervisor's last attempt to write failed, or the supervisor is gone."""
        self._send, self._capacity, self._on_dropped = send, capacity, dropped
        self._rendering = Rendering()
        self._riding: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._given = self._settled = 0
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()

    def begin(self, record: BeginRecord) -> int:
        """Hand over a begin record now. Raises AuditDown if required and not possible."""
        if self.required and (self.down or self._given - self._settled >= self._capacity):
            raise AuditDown
        ticket = self._put(record)
        self.flush()
        return ticket

    def end(self, record: EndRecord) -> None:
        self._put(record)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_RIDE, self.flush)

    def review(self, record: ReviewRecord) -> int:
        """Hand over a review record now. Raises AuditDown if it cannot be kept."""
        if self.down or self._given - self._settled >= self._capacity:
            raise AuditDown
        ticket = self._put(record)
        self.flush()
        return ticket

    def _put(self, record: Record) -> int:
        if self._given - self._settled >= self._capacity:
            self._on_dropped(1)
            return self._settled
        row = Row(record.decision_id, kind_of(record), record.time, self._rendering.body(record))
        self._riding.append(pack(row))
        self._given += 1
        return self._given

    def flush(self) -> None:
        """Write what waits for a ride."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._riding:
            self._send(b"".join(self._riding))
            self._riding.clear()

    async def committed(self, ticket: int) -> None:
        """Wait until the record of ``ticket`` is on disk. Raises AuditDown."""
        if self._settled >= ticket:
            return
        if self.down:
            raise AuditDown
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((ticket, waiter))
        await waiter

    def settled(self, count: int, *, failed: bool, down: bool) -> None:
        """The supervisor's word: all rows up to the ``count``-th are kept, or could not be (``failed``)."""
        self.down = down
        self._settled = max(self._settled, count)
        while self._waiters and self._waiters[0][0] <= count:
            _, waiter = self._waiters.popleft()
            if waiter.done():
                continue
            if failed:
                waiter.set_exception(AuditDown())
            else:
                waiter.set_result(None)

    def lost(self) -> None:
        """The pipe is gone: no record can be kept any more."""
        self.settled(self._given, failed=True, down=True)
