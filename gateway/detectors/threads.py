"""Threads that detectors compute in. They are daemons, as one that hangs must not keep a process from ending."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]
SWITCH = 0.0005
"""Seconds after which a thread that computes in Python must let the event loop have its turn; Python's own is 5 ms."""


class Threads:
    """As many as there is work at once: whoever gives it bounds it. Use it from one thread."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._idle = 0
        self.alive = 0

    def run(self, work: Work) -> None:
        """Do ``work``, which must not raise, in some thread; tell ``ended`` when it is done."""
        if self._idle:
            self._idle -= 1
        else:
            if not self.alive:
                sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
            self.alive += 1
            threading.Thread(target=self._live, name="wardgate-detector", daemon=True).start()
        self._work.put(work)

    def ended(self) -> None:
        """Some work is done: its thread waits for the next."""
        self._idle += 1

    def close(self) -> None:
        """Threads end when they have nothing more to do."""
        for _ in range(self.alive):
            self._work.put(None)

    def _live(self) -> None:
        while (work := self._work.get()) is not None:
            work()
