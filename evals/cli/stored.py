"""What is done with runs that lie in the store: score again, report, export, compare, list."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from evals.cli import files
from evals.cli.shown import show


def score(options: argparse.Namespace) -> int:
    """A report from the journal as it is, by the suites as they were; or the scores of files, without any run."""
    if files.reads_files(options):
        return files.score_files(options)
    from evals import session
    from evals.store.runs import Store

    store = Store(options.store)
    here = store.find(options.run)
    suites = session.load_suites(here.manifest.names, here.manifest.suite_dirs, here.manifest.limit)
    session.check_same(here, suites)
    found = session.evaluate(store, here, suites, session.Options())
    show(options, store, found)
    return 0 if found.complete else 1


def report(options: argparse.Namespace) -> int:
    """Writes the reports again from the stored numbers."""
    from evals import session
    from evals.store.runs import Store

    store = Store(options.store)
    here = store.find(options.run)
    found = here.report()
    session.write_reports(store, here, found)
    show(options, store, found)
    return 0


def export_run(options: argparse.Namespace) -> int:
    """Writes the textfiles, or pushes."""
    from evals.report import prometheus
    from evals.store.runs import Store

    found = Store(options.store).find(options.run).report()
    for path in prometheus.write_textfiles(options.prometheus or options.store, found):
        print(path)
    if options.pushgateway:
        prometheus.push(options.pushgateway, found)
    return 0 if found.complete else 1


def compare(options: argparse.Namespace) -> int:
    """A table of paired changes between two runs."""
    from evals.report import terminal, wording
    from evals.statistics.results import plain
    from evals.store.runs import Store
    from evals.verdicts.compare import compare as compared

    store = Store(options.store)
    before, after = store.find(options.before), store.find(options.after)
    found = compared(before, after)
    if options.json:
        print(json.dumps([plain(each) for each in found], allow_nan=False))
        return 0
    rows = [(each.suite, each.target, each.metric, wording.value(each.change.before, each.unit),
             wording.value(each.change.after, each.unit), wording.signed(each.change.value, each.unit) + " "
             + wording.span(each.change.low, each.change.high, each.unit), str(each.change.n),
             wording.probability(each.change.p_holm)) for each in found]
    terminal.table(f"{before.path.name} → {after.path.name}",
                 ("suite", "target", "metric", "before", "after", "change [95 %]", "n", "p (Holm)"),
                 rows)
    return 0


def list_all(options: argparse.Namespace) -> int:
    """What there is."""
    from evals.loading.suite_file import catalog
    from evals.metrics.registry import metrics
    from evals.report import terminal
    from evals.store.runs import Store

    found = catalog(*map(Path, options.suites_dir))
    runs = [{"run": each.path.name, "status": each.manifest.status, "suites": list(each.manifest.suites)}
            for each in Store(options.store).runs()]
    if options.json:
        print(json.dumps({"suites": dict(found.about), "runs": runs,
                          "collections": {name: list(each.suites) for name, each in found.collections.items()},
                          "metrics": {name: each.about for name, each in metrics().items()}}))
        return 0
    for title, rows in (
        ("collection", [(name, each.about) for name, each in found.collections.items()]),
        ("suite", list(found.about.items())),
        ("metric", [(name, each.about) for name, each in sorted(metrics().items())]),
        ("run", [(str(each["run"]), str(each["status"])) for each in runs]),
    ):
        if rows:
            terminal.table("", (title, ""), rows)
    return 0
