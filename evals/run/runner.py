"""Runs a plan: so many questions at a time, each answer in the journal before the next is asked."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.loading.passages import passages
from evals.loading.suite import BASELINE
from evals.run import baselines
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.plan import Ask
from evals.run.reply import ANSWERED, CONNECTION, FAILED, SERVER, TIMEOUT, Reply
from evals.run.request_cache import RequestCache
from evals.run.retriever import Bm25

SYNC_EVERY = 0.5
"""Seconds between two fsyncs: what a power cut may cost is asked again."""
DEEPEST = 1000
"""Passages that a search over many keeps, as runs in TREC's form do."""
_OUTAGE = (CONNECTION, TIMEOUT, SERVER)


Answerer = Callable[[Ask], Awaitable[Reply]]
"""What answers asks that no HTTP endpoint of OpenAI's does."""


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


class Streaks:
    """Holds back failures that may be an outage: they count once the target answers again, not if it is down.

    ``lane``: who asked. What one worker is answered says nothing of what another was refused, which may be later.
    """

    def __init__(self, journal: Journal, patience: int) -> None:
        self._journal, self._most = journal, patience
        self._held: dict[str, dict[int, list[tuple[Ask, Reply]]]] = {}

    def take(self, ask: Ask, reply: Reply, lane: int = 0) -> None:
        """Journals the reply, or holds it. Raises TargetDown when too many of its target are held, of all lanes."""
        lanes = self._held.setdefault(ask.target.name, {})
        held = lanes.setdefault(lane, [])
        if reply.outcome == FAILED and reply.reason in _OUTAGE:
            held.append((ask, reply))
            if sum(map(len, lanes.values())) >= self._most:
                raise TargetDown(ask.target.name, reply.reason)
            return
        self._note(held)
        _note(self._journal, ask, reply)

    def release_all(self) -> None:
        """At the end of a run: no outage was found, so these are failures."""
        for lanes in self._held.values():
            for held in lanes.values():
                self._note(held)

    def _note(self, held: list[tuple[Ask, Reply]]) -> None:
        for ask, reply in held:
            _note(self._journal, ask, reply)
        held.clear()


def patient(concurrency: int) -> int:
    """Failures in a row that are an outage: more than are under way at once."""
    return max(20, 2 * concurrency)


def _note(journal: Journal, ask: Ask, reply: Reply) -> None:
    journal.append(ask.key, ask.suite.name, ask.sample.id, ask.target.name, reply)


async def run(
    asks: Sequence[Ask], journal: Journal, *, concurrency: int = 8, patience: Patience | None = None,
    retry_failed: bool = False, tell: Callable[[Progress], None] = lambda _: None, cache: RequestCache | None = None,
    others: Mapping[str, Answerer] | None = None,
) -> None:
    """Asks what neither journal nor ``cache`` holds, ``concurrency`` at a time or as few as the server bears.

    ``retry_failed``: the journal's failures once more. ``others`` answer the endpoints that begin with their names.

    Raises TargetDown when ``max(20, 2 * concurrency)`` questions in a row found a target dead, OSError on a full disk.
    """
    again = set(journal.failed()) if retry_failed else set()
    open_asks = [ask for ask in asks if ask.key not in journal.replies or ask.key in again]
    counts = {"done": len(asks) - len(open_asks), "failed": 0}
    reused = counts["done"]
    streaks = Streaks(journal, patient(concurrency))
    waiting = iter(open_asks)

    async def work(client: Client) -> None:
        for ask in waiting:
            reply = await _answer(ask, client, cache, others or {})
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


async def _answer(ask: Ask, client: Client, cache: RequestCache | None, others: Mapping[str, Answerer]) -> Reply:
    """From here, from an earlier run, from who answers such endpoints, or from the target."""
    kind = ask.sample.endpoint.partition("/")[0]
    if kind in _LOCAL:
        return _LOCAL[kind](ask)
    reply = cache.find(ask) if cache else None
    if reply is None:
        reply = await (others[kind](ask) if kind in others else client.ask(ask))
        if cache:
            cache.keep(ask, reply)
    return reply


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
    if len(ranking) > DEEPEST:
        ranking = tuple(heapq.nlargest(DEEPEST, ranking, key=lambda pair: pair[1]))
    return Reply(ANSWERED, "", round(time.perf_counter() - began, 6), ranking=ranking)


_LOCAL: dict[str, Callable[[Ask], Reply]] = {"search": search, BASELINE: baselines.answer}
