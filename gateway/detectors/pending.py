"""The answers that one request waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from gateway.core.windows import Answer, Ask, Question

if TYPE_CHECKING:
    from gateway.detectors.lane import Item


class Pending:
    """``answers`` so far to what was ``asked``; ``left``: how many are owed, of ``owed`` in all (by ``Ask.size``).

    ``then`` is called, on the event loop, when none is left.
    """

    __slots__ = ("_leave", "answers", "asked", "left", "open", "owed", "then", "timers")

    def __init__(self, leave: Callable[[Item, Pending], None]) -> None:
        self._leave = leave
        self.answers: dict[Question, Answer] = {}
        self.asked: set[Question] = set()
        self.left = self.owed = 0
        self.open: set[Item] = set()
        self.timers: list[asyncio.TimerHandle] = []
        self.then: Callable[[], None] | None = None

    def give(self, question: Question, answer: Answer) -> None:
        """One of the answers that are owed."""
        self.answers[question] = answer
        self.left -= 1
        if not self.left:
            self._settle()
            if self.then is not None:
                self.then()

    def drop(self) -> None:
        """Nobody waits any more: what is not being worked on will not be."""
        self.then = None
        self._settle()
        for item in tuple(self.open):
            self._leave(item, self)
        self.open.clear()

    def _settle(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Detectors(Protocol):
    """Whoever can be asked (``gateway.detectors.pool.Pool``)."""

    def ask(self, tenant: str, asks: Iterable[Ask], pending: Pending | None = None) -> Pending: ...
    async def read(self, tenant: str, asks: Iterable[Ask]) -> dict[Question, Answer]: ...
    async def warm(self, asks: Iterable[Ask]) -> tuple[str, ...]: ...
    def close(self) -> None: ...


class NoDetectors:
    """Where there are none: nothing is answered, so a rule that needs one could not judge."""

    def ask(self, tenant: str, asks: Iterable[Ask], pending: Pending | None = None) -> Pending:
        return pending or Pending(lambda item, pending: None)

    async def read(self, tenant: str, asks: Iterable[Ask]) -> dict[Question, Answer]:
        return {}

    async def warm(self, asks: Iterable[Ask]) -> tuple[str, ...]:
        return tuple(ask.detector for ask in asks)

    def close(self) -> None:
        return None
