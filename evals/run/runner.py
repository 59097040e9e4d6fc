"""Runs a plan: so many questions at a time, each answer in the journal before the next is asked."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.loading.passages import passages
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.plan import Ask
from evals.run.reply import ANSWERED, CONNECTION, FAILED, SERVER, TIMEOUT, Reply
from evals.run.request_cache import RequestCache
from evals.run.retriever import Bm25

SYNC_EVERY = 0.5
"""Seconds between two fsyncs: what a power cut may cost is asked again."""
_OUTAGE = (CONNECTION, TIMEOUT, SERVER)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``reused`` were in the journal when it began."""

    total: int
    done: int
    failed: int
    reused: int


class TargetDown(Exception):
    """A target answers nothing any more; the run stops instead of counting its whole rest as failures."""

    def __init__(self, target: str, reason: str) -> None:
        self.target, self.reason = target, reason
        super().__init__(f"target '{target}' stopped answering ({reason})")


class _Streaks:
    """Holds back failures that may be an outage: they count once the target answers again, not if it is down."""

    def __init__(self, journal: Journal, patience: int) -> None:
        self._journal, self._most = journal, patience
        self._held: dict[str, list[tuple[Ask, Reply]]] = {}

    def take(self, ask: Ask, reply: Reply) -> None:
        held = self._held.setdefault(ask.target.name, [])
        if reply.outcome == FAILED and reply.reason in _OUTAGE:
            held.append((ask, reply))
            if len(held) >= self._most:
                raise TargetDown(ask.target.name, reply.reason)
            return
        self.release(ask.target.name)
        _note(self._journal, ask, reply)

    def release(self, target: str) -> None:
        for ask, reply in self._held.pop(target, ()):
            _note(self._journal, ask, reply)

    def release_all(self) -> None:
        for target in tuple(self._held):
            self.release(target)


def _note(journal: Journal, ask: Ask, reply: Reply) -> None:
    journal.append(ask.key, ask.suite.name, ask.sample.id, ask.target.name, reply)


async def run(
    asks: Sequence[Ask], journal: Journal, *, concurrency: int = 8, patience: Patience | None = None,
    retry_failed: bool = False, tell: Callable[[Progress], None] = lambda _: None, cache: RequestCache | None = None,
) -> None:
    """Asks what neither journal nor ``cache`` holds, ``concurrency`` at a time or as few as the server bears.

    ``retry_failed``: the journal's failures once more.

    Raises TargetDown when ``max(20, 2 * concurrency)`` questions in a row found a target dead, OSError on a full disk.
    """
    again = set(journal.failed()) if retry_failed else set()
    open_asks = [ask for ask in asks if ask.key not in journal.replies or ask.key in again]
    counts = {"done": len(asks) - len(open_asks), "failed": 0}
    reused = counts["done"]
    streaks = _Streaks(journal, max(20, 2 * concurrency))
    waiting = iter(open_asks)

    async def answer(client: Client, ask: Ask) -> Reply:
        if ask.sample.endpoint == "search":
            return search(ask)
        reply = cache.find(ask) if cache else None
        if reply is None:
            reply = await client.ask(ask)
            if cache:
                cache.keep(ask, reply)
        return reply

    async def work(client: Client) -> None:
        for ask in waiting:
            reply = await answer(client, ask)
            streaks.take(ask, reply)
            counts["done"] += 1
            counts["failed"] += reply.outcome == FAILED
            tell(Progress(len(asks), counts["done"], counts["failed"], reused))

    tell(Progress(len(asks), counts["done"], 0, reused))
    async with _kept_safe(journal), Client(patience or Patience(), concurrency) as client:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(open_asks))):
                    group.create_task(work(client))
        except BaseExceptionGroup as group:  # the first one stopped the others
            raise group.exceptions[0] from None
        streaks.release_all()


@contextlib.asynccontextmanager
async def _kept_safe(journal: Journal) -> AsyncIterator[None]:
    """Syncs the journal off the event loop while the block runs, and once at its end."""
    over = asyncio.Event()

    async def keep() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), SYNC_EVERY)
            await asyncio.to_thread(journal.sync)

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        over.set()
        await task


@cache
def _index(pattern: Path) -> Bm25:
    return Bm25(passages(pattern))


def search(ask: Ask) -> Reply:
    """The passages of the suite's documents, scored for the sample's query."""
    began = time.perf_counter()
    ranking = _index(Path(ask.suite.documents)).search(ask.sample.body["query"])
    return Reply(ANSWERED, "", round(time.perf_counter() - began, 6), ranking=ranking)
