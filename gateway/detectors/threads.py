"""Threads that detectors compute in, and what is judged aside.

They are daemons, as one that hangs, or has much to do, must not keep a process from ending. Nor must it end while one
of them is in a library's call: what it comes back to is no more, which aborts the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

Work = Callable[[], None]
SWITCH = 0.0005
"""Seconds after which a thread that computes in Python must let the event loop have its turn; Python's own is 5 ms."""
LAST = 0.5
"""Seconds in which threads that are given up come back from what they call."""


class GivenUp(BaseException):
    """Raised in a thread whose work nobody waits for any more, at its next instruction of Python."""


def give_up(threads: Sequence[threading.Thread]) -> None:
    """End ``threads``, whatever they do; each leaves ``GivenUp`` alone, but for what it has to clear up."""
    until = time.monotonic() + LAST
    for each in threads:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(each.ident or 0), ctypes.py_object(GivenUp))
    for each in threads:
        each.join(max(0.0, until - time.monotonic()))


class Threads:
    """As many as there is work at once: whoever gives it bounds it. Use it from one thread."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._idle = 0
        self._threads: list[threading.Thread] = []

    @property
    def alive(self) -> int:
        """How many there are."""
        return len(self._threads)

    def run(self, work: Work) -> None:
        """Do ``work``, which must not raise, in some thread; tell ``ended`` when it is done."""
        if self._idle:
            self._idle -= 1
        else:
            if not self._threads:
                sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
            thread = threading.Thread(target=self._live, name="wardgate-detector", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._work.put(work)

    def ended(self) -> None:
        """Some work is done: its thread waits for the next."""
        self._idle += 1

    def close(self) -> None:
        """End now; what is computed is given up."""
        for _ in self._threads:
            self._work.put(None)
        give_up(self._threads)

    def _live(self) -> None:
        with contextlib.suppress(GivenUp):
            while (work := self._work.get()) is not None:
                work()
