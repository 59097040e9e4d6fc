"""One evaluation from start to finish: load, ask, score, compare, report. The command line calls this."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.loading.suite import LOCAL, Suite
from evals.loading.suite_file import catalog, load
from evals.report import html, json_file, markdown
from evals.run import runner
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.plan import plan, targets_of
from evals.run.request_cache import RequestCache
from evals.run.targets import LOCAL_TARGET, Target
from evals.scoring.score import score
from evals.statistics import observed
from evals.statistics.observed import Key, Observed
from evals.statistics.results import MetricInfo, Outcomes, Report, Score, SuiteInfo, TargetInfo
from evals.store.runs import COMPLETE, INCOMPLETE, RUNNING, RunDir, Store
from gateway import __version__
from gateway.errors import ConfigError

Tell = Callable[[runner.Progress], None]
SMALL = 30
"""Independent samples below which a percentile interval is too narrow to be relied upon."""
TREND = 30
"""Runs whose values the report's trend lines show."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``most_failures``: the share of samples that may fail in a run that counts as complete."""

    concurrency: int = 8
    patience: Patience = field(default_factory=Patience)
    seed: int = 20251125
    most_failures: float = 0.01
    retry_failed: bool = False
    cache: Path | None = None


def load_suites(names: Sequence[str], suite_dirs: Sequence[str], limit: int = 0) -> tuple[Suite, ...]:
    """The suites that ``names`` stand for, in order, with their first ``limit`` samples (0: all); raises ConfigError.

    A suite that was cut short is an edition of its own: its numbers are not compared with the whole one's.
    """
    found = catalog(*map(Path, suite_dirs))
    suites = tuple(load(found.suites[name]) for name in found.expand(tuple(names)))
    return tuple(dataclasses.replace(suite, samples=suite.samples[:limit]) if limit else suite for suite in suites)


