"""Asks detectors for all requests of a worker: in threads, in batches of what waits, each within its time.

A worker makes one after it was forked. Whatever a detector does wrong (raises, hangs, answers garbage) becomes the
answer of the windows that it was asked about, for the policy to decide on; no other detector and no other request
waits for it. An answer may not depend on its batch, so a batch that fails is asked again window by window.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol

from gateway.core.windows import Answer, Ask, Question, Unread
from gateway.detectors.answers import checked
from gateway.detectors.api import AnyDetector, Detector, RemoteDetector, detectors
from gateway.detectors.computing import compute
from gateway.detectors.lane import Batch, Item, Lane
from gateway.detectors.memory import Key, Memory
from gateway.detectors.pending import Pending
from gateway.detectors.threads import Threads


class Meters(Protocol):
    """What is counted (``gateway.telemetry.metrics.Metrics``)."""

    def detector_read(self, detector: str, windows: int, seconds: float) -> None: ...
    def detector_failed(self, detector: str, reason: str, windows: int = 1) -> None: ...
    def detector_remembered(self, detector: str, windows: int = 1) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """``threads``: batches of one detector that are computed at once: none can take another's turn.

    ``timeout``: seconds a batch may take, and a window may wait. ``batch``: windows that go out together at most, of
    which a long one counts as several (``Ask.size``). ``remember``: answers that are kept. ``waiting``: windows that
    may wait for one detector. ``remote``: batches that one remote detector may be asked at once.
    """

    threads: int = 1
    timeout: float = 2.0
    batch: int = 16
    remember: int = 20_000
    waiting: int = 4096
    remote: int = 8


_FAILED = (None, Unread.ERROR, Unread.TIMEOUT)
Report = Callable[[str, BaseException], None]
_SLICE = 16
"""Questions that are made and asked without letting go of the event loop: about a millisecond."""
_REPORT_EVERY = 60.0
"""Seconds for which a detector that raises is reported once."""


class Pool:
    """``known``: the detectors there are. ``report`` is told of what they raise, now and then. For one event loop."""

    def __init__(
        self, bounds: Bounds, meters: Meters, known: Mapping[str, AnyDetector] | None = None,
        report: Report = lambda *_: None, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds, self._meters, self._known, self._clock = bounds, meters, known, clock
        self._report, self._reported = report, dict[str, float]()
        self._memory = Memory(bounds.remember)
        self._threads = Threads()
        self._lanes: dict[str, Lane] = {}
        self._open: dict[Key, Item] = {}

    # -- asking --------------------------------------------------------------------------------

    def ask(self, tenant: str, asks: Iterable[Ask], pending: Pending | None = None) -> Pending:
        """Ask everything at once, besides what is ``pending``. What is remembered is answered already; what is owed
        comes within its time.

        A request with more windows than one batch gets the time for one batch more for each: a long document is
        read to its end, and a detector that hangs is given up after the first.
        """
        pending = Pending(self._leave) if pending is None else pending
        self._more(tenant, asks, pending)
        return pending

    async def read(self, tenant: str, asks: Iterable[Ask]) -> dict[Question, Answer]:
        """The same, waited for; whoever is cancelled meanwhile waits no more.

        ``asks`` are taken in slices, between which the loop is let go: a large request must not hold it.
        """
        pending, rest = Pending(self._leave), iter(asks)
        try:
            while part := list(islice(rest, _SLICE)):
                self._more(tenant, part, pending)
                if len(part) == _SLICE:
                    await asyncio.sleep(0)
            if pending.left:
                answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                pending.then = partial(_come_true, answered)
                await answered
        finally:
            pending.drop()
        return pending.answers

    def _more(self, tenant: str, asks: Iterable[Ask], pending: Pending) -> None:
        """Further questions of one request."""
        fresh: dict[Lane, list[Item]] = {}
        owed: list[Item] = []
        for ask in asks:
            if ask.question in pending.asked:
                continue
            pending.asked.add(ask.question)
            item = self._item(tenant, ask, pending, fresh)
            if item is not None:
                item.waiters.append(pending)
                pending.open.add(item)
                owed.append(item)
        pending.left += len(owed)
        loop, bounds = asyncio.get_running_loop(), self._bounds
        turns: dict[int, list[Item]] = {}
        for item in owed:
            pending.owed += item.ask.size
            turns.setdefault(1 + (pending.owed - 1) // bounds.batch, []).append(item)
        for turn, part in turns.items():
            pending.timers.append(loop.call_later(bounds.timeout * turn, self._expire, pending, part))
        for lane, items in fresh.items():
            lane.add(pending, items)
            self._dispatch(lane)

    def _item(
        self, tenant: str, ask: Ask, pending: Pending, fresh: dict[Lane, list[Item]]
    ) -> Item | None:
        """The question as it is under way; None when it is answered at once."""
        name, lane = ask.detector, self._lane(ask.detector)
        if lane is None:
            self._meters.detector_failed(name, "error")
            pending.answers[ask.question] = Unread.ERROR
            return None
        key = self._memory.key(tenant, lane.detector.version, ask)
        answer = self._memory.get(key)
        if answer is not None:
            self._meters.detector_remembered(name)
            pending.answers[ask.question] = answer
            return None
        item = self._open.get(key)
        if item is not None:
            return item
        if lane.stuck or lane.waiting + len(fresh.get(lane, ())) >= self._bounds.waiting:
            self._meters.detector_failed(name, "overload")
            pending.answers[ask.question] = Unread.TIMEOUT
            return None
        item = self._open[key] = Item(ask, key, lane)
        fresh.setdefault(lane, []).append(item)
        return item

    def _lane(self, name: str) -> Lane | None:
        lane = self._lanes.get(name)
        if lane is None:
            if self._known is None:
                self._known = detectors()
            detector = self._known.get(name)
            if detector is None:
                return None
            lane = self._lanes[name] = Lane(detector, 1)
            lane.most = self._bounds.remote if lane.remote else self._bounds.threads
        return lane

    # -- giving up -----------------------------------------------------------------------------

    def _expire(self, pending: Pending, items: Sequence[Item]) -> None:
        """Time is up for these: whoever else waits for the same has a time of its own."""
        for item in items:
            if item in pending.open:
                self._meters.detector_failed(item.ask.detector, "timeout")
                self._leave(item, pending)
                pending.give(item.ask.question, Unread.TIMEOUT)

    def _leave(self, item: Item, pending: Pending) -> None:
        pending.open.discard(item)
        item.waiters.remove(pending)
        if not item.waiters:
            item.lane.leave(item)
            if self._open.get(item.key) is item:
                del self._open[item.key]

    def _overdue(self, batch: Batch) -> None:
        """It has had its time. Its thread cannot be stopped; when all of a detector's are lost, nobody waits for it."""
        lane = batch.lane
        batch.overdue = True
        lane.overdue += 1
        if batch.task is not None:
            batch.task.cancel()
        for item in lane.take(lane.waiting) if lane.stuck else ():
            self._answer(item, Unread.TIMEOUT, "overload")

    # -- reading -------------------------------------------------------------------------------

    def _dispatch(self, lane: Lane) -> None:
        """Begin what can begin."""
        while lane.ready and (items := lane.take(self._bounds.batch)):
            self._begin(lane, items)

    def _begin(self, lane: Lane, items: list[Item]) -> None:
        loop = asyncio.get_running_loop()
        batch = Batch(lane, items, self._clock())
        lane.running += 1
        batch.timer = loop.call_later(self._bounds.timeout, self._overdue, batch)
        asks = tuple(item.ask for item in items)
        detector = lane.detector
        if lane.remote:
            batch.task = loop.create_task(self._ask(detector, batch, asks))  # type: ignore[arg-type]  # it is remote
            return

        def work() -> None:
            said, error = compute(detector, asks)  # type: ignore[arg-type]  # it is none that waits for the network
            with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
                loop.call_soon_threadsafe(self._computed, batch, said, error)

        self._threads.run(work)

    async def _ask(self, detector: RemoteDetector, batch: Batch, asks: Sequence[Ask]) -> None:
        said: list[Answer] = [Unread.TIMEOUT] * len(asks)
        try:
            said = checked(asks, await detector.read(asks))
        except asyncio.CancelledError:
            pass  # its time is up
        except Exception as error:  # noqa: BLE001  # law 5: whatever a detector raises is a state
            said = [Unread.ERROR] * len(asks)
            self._raised(detector.name, error)
        finally:
            self._over(batch, said)

    def _computed(self, batch: Batch, said: Sequence[Answer], error: BaseException | None) -> None:
        self._threads.ended()
        if error is not None:
            self._raised(batch.lane.detector.name, error)
        self._over(batch, said)

    def _raised(self, name: str, error: BaseException) -> None:
        now = self._clock()
        if now - self._reported.get(name, now - _REPORT_EVERY) >= _REPORT_EVERY:
            self._reported[name] = now
            self._report(name, error)

    def _over(self, batch: Batch, said: Sequence[Answer]) -> None:
        lane = batch.lane
        lane.running -= 1
        lane.overdue -= batch.overdue
        if batch.timer is not None:
            batch.timer.cancel()
        self._meters.detector_read(lane.detector.name, len(batch.items), self._clock() - batch.began)
        for item, answer in zip(batch.items, said, strict=True):
            self._memory.put(item.key, answer)
            self._answer(item, answer, "timeout" if answer is Unread.TIMEOUT else "error")
        self._dispatch(lane)

    def _answer(self, item: Item, answer: Answer, reason: str) -> None:
        """Tell all who wait; ``reason``: what is counted, should it be no answer."""
        item.over = True
        if self._open.get(item.key) is item:
            del self._open[item.key]
        waiters, item.waiters = item.waiters, []
        if answer in _FAILED:
            self._meters.detector_failed(item.ask.detector, reason)
        for pending in waiters:
            pending.open.discard(item)
            pending.give(item.ask.question, answer)

    # -- life ----------------------------------------------------------------------------------

    async def warm(self, asks: Iterable[Ask]) -> tuple[str, ...]:
        """Have detectors load what they need, however long it takes; the names of those that failed at it."""
        failed = []
        for ask in asks:
            lane = self._lane(ask.detector)
            if lane is None or (not lane.remote and await self._warmed(lane.detector, ask) is None):  # type: ignore[arg-type]
                failed.append(ask.detector)
        return tuple(dict.fromkeys(failed))

    async def _warmed(self, detector: Detector, ask: Ask) -> Answer:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Answer] = loop.create_future()

        def work() -> None:
            said, error = compute(detector, [ask])
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(ended, said[0], error)

        def ended(said: Answer, error: BaseException | None) -> None:
            self._threads.ended()
            if error is not None:
                self._raised(detector.name, error)
            _come_true(done, None if said in _FAILED else said)

        self._threads.run(work)
        return await done

    def close(self) -> None:
        """Nothing more is read: who waits is told so. Threads end when what they do has."""
        self._threads.close()
        for item in tuple(self._open.values()):
            for pending in tuple(item.waiters):
                self._leave(item, pending)
                pending.give(item.ask.question, Unread.ERROR)


def _come_true(future: asyncio.Future[Answer] | asyncio.Future[None], answer: Answer = None) -> None:
    if not future.done():
        future.set_result(answer)  # type: ignore[arg-type]  # of a future that holds nothing it is None
