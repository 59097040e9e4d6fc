"""What waits for one detector, and what it is doing: fair between requests, and bounded when it is stuck."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from gateway.core.windows import Ask
from gateway.detectors.api import AnyDetector, is_remote
from gateway.detectors.memory import Key
from gateway.detectors.pending import Pending


@dataclass(slots=True, eq=False)
class Item:
    """A question under way, for all who wait for its answer. ``over``: nobody does any more, or it was answered."""

    ask: Ask
    key: Key
    lane: Lane
    waiters: list[Pending] = field(default_factory=list)
    running: bool = False
    over: bool = False


@dataclass(slots=True, eq=False)
class Batch:
    """Questions that are answered together. ``overdue``: it has taken longer than it may."""

    lane: Lane
    items: list[Item]
    began: float
    overdue: bool = False
    timer: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None


class Lane:
    """One detector's queue. ``most``: batches that it may work on at once."""

    def __init__(self, detector: AnyDetector, most: int) -> None:
        self.detector, self.most = detector, most
        self.remote = is_remote(detector)
        self.waiting = self.running = self.overdue = 0
        self._groups: OrderedDict[Pending, deque[Item]] = OrderedDict()

    @property
    def stuck(self) -> bool:
        """Whether all that it does is overdue: whoever asks it now would wait in vain."""
        return self.overdue >= self.most

    @property
    def ready(self) -> bool:
        return self.waiting > 0 and self.running < self.most

    def add(self, request: Pending, items: list[Item]) -> None:
        """Questions of one request."""
        self._groups.setdefault(request, deque()).extend(items)
        self.waiting += len(items)

    def leave(self, item: Item) -> None:
        """Nobody waits for ``item`` any more: it is passed over, unless it is being worked on."""
        item.over = True
        if not item.running:
            self.waiting -= 1

    def take(self, most: int) -> list[Item]:
        """The next questions to be answered together, of ``most`` usual windows or one that is larger.

        Requests take turns, so a large one holds up no small one.
        """
        out: list[Item] = []
        room = most
        while self._groups and room > 0:
            request, group = next(iter(self._groups.items()))
            if out and group[0].ask.size > room:
                break
            del self._groups[request]
            item = group.popleft()
            if group:
                self._groups[request] = group
            if not item.over:
                item.running = True
                room -= item.ask.size
                self.waiting -= 1
                out.append(item)
        return out
