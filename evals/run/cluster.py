"""The same shards on Ray: each worker asks its own; what comes back is journaled here, by the one that may.

A worker gets asks and targets, keys included, in Ray's memory; it needs Wardgate installed, and no file of a suite.
A shard comes back in batches, so that a kill costs what is under way and no more; what failed at a batch's end is held
until its shard's next answer, as it may be the start of an outage. What needs no network is not sent.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.loading.suite import BASELINE, Pool
from evals.run import runner
from evals.run.client import Patience
from evals.run.journal import Journal
from evals.run.plan import Ask, Shard, shard
from evals.run.reply import FAILED, Reply
from evals.run.runner import Progress, Streaks, TargetDown
from gateway.errors import ConfigError

BATCH = 100
"""Asks that a worker answers before it tells: enough to keep its concurrency busy."""
_HERE = ("search", BASELINE, "ragas")
Answered = tuple[list[tuple[str, dict[str, Any]]], tuple[str, str] | None]
"""Replies by key as plain data, and the target that went away, with the reason, if one did."""


def run(asks: Sequence[Ask], journal: Journal, *, concurrency: int, patience: Patience, shards: int = 0,
        retry_failed: bool = False, tell: Callable[[Progress], None] = lambda _: None) -> None:
    """Asks over the network what the journal does not hold, on the Ray cluster of ``RAY_ADDRESS``, or on one made here.

    Raises ConfigError without Ray, TargetDown when a worker or all together find a target dead, OSError on a full disk.
    """
    again = set(journal.failed()) if retry_failed else set()
    sent = [ask for ask in asks if ask.sample.endpoint.partition("/")[0] not in _HERE]
    wanted = [ask for ask in sent if ask.key not in journal.replies or ask.key in again]
    if not wanted:
        return
    ray = _ray()
    count = min(shards or max(1, int(ray.cluster_resources().get("CPU", 1))), len(wanted))
    known, reused = {ask.key: ask for ask in wanted}, len(asks) - len(wanted)
    told = Progress(len(asks), reused, 0, reused)
    task = ray.remote(max_retries=0)(_answer)
    each = max(1, concurrency // count)
    queues = [_batches(shard(wanted, Shard(number, count))) for number in range(1, count + 1)]
    streaks = Streaks(journal, runner.patient(max(concurrency, count)))
    flying: dict[Any, int] = {}
    for lane, queue in enumerate(queues):
        _send(task, lane, queue, flying, each, patience)
    try:
        while flying:
            (ready,), _ = ray.wait(list(flying), num_returns=1)
            lane = flying.pop(ready)
            replies, down = ray.get(ready)
            for key, plain in replies:
                ask, reply = known[key], Reply.from_json(plain)
                streaks.take(ask, reply, lane)
                told = dataclasses.replace(told, done=told.done + 1, failed=told.failed + (reply.outcome == FAILED))
            journal.sync()
            tell(told)
            if down is not None:
                raise TargetDown(*down)
            _send(task, lane, queues[lane], flying, each, patience)
        streaks.release_all()
    finally:
        for left in flying:
            ray.cancel(left, force=True)


def _send(task: Any, lane: int, queue: Iterator[list[Ask]], flying: dict[Any, int], concurrency: int,
          patience: Patience) -> None:
    batch = next(queue, None)
    if batch is not None:
        flying[task.remote(batch, concurrency, patience)] = lane


def _batches(asks: Sequence[Ask]) -> Iterator[list[Ask]]:
    for at in range(0, len(asks), BATCH):
        yield [_light(ask) for ask in asks[at : at + BATCH]]


def _light(ask: Ask) -> Ask:
    """Without what only scoring needs: metrics, tables and all the other samples."""
    suite = dataclasses.replace(ask.suite, samples=(), metrics=(), tables={}, pool=Pool())
    return dataclasses.replace(ask, suite=suite, sample=dataclasses.replace(ask.sample, row={}, reference={}))


def _answer(asks: list[Ask], concurrency: int, patience: Patience) -> Answered:
    """In a worker: the runner as it is, on a journal of its own."""
    down = None
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.jsonl") as journal:
        try:
            asyncio.run(runner.run(asks, journal, concurrency=concurrency, patience=patience))
        except TargetDown as error:
            down = (error.target, error.reason)
        return [(key, reply.to_json()) for key, reply in journal.replies.items()], down


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise ConfigError("--engine ray needs the package ray", cure="pip install 'wardgate[ray]'") from None
    if not ray.is_initialized():
        here = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error",
                 runtime_env={"env_vars": {"PYTHONPATH": path}})
    return ray
