"""Parses and judges what takes long in threads beside the event loop, which goes on with all other requests (law 10).

Both are pure and compute; nothing about them changes there. Python's lock changes hands every half a millisecond
while a thread is at work, so the loop waits that long at most, and for what a single call of C keeps it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from gateway.detectors.threads import SWITCH, GivenUp, give_up

MANY = 4000
"""Quotes and commas of a body that is parsed at once: 2 ms, where each is of a value that guards must see."""
THREADS = 2
"""So that one very long request keeps no other waiting; more would only share one lock."""
TURN = 0.002
"""Seconds in which a stream's events are read or judged one after another before everybody else has a turn."""
_Result = TypeVar("_Result")
_Work = tuple[Callable[[], Any], Future[Any]]


class Aside:
    """For one event loop; its threads begin with the first work.

    Not an executor: a process that is to end would wait until its threads have judged what they are at.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """What ``work`` returns or raises; whoever is cancelled before its turn has come costs nothing more."""
        if self._closed:
            return work()  # the last requests of a worker that ends
        if not self._threads:
            sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        while len(self._threads) < THREADS:
            each = threading.Thread(target=self._live, name="wardgate-judge", daemon=True)
            each.start()  # where there is none to be had, this work alone fails
            self._threads.append(each)
        done: Future[_Result] = Future()
        self._work.put((work, done))
        return await asyncio.wrap_future(done)

    async def parsed(self, parse: Callable[[bytes], _Result], body: bytes) -> _Result:
        """``parse(body)``, here where ``body`` has few values; raises what it raises."""
        if len(body) <= MANY or body.count(b'"') + body.count(b",") <= MANY:
            return parse(body)
        return await self.run(partial(parse, body))

    def close(self) -> None:
        """End now: what is not begun is cancelled, and what threads are at is given up."""
        self._closed = True
        with contextlib.suppress(Empty):
            while True:
                if (waiting := self._work.get_nowait()) is not None:
                    waiting[1].cancel()
        for _ in self._threads:
            self._work.put(None)
        give_up(self._threads)

    def _live(self) -> None:
        with contextlib.suppress(GivenUp):
            while self._next():
                pass

    def _next(self) -> bool:
        """Do the next work; what it was about is forgotten with this call. False: there is none to come."""
        found = self._work.get()
        if found is None:
            return False
        work, done = found
        if done.set_running_or_notify_cancel():
            try:
                result = work()
            except GivenUp:
                done.set_exception(asyncio.CancelledError())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                done.set_exception(error)
            else:
                done.set_result(result)
        return True
