"""Runs a scan: batches in order, worker processes where the input is large, a progress bar on a terminal.

No more than a few batches are in memory at once, and rows come out in the order of the lines.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from gateway.cli.scan_items import Item, Unreadable
from gateway.cli.scan_judge import Judge, Row
from gateway.cli.scan_rules import Asked
from gateway.errors import ConfigError

BATCH = 128
"""Items; a batch also ends at ``BATCH_CHARACTERS``."""
BATCH_CHARACTERS = 1 << 20
ALONE = 5.0
"""Seconds for which one process judges before others are started for the rest: they take a second or two to start."""
AHEAD = 3
"""Batches that wait for each worker."""

Entry = Row | ConfigError
Waiting = deque[tuple[list[Item | Unreadable], "Future[list[Any]]"]]
_JUDGE: list[Judge] = []
"""In a worker process: its judge."""


def batches(items: Iterable[Item | Unreadable], size: int) -> Iterator[list[Item | Unreadable]]:
    """``items`` in lists of at most ``size``, and of about ``BATCH_CHARACTERS``."""
    batch: list[Item | Unreadable] = []
    characters = 0
    for each in items:
        batch.append(each)
        characters += len(each.text) if isinstance(each, Item) else 0
        if len(batch) >= size or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def judged(
    items: Iterable[Item | Unreadable], asked: Asked, name: str, *, judge: Judge, workers: int, size: int = BATCH,
    alone: float = ALONE,
) -> Iterator[tuple[Any, Entry]]:
    """The label and the row of each item, in order; an error in place of a row that cannot be made.

    ``name``: of the file, for errors.
    """
    parts = batches(items, size)
    begun = time.monotonic()
    for part in parts:
        yield from _merged(part, judge.rows([each for each in part if isinstance(each, Item)]), name)
        if workers > 1 and time.monotonic() - begun > alone:
            break
    yield from _by_workers(parts, asked, name, workers)


def _merged(part: list[Item | Unreadable], rows: list[Entry], name: str) -> Iterator[tuple[Any, Entry]]:
    made = iter(rows)
    for each in part:
        row = next(made) if isinstance(each, Item) else each.error
        if isinstance(each, Item) and isinstance(row, ConfigError):
            first = getattr(row, "errors", (row,))[0]
            row = ConfigError(first.message, file=name, line=each.line, field=first.field, cure=first.cure)
        yield each.label, row


def _by_workers(
    parts: Iterator[list[Item | Unreadable]], asked: Asked, name: str, workers: int
) -> Iterator[tuple[Any, Entry]]:
    first = next(parts, None)
    if first is None:
        return
    waiting: Waiting = deque()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(asked,)) as pool:
        for part in _with(first, parts):
            waiting.append((part, pool.submit(_rows, [each for each in part if isinstance(each, Item)])))
            if len(waiting) >= workers * AHEAD:
                yield from _next(waiting, name)
        while waiting:
            yield from _next(waiting, name)


def _with(first: list[Item | Unreadable], rest: Iterator[list[Item | Unreadable]]) -> Iterator[list[Item | Unreadable]]:
    yield first
    yield from rest


def _next(waiting: Waiting, name: str) -> Iterator[tuple[Any, Entry]]:
    part, future = waiting.popleft()
    rows: list[Entry] = [
        ConfigError(each[0], field=each[1], cure=each[2]) if isinstance(each, tuple) else each
        for each in future.result()
    ]
    yield from _merged(part, rows, name)


def _begin(asked: Asked) -> None:
    _JUDGE.append(Judge(asked))


def _rows(items: list[Item]) -> list[Any]:
    """Rows, with errors as tuples: an error that names its place does not survive the way between processes."""
    rows = _JUDGE[0].rows(items)
    firsts = [getattr(each, "errors", (each,))[0] for each in rows]
    return [(each.message, each.field, each.cure) if isinstance(each, ConfigError) else each for each in firsts]


def cores() -> int:
    """Processes worth starting."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def progress(file: str, done: list[int], *, wanted: bool) -> AbstractContextManager[Callable[[int], None]]:
    """A bar on the terminal that is told how many items are judged; nothing where nobody sees it."""
    if not wanted or not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    return _Bar(Path(file).stat().st_size if file != "-" and Path(file).is_file() else None, done)


class _Bar:
    """By bytes where the size is known, else by items."""

    def __init__(self, size: int | None, done: list[int]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), TextColumn("{task.fields[items]:,} texts"), TimeElapsedColumn(),
                   TimeRemainingColumn())  # fmt: skip
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("scanning", total=size, items=0)
        self._size, self._done, self._shown = size, done, 0

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return self._update

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _update(self, count: int) -> None:
        if count - self._shown >= BATCH:
            self._shown = count
            self._bar.update(self._task, completed=self._done[0] if self._size else None, items=count)
