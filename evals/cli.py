"""``wardgate eval …``: run, score, report, compare, gate, list, export, nightly; the work is in ``evals.session``.

Exit codes: 0 fine, 1 an incomplete run or a closed gate, 2 a wrong command line, suite or target, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals import cli_checks, cli_gate, scoring_cli

STORE = Path(".wardgate") / "evals"
_SUITES = "a further directory of suites; its suites replace shipped ones of the same name (repeatable)"


def add_commands(subparsers: Any) -> None:
    """Registers ``wardgate eval``."""
    top = subparsers.add_parser("eval", help="score a model, a gateway and what the gateway costs")
    commands = top.add_subparsers(dest="eval_command", metavar="COMMAND", required=True)
    _asking(_add(commands, "run", run, "ask and score suites; without a target the embedded model and its gateway"))
    nightly_parser = _add(commands, "nightly", nightly, "run the collection `nightly` and remove old runs")
    _asking(nightly_parser)
    nightly_parser.add_argument("--keep", type=_positive, default=90, help="complete runs to keep (default 90)")
    scoring = _add(commands, "score", score, "score a run's journal again, or predictions in files, asking nothing")
    _named_run(scoring)
    scoring_cli.add_options(scoring)
    _named_run(_add(commands, "report", report, "where a run's reports are; makes the HTML and Markdown again"))
    exporting = _add(commands, "export", export_run, "write a run's values for Prometheus")
    _named_run(exporting)
    _exports(exporting)
    comparing = _add(commands, "compare", compare, "two runs on the samples that both have")
    comparing.add_argument("before", help="a run's name")
    comparing.add_argument("after", nargs="?", default="latest", help="a run's name (default: the newest)")
    cli_gate.add_options(_add(commands, "gate", cli_gate.gate, "whether a run fell below a baseline: the exit code"))
    cli_checks.add_contamination(_add(commands, "contamination", cli_checks.contamination,
                                      "how much of a suite stands in the training text"))
    cli_checks.add_agree(_add(commands, "agree", cli_checks.agree, "how far a judge's labels are people's"))
    _add(commands, "list", list_all, "suites, collections, metrics and runs").add_argument(
        "--suites-dir", action="append", default=[], metavar="DIR", help=_SUITES)


def _add(commands: Any, name: str, command: Any, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.add_argument("--store", type=Path, default=STORE, help=f"where runs lie (default {STORE})")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(func=_with_extra(command))
    return parser


def _asking(parser: argparse.ArgumentParser) -> None:
    if parser.prog.endswith("run"):
        parser.add_argument("suites", nargs="+", metavar="SUITE", help="names of suites or collections")
    parser.add_argument("--target", action="append", default=[], metavar="NAME=URL",
                        help="a base URL to ask; NAME gateway is a gateway, any other a model (repeatable)")
    parser.add_argument("--targets", type=Path, metavar="FILE", help="targets.yaml, with keys as ${NAME}")
    parser.add_argument("--running", action="store_true", help="ask the `wardgate up` that runs here")
    parser.add_argument("--model", default="", help="the model's name (default: the first that a target serves)")
    parser.add_argument("--policies", default="", help="policies of the embedded gateway (default: the shipped ones)")
    parser.add_argument("--suites-dir", action="append", default=[], metavar="DIR", help=_SUITES)
    parser.add_argument("--concurrency", type=_positive, default=8,
                        help="questions at a time at most; fewer where the server pushes back (default 8)")
    parser.add_argument("--rate", type=float, default=0.0, metavar="N", help="requests a minute to each target at most")
    parser.add_argument("--cache", action="store_true", help="take answers of a model at temperature 0 from earlier "
                        "runs that asked the very same; a gateway is always asked")
    parser.add_argument("--limit", type=_positive, default=0, metavar="N", help="the first N samples of each suite")
    parser.add_argument("--attempts", type=_positive, default=5, help="attempts for each question (default 5)")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for an answer (default 120)")
    parser.add_argument("--seed", type=int, default=20251125, help="of intervals and permutations")
    parser.add_argument("--max-failures", type=float, default=0.01, metavar="SHARE",
                        help="failed samples that a complete run may have (default 0.01)")
    parser.add_argument("--resume", nargs="?", const="unfinished", default="", metavar="RUN",
                        help="go on with this run, or the newest unfinished one; a new one if there is none")
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: ask failed samples once more")
    _exports(parser)


def _exports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prometheus", type=Path, metavar="DIR", help="where the textfiles go (default: the store)")
    parser.add_argument("--pushgateway", default="", metavar="URL", help="push the values there, too")


def _named_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", default="latest", help="a run's name (default: the newest)")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _with_extra(command: Any) -> Any:
    """Says which extra is missing instead of a traceback."""
    def guarded(options: argparse.Namespace) -> int:
        try:
            return int(command(options))
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] in ("gateway", "evals", "model_server"):
                raise
            print(f"wardgate eval: needs '{error.name}': pip install 'wardgate[evals]'", file=sys.stderr)
        except OSError as error:
            print(f"wardgate eval: {error.filename or options.store}: {error.strerror or error}", file=sys.stderr)
        return 2

    return guarded


def run(options: argparse.Namespace) -> int:
    """Suites on the targets that were named, or on an embedded model with its gateway."""
    names = tuple(options.suites)
    return _run(options, names[0] if len(names) == 1 else "+".join(names), names)


def nightly(options: argparse.Namespace) -> int:
    """The collection ``nightly``; old runs beyond ``--keep`` are removed when it is complete."""
    from evals.store import Store

    code = _run(options, "nightly", ("nightly",))
    if code == 0:
        Store(options.store).prune(options.keep)
    return code


def _run(options: argparse.Namespace, collection: str, names: Sequence[str]) -> int:
    from evals import export, session
    from evals.store import Store
    from gateway.errors import ConfigError

    store, where = Store(options.store), options.prometheus or options.store
    ended = False
    try:
        suites = session.load_suites(names, options.suites_dir, options.limit)
        report = _asked(options, store, collection, names, suites)
        ended = True
    finally:
        if not ended:  # interrupted, a target gone, a mistake: the attempt is known, the last good values stay
            with contextlib.suppress(ConfigError):
                export.write_attempt(where, collection, False, time.time())
                if options.pushgateway:
                    export.push_attempt(options.pushgateway, collection, False, time.time())
    export.write_textfiles(where, report)
    if options.pushgateway:
        export.push(options.pushgateway, report)
    _show(options, store, report)
    return 0 if report.complete else 1


def _asked(options: argparse.Namespace, store: Any, collection: str, names: Sequence[str], suites: Any) -> Any:
    import asyncio

    from evals import house, session
    from evals.client import Patience
    from evals.runner import TargetDown
    from evals.targets import from_file, from_options

    patience = Patience(options.attempts, options.timeout, per_minute=max(0.0, options.rate))
    chosen = session.Options(options.concurrency, patience, options.seed, options.max_failures, options.retry_failed,
                             store.root / "requests.db" if options.cache else None)
    found = from_file(options.targets) if options.targets else ()
    found += from_options(options.target, options.model) if options.target else ()
    found += house.running() if options.running else ()
    embedded = not found
    with house.started(store.root, options.policies) if embedded else contextlib.nullcontext(found) as given:
        targets = asyncio.run(session.named(given))
        old = store.unfinished(collection) if options.resume == "unfinished" else (
            store.find(options.resume) if options.resume else None)
        if old is not None:
            session.check_same(old, suites)
        here = session.reopened(old, targets) if old is not None else session.begin(
            store, collection, names, suites, targets, options.seed, suite_dirs=options.suites_dir, embedded=embedded,
            limit=options.limit)
        try:
            with _progress(options, here.path.name) as tell:
                session.ask(here, suites, targets, chosen, tell)
        except (KeyboardInterrupt, TargetDown, OSError) as error:
            why = f"{error}. " if str(error) else ""
            print(f"{why}What was answered is kept: go on with --resume {here.path.name}", file=sys.stderr)
            if isinstance(error, KeyboardInterrupt):
                raise
        return session.evaluate(store, here, suites, chosen)


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


def score(options: argparse.Namespace) -> int:
    """A report from the journal as it is, by the suites as they were; or the scores of files, without any run."""
    if scoring_cli.reads_files(options):
        return scoring_cli.score_files(options)
    from evals import session
    from evals.store import Store

    store = Store(options.store)
    here = store.find(options.run)
    suites = session.load_suites(here.manifest.names, here.manifest.suite_dirs, here.manifest.limit)
    session.check_same(here, suites)
    found = session.evaluate(store, here, suites, session.Options())
    _show(options, store, found)
    return 0 if found.complete else 1


def report(options: argparse.Namespace) -> int:
    """Writes the reports again from the stored numbers."""
    from evals import session
    from evals.store import Store

    store = Store(options.store)
    here = store.find(options.run)
    found = here.report()
    session.write_reports(store, here, found)
    _show(options, store, found)
    return 0


def export_run(options: argparse.Namespace) -> int:
    """Writes the textfiles, or pushes."""
    from evals import export
    from evals.store import Store

    found = Store(options.store).find(options.run).report()
    for path in export.write_textfiles(options.prometheus or options.store, found):
        print(path)
    if options.pushgateway:
        export.push(options.pushgateway, found)
    return 0 if found.complete else 1


def compare(options: argparse.Namespace) -> int:
    """A table of paired changes between two runs."""
    from evals.compare import compare as compared
    from evals.report import terminal, wording
    from evals.results import plain
    from evals.store import Store

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
    from evals.metrics.registry import metrics
    from evals.report import terminal
    from evals.store import Store
    from evals.suite_file import catalog

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


def _show(options: argparse.Namespace, store: Any, found: Any) -> None:
    from evals.report import terminal, wording
    from evals.results import to_json

    here = store.root / "runs" / found.run
    if options.json:
        print(json.dumps(to_json(found), allow_nan=False))
        return
    rows = []
    for each in found.scores:
        unit, change = found.metric(each.metric).unit, each.change
        rows.append((each.suite, each.target, each.metric, wording.estimate(each.estimate, unit), str(each.estimate.n),
                     wording.signed(change.value, unit) if change else "",
                     wording.probability(change.p_holm) if change else ""))
    terminal.table(found.run, ("suite", "target", "metric", "value [95 %]", "n", "change", "p"), rows)
    for metric in found.metrics:
        if metric.signature:
            print(f"{metric.name}: {metric.signature}")
    for problem in found.problems:
        print(f"INCOMPLETE: {problem}", file=sys.stderr)
    print(f"{here / 'report.html'}")
