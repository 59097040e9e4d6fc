"""``wardgate eval run`` and ``nightly``: asks, scores and reports; the work is in ``evals.session``."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.cli.shown import show


def run(options: argparse.Namespace) -> int:
    """Suites on the targets that were named, or on an embedded model with its gateway."""
    names = tuple(options.suites)
    called = [Path(name).stem if name.endswith((".yaml", ".yml")) else name for name in names]
    return _run(options, "+".join(called), names)


def nightly(options: argparse.Namespace) -> int:
    """The collection ``nightly``; old runs beyond ``--keep`` are removed when it is complete."""
    from evals.store.runs import Store

    code = _run(options, "nightly", ("nightly",))
    if code == 0:
        Store(options.store, options.database).prune(options.keep)
    return code


def _run(options: argparse.Namespace, collection: str, names: Sequence[str]) -> int:
    from evals import session
    from evals.report import prometheus
    from evals.store.runs import Store
    from gateway.errors import ConfigError

    store, where = Store(options.store, options.database), options.prometheus or options.store
    ended = False
    try:
        store.check()
        suites = session.load_suites(names, options.suites_dir, options.limit, options.data)
        report = _asked(options, store, collection, names, suites)
        ended = True
    finally:
        if not ended:  # interrupted, a target gone, a mistake: the attempt is known, the last good values stay
            with contextlib.suppress(ConfigError):
                prometheus.write_attempt(where, collection, False, time.time())
                if options.pushgateway:
                    prometheus.push_attempt(options.pushgateway, collection, False, time.time())
    return report if isinstance(report, int) else _told(options, store, report)


def _told(options: argparse.Namespace, store: Any, report: Any) -> int:
    from evals.report import prometheus

    prometheus.write_textfiles(options.prometheus or options.store, report)
    if options.pushgateway:
        prometheus.push(options.pushgateway, report)
    show(options, store, report)
    return 0 if report.complete else 1


def merge(options: argparse.Namespace) -> int:
    """One run from all its shards: judged, scored and reported as if one process had asked."""
    from evals import merging, session
    from evals.store.runs import Store

    store = Store(options.store, options.database)
    here = merging.merged(store, [store.find(name) for name in options.shards])
    suites = session.load_suites(here.manifest.names, here.manifest.suite_dirs, here.manifest.limit, here.manifest.data)
    session.check_same(here, suites)
    suites = session.judgeable(suites, here.manifest.as_judge())
    chosen = session.Options(most_failures=options.max_failures)
    with _progress(options, here.path.name) as tell:
        session.judge(here, suites, chosen, tell)
    return _told(options, store, session.evaluate(store, here, suites, chosen))


def _asked(options: argparse.Namespace, store: Any, collection: str, names: Sequence[str], suites: Any) -> Any:
    import asyncio

    from evals import session
    from evals.run import house
    from evals.run.runner import TargetDown
    from evals.run.targets import from_file, from_options

    chosen = _chosen(options, store)
    found = from_file(options.targets) if options.targets else ()
    found += from_options(options.target, options.model) if options.target else ()
    found += house.running() if options.running else ()
    embedded = not found
    with house.beside(store.root, options.policies) if embedded else contextlib.nullcontext(found) as given:
        targets = asyncio.run(session.named(given))
        judge = session.judge_of(options.judge, options.judge_model)
        old = store.unfinished(collection, options.shard) if options.resume == "unfinished" else (
            store.find(options.resume) if options.resume else None)
        if old is not None:
            session.check_same(old, suites)
        here = session.reopened(old, targets, judge) if old is not None else session.begin(
            store, collection, names, suites, targets, options.seed, suite_dirs=options.suites_dir, embedded=embedded,
            limit=options.limit, judge=judge, shard=options.shard, data=options.data)
        suites = session.judgeable(suites, here.manifest.as_judge())
        try:
            with _progress(options, here.path.name) as tell:
                session.ask(here, suites, targets, chosen, tell)
                if not here.manifest.shard:
                    session.judge(here, suites, chosen, tell)
        except (KeyboardInterrupt, TargetDown, OSError) as error:
            why = f"{error}. " if str(error) else ""
            print(f"{why}What was answered is kept: go on with --resume {here.path.name}", file=sys.stderr)
            if isinstance(error, KeyboardInterrupt):
                raise
        if here.manifest.shard:
            return _shard_of(options, here, suites)
        return session.evaluate(store, here, suites, chosen)


def _chosen(options: argparse.Namespace, store: Any) -> Any:
    """How to run, as the command line says."""
    from evals import session
    from evals.run.client import Patience

    patience = Patience(options.attempts, options.timeout, per_minute=max(0.0, options.rate))
    return session.Options(options.concurrency, patience, options.seed, options.max_failures, options.retry_failed,
                           store.root / "requests.db" if options.cache else None,
                           session.Engine(options.engine, options.shards))


def _shard_of(options: argparse.Namespace, here: Any, suites: Any) -> int:
    """A shard has no numbers of its own: it says where it lies, and whether all of it is there."""
    import json

    from evals import session

    missing = session.close_shard(here, suites)
    if options.json:
        print(json.dumps({"run": here.path.name, "shard": here.manifest.shard, "missing": missing}))
    else:
        print(f"{here.path}: shard {here.manifest.shard}" + (f", {missing} samples not asked" if missing else ""))
    return 1 if missing else 0


@contextlib.contextmanager
def _progress(options: argparse.Namespace, name: str) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
               TimeElapsedColumn(), Remaining(elapsed_when_finished=False), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=Console(stderr=True), disable=options.json) as bar:
        task = bar.add_task(name, total=None, rate="", note="")
        began = time.monotonic()

        def tell(now: Any) -> None:
            rate = (now.done - now.reused) / max(1e-9, time.monotonic() - began)
            note = f"{now.failed} failed" if now.failed else f"{now.reused} from the journal" if now.reused else ""
            bar.update(task, total=now.total, completed=now.done, rate=f"{rate:.0f}/s", note=note)

        yield tell
