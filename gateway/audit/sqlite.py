"""The default audit sink: a SQLite file, one writer thread, group commit, a hash chain over the records.

The hot path appends to a list; the thread commits what has gathered at least every 50 ms, so a commit
serves many requests. The queue is bounded: what does not fit is counted, never lost in silence.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.audit.chain import SCHEMA, Chain
from gateway.audit.record import BeginRecord, EndRecord, Record, ReviewRecord
from gateway.audit.row import Row
from gateway.errors import Overloaded

COMMIT_EVERY = 0.05
_RETRY_EVERY = 0.5
_CLOSED = "The audit log cannot be written, and this request requires one."


class AuditDown(Overloaded):
    """503: records are required and the sink does not take them."""

    code = "audit_unavailable"

    def __init__(self) -> None:
        super().__init__(_CLOSED, headers={"retry-after": "5"})


class SqliteAudit:
    """Writes records to ``path``. ``required``: see ``record.Audit``; ``capacity``: records in the queue.

    When the file is deleted or moved away, the next records begin a new one, and a new chain; ``replaced`` is told.
    ``failed`` is told why it cannot be written, once until it can.
    """

    def __init__(
        self, path: Path, *, required: bool = False, capacity: int = 20_000,
        dropped: Callable[[int], None] = lambda count: None, written: Callable[[int], None] = lambda count: None,
        replaced: Callable[[], None] = lambda: None, failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self.required = required
        self._path, self._capacity = path, capacity
        self._on_dropped, self._on_written, self._on_replaced = dropped, written, replaced
        self._on_failed = failed
        self._queue: list[Record | Row] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._attempt: threading.Event | None = None
        self._stop = False
        self._queued = self._settled = 0
        self._waiters: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._chain: Chain | None = None
        self._head = b""
        """The chain's end as it was written last."""
        self.down = False
        """Whether the last attempt to write failed."""
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    # -- the event loop's side -----------------------------------------------------------------

    def begin(self, record: BeginRecord) -> int:
        """Queue a begin record; its ticket can be awaited. Raises AuditDown if required and not possible."""
        if self.required and (self.down or len(self._queue) >= self._capacity):
            raise AuditDown
        return self._put(record)

    def end(self, record: EndRecord) -> None:
        self._put(record)

    def review(self, record: ReviewRecord) -> int:
        """Queue a review record. Raises AuditDown if it cannot be kept: whoever gives it waits for it."""
        if self.down or len(self._queue) >= self._capacity:
            raise AuditDown
        return self._put(record)

    def take(self, rows: Sequence[Row]) -> int:
        """Queue what a worker has rendered; the ticket of the last can be awaited."""
        return self._put(*rows)

    def _put(self, *records: Record | Row) -> int:
        with self._lock:
            room = self._capacity - len(self._queue)
            if room < len(records):
                self._on_dropped(len(records) - max(0, room))
                records = records[: max(0, room)]
            self._queue += records
            self._queued += len(records)
            ticket = self._queued if records else self._settled
        if self.required:
            self._wake.set()
        return ticket

    async def committed(self, ticket: int) -> None:
        """Wait until the record of ``ticket`` is on disk. Raises AuditDown."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._settled >= ticket:
                return
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.append((ticket, loop, waiter))
        await waiter

    def attempt(self) -> None:
        """Open the file now, not with the first record; then ``down`` says whether that failed.

        Blocks, for seconds where somebody else writes into it.
        """
        self._attempt = tried = threading.Event()
        self._wake.set()
        tried.wait(5.0)

    def close(self) -> None:
        """Write what is queued and stop; waits for at most five seconds."""
        self._stop = True
        self._wake.set()
        self._thread.join(5.0)

    # -- the writer's side ---------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._wake.wait(_RETRY_EVERY if self.down else COMMIT_EVERY)
            self._wake.clear()
            stopping, attempt = self._stop, self._attempt
            self._flush(opening=attempt is not None)
            if attempt is not None:
                self._attempt = None
                attempt.set()
            if stopping:
                if self._chain is not None:
                    self._chain.close()
                return

    def _flush(self, *, opening: bool) -> None:
        with self._lock:
            batch, count = self._queue, self._queued
            self._queue = []
        if not (batch or self.down or opening):
            return
        try:
            chain = self._opened()
            chain.append(batch)
        except (sqlite3.Error, OSError) as error:
            self._failed(batch, error)
            return
        self.down, self._head = False, chain.head
        self._on_written(len(batch))
        self._settle(count, None)

    def _opened(self) -> Chain:
        """The chain of the file that the path leads to now."""
        if self._chain is not None and not self._chain.in_place():
            self._chain.leave()
            self._chain = None
        if self._chain is None:
            self._chain = Chain.open(self._path)
            if self._head and self._chain.head != self._head:
                self._on_replaced()
        return self._chain

    def _failed(self, batch: list[Record | Row], error: Exception) -> None:
        """Keeps what it can for the next attempt, and refuses whoever waits."""
        if not self.down:
            self._on_failed(error)
        self.down = True
        if self._chain is not None:
            self._chain.close()
            self._chain = None
        with self._lock:
            kept = batch + self._queue
            lost = max(0, len(kept) - self._capacity)
            self._queue = kept[lost:]
        if lost:
            self._on_dropped(lost)
        self._settle(self._queued, AuditDown())

    def _settle(self, count: int, error: AuditDown | None) -> None:
        with self._lock:
            if error is None:
                self._settled = count
            due = [each for each in self._waiters if each[0] <= count]
            self._waiters = [each for each in self._waiters if each[0] > count]
        for _, loop, waiter in due:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, waiter, error)


def _resolve(waiter: asyncio.Future[None], error: AuditDown | None) -> None:
    if waiter.done():
        return
    if error is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(error)


__all__ = ["SCHEMA", "AuditDown", "SqliteAudit"]