async def named(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets with the model that each serves where none was given; raises ConfigError."""
    async with Client(Patience(timeout=20.0)) as client:
        return tuple([target if target.model else dataclasses.replace(target, model=await client.model_of(target))
                      for target in targets])


def begin(store: Store, collection: str, names: Sequence[str], suites: Sequence[Suite], targets: Sequence[Target],
          seed: int, *, suite_dirs: Sequence[str] = (), embedded: bool = False, limit: int = 0) -> RunDir:
    """A new run; raises ConfigError when no target can answer any suite."""
    everything = (*targets, LOCAL_TARGET)
    if not any(targets_of(suite, everything) for suite in suites):
        kinds = sorted({kind for suite in suites for kind in suite.on})
        raise ConfigError(f"no target is of a kind that these suites run on ({', '.join(kinds)})",
                          cure="add --target gateway=URL or --target direct=URL")
    return store.create({
        "collection": collection, "names": tuple(names), "seed": seed, "version": __version__, "embedded": embedded,
        "limit": limit,
        "suites": {suite.name: (suite.version, suite.fingerprint) for suite in suites},
        "suite_dirs": tuple(str(Path(each).resolve()) for each in suite_dirs),
        "targets": tuple({"name": each.name, "kind": each.kind, "base_url": each.base_url, "model": each.model}
                         for each in targets),
    })


def check_same(run: RunDir, suites: Sequence[Suite]) -> None:
    """Raises ConfigError when a suite is not what it was when ``run`` began."""
    for suite in suites:
        if run.manifest.suites.get(suite.name) != (suite.version, suite.fingerprint):
            raise ConfigError(f"suite '{suite.name}' has changed since run {run.path.name} began", file=suite.file,
                              cure="start a new run, or take the change back")


def ask(run: RunDir, suites: Sequence[Suite], targets: Sequence[Target], options: Options, tell: Tell) -> None:
    """Asks what is not yet answered. Raises TargetDown, OSError or KeyboardInterrupt; what was answered is kept."""
    asks = plan(suites, (*targets, LOCAL_TARGET))
    with Journal(run.journal) as journal, contextlib.ExitStack() as stack:
        cache = stack.enter_context(RequestCache(options.cache)) if options.cache else None
        asyncio.run(runner.run(asks, journal, concurrency=options.concurrency, patience=options.patience,
                               retry_failed=options.retry_failed, tell=tell, cache=cache))


def evaluate(store: Store, run: RunDir, suites: Sequence[Suite], options: Options) -> Report:
    """Scores a run's journal and writes everything that follows from it; the run is then complete or not."""
    targets = (*run.manifest.as_targets(), LOCAL_TARGET)
    with Journal(run.journal, writable=False) as journal:
        against, previous = _previous(store.before(run))
        scored = score(suites, targets, journal.replies, seed=run.manifest.seed, previous=previous)
        problems = _problems(scored.outcomes, options)
        policies = {(ask.target.name, journal.replies[ask.key].policy) for ask in plan(suites, targets)
                    if ask.key in journal.replies and journal.replies[ask.key].policy}
        spans = journal.spans
    chosen = {metric.name: metric for suite in suites for metric in suite.metrics}
    report = Report(
        run=run.path.name, collection=run.manifest.collection, version=run.manifest.version, seed=run.manifest.seed,
        began=spans[0][0], ended=spans[-1][1], seconds=round(sum(end - start for start, end in spans), 3),
        complete=not problems, problems=problems, previous=against,
        targets=tuple(TargetInfo(each.name, each.kind, each.model, tuple(sorted(
            policy for name, policy in policies if name == each.name))) for each in targets),
        suites=tuple(_about(suite, targets) for suite in suites),
        metrics=tuple(MetricInfo(each.name, each.unit, each.better, each.about,
                                 each.signature() if each.signature else "") for each in chosen.values()),
        scores=scored.scores, slices=scored.slices, taxes=scored.taxes, outcomes=scored.outcomes,
        latencies=scored.latencies, worst=scored.worst, warnings=_warnings(scored.scores),
    )
    observed.write(run.parts, scored.observed)
    write_reports(store, run, report)
    run.save(dataclasses.replace(run.manifest, status=COMPLETE if report.complete else INCOMPLETE))
    return report


def write_reports(store: Store, run: RunDir, report: Report) -> None:
    """The files that people and machines read."""
    trend = [each.report() for each in reversed(store.before(run)[: TREND - 1]) if (each.path / "report.json").exists()]
    run.write("report.json", json_file.render(report))
    run.write("report.html", html.render(report, trend))
    run.write("summary.md", markdown.render(report))


def reopened(run: RunDir, targets: Sequence[Target]) -> RunDir:
    """The run as running again; raises ConfigError when ``targets`` are not those it began with."""
    known = {(each["name"], each["kind"], each["model"]) for each in run.manifest.targets}
    now = {(each.name, each.kind, each.model) for each in targets}
    if known != now:
        raise ConfigError(f"run {run.path.name} began with other targets: {_listed(known)}, not {_listed(now)}",
                          cure="give the same ones, or start a new run")
    return run.save(dataclasses.replace(run.manifest, status=RUNNING))


def _listed(targets: set[tuple[str, str, str]]) -> str:
    return ", ".join(f"{name} ({model})" for name, _, model in sorted(targets))


def _previous(earlier: Sequence[RunDir]) -> tuple[str, Mapping[Key, Observed]]:
    """The newest earlier run that can be read, and what its metrics saw."""
    for run in earlier:
        try:
            return run.path.name, observed.read(run.parts)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return "", {}


def _problems(outcomes: Sequence[Outcomes], options: Options) -> tuple[str, ...]:
    out = []
    for each in outcomes:
        name = f"{each.suite} on {each.target}"
        if each.missing:
            out.append(f"{name}: {each.missing} of {each.planned} samples were not asked")
        if each.failed > options.most_failures * each.planned:
            why = ", ".join(f"{count} {reason}" for reason, count in each.reasons)
            out.append(f"{name}: {each.failed} of {each.planned} samples failed ({why})")
    return tuple(out)


def _warnings(scores: Sequence[Score]) -> tuple[str, ...]:
    """Which suites are too small for what is read into them; one line for a suite and target."""
    out: dict[tuple[str, str], str] = {}
    for each in scores:
        place = f"{each.suite} {each.metric} on {each.target}"
        if each.independent < SMALL:
            out.setdefault((each.suite, each.target), f"{place}: {each.independent} independent samples; intervals and "
                           f"p-values are rough below {SMALL}")
    return tuple(out.values())


def _about(suite: Suite, targets: Sequence[Target]) -> SuiteInfo:
    kinds = {target.kind for target in targets_of(suite, targets)}
    absent = [kind for kind in suite.on if kind not in kinds and kind != LOCAL]
    skipped = f"no {' and no '.join(absent)} target" if absent else ""
    return SuiteInfo(suite.name, suite.version, suite.about, suite.fingerprint, len(suite.samples),
                     len({sample.cluster for sample in suite.samples}), tuple(each.name for each in suite.metrics),
                     skipped)
