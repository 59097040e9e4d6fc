"""One evaluation from start to finish: load, ask, score, compare, report. The command line calls this."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.judges import judgements
from evals.loading import sources
from evals.loading.suite import Suite
from evals.loading.suite_file import catalog, load
from evals.metrics.registry import metrics
from evals.report import html, json_file, markdown
from evals.run import runner
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.plan import Ask, Shard, plan, shard, targets_of
from evals.run.reply import Reply
from evals.run.request_cache import RequestCache
from evals.run.targets import BASELINE_TARGETS, LOCAL_TARGET, Target, from_options, key_of
from evals.scoring import remarks
from evals.scoring.score import Bench, score
from evals.statistics import observed
from evals.statistics.observed import Key, Observed
from evals.statistics.results import MetricInfo, Report, TargetInfo
from evals.store.runs import COMPLETE, INCOMPLETE, RUNNING, SHARD, RunDir, Store
from gateway import __version__
from gateway.errors import ConfigError

Tell = Callable[[runner.Progress], None]
TREND = 30
"""Runs whose values the report's trend lines show."""


RAY = "ray"


@dataclass(frozen=True, slots=True)
class Engine:
    """What asks: this process, or ``ray`` with so many shards (0: one for each CPU of the cluster)."""

    name: str = ""
    shards: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``most_failures``: the share of samples that may fail in a run that counts as complete."""

    concurrency: int = 8
    patience: Patience = field(default_factory=Patience)
    seed: int = 20251125
    most_failures: float = 0.01
    retry_failed: bool = False
    cache: Path | None = None
    engine: Engine = Engine()


def load_suites(names: Sequence[str], suite_dirs: Sequence[str], limit: int = 0,
                data: Sequence[str] = ()) -> tuple[Suite, ...]:
    """The suites that ``names`` stand for, in order, with their first ``limit`` samples (0: all); raises ConfigError.

    A suite that was cut short is an edition of its own: its numbers are not compared with the whole one's.
    """
    found = catalog(*map(Path, suite_dirs))
    places = sources.directories(data)
    suites = tuple(load(found.path(name), places) for name in found.expand(tuple(names)))
    return tuple(dataclasses.replace(suite, samples=suite.samples[:limit]) if limit else suite for suite in suites)


def judgeable(suites: Sequence[Suite], judge: Target | None) -> tuple[Suite, ...]:
    """The suites as they are with this judge: without one, the metrics that read a judge's word are left out.

    Raises ConfigError for a suite that would have none left.
    """
    if judge is not None:
        return tuple(suites)
    out = []
    for suite in suites:
        metrics = tuple(metric for metric in suite.metrics if not metric.judge)
        if not metrics:
            raise ConfigError(f"suite '{suite.name}' has only metrics that a judge decides", file=suite.file,
                              cure="name one with --judge URL")
        out.append(dataclasses.replace(suite, metrics=metrics))
    return tuple(out)


async def named(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets with the model that each serves where none was given; raises ConfigError."""
    async with Client(Patience(timeout=20.0)) as client:
        return tuple([target if target.model else dataclasses.replace(target, model=await client.model_of(target))
                      for target in targets])


def judge_of(url: str, model: str) -> Target | None:
    """The judge at ``url``, with its model; None where none is named. Raises ConfigError."""
    return asyncio.run(named(from_options([f"{judgements.JUDGE}={url}"], model)))[0] if url else None


def said(asks: Sequence[Ask], path: Path) -> Mapping[str, Reply]:
    """The replies to ``asks`` by key: those that the journal at ``path`` has, and the others, which are asked for."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _answer(asks, path, Options(), lambda _: None)
    with Journal(path, writable=False) as journal:
        return journal.replies


def begin(store: Store, collection: str, names: Sequence[str], suites: Sequence[Suite], targets: Sequence[Target],
          seed: int, *, suite_dirs: Sequence[str] = (), embedded: bool = False, limit: int = 0,
          judge: Target | None = None, shard: str = "", data: Sequence[str] = ()) -> RunDir:
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
        "targets": tuple(map(_plain, targets)), "judge": _plain(judge) if judge is not None else {},
        "shard": shard, "data": tuple(str(Path(each).resolve()) for each in data),
    })


def _plain(target: Target) -> dict[str, str]:
    """What a run's file keeps of a target: not its key."""
    found = {"name": target.name, "kind": target.kind, "base_url": target.base_url, "model": target.model}
    return found | ({"litellm": target.litellm} if target.litellm else {})


def check_same(run: RunDir, suites: Sequence[Suite]) -> None:
    """Raises ConfigError when a suite is not what it was when ``run`` began."""
    for suite in suites:
        if run.manifest.suites.get(suite.name) != (suite.version, suite.fingerprint):
            raise ConfigError(f"suite '{suite.name}' has changed since run {run.path.name} began", file=suite.file,
                              cure="start a new run, or take the change back")


def ask(run: RunDir, suites: Sequence[Suite], targets: Sequence[Target], options: Options, tell: Tell) -> None:
    """Asks what is not yet answered. Raises TargetDown, OSError or KeyboardInterrupt; what was answered is kept."""
    asks = plan(suites, (*targets, LOCAL_TARGET))
    if run.manifest.shard:
        asks = shard(asks, Shard.parse(run.manifest.shard))
    _answer(asks, run.journal, options, tell)


def close_shard(run: RunDir, suites: Sequence[Suite]) -> int:
    """How many of the shard's samples have no answer; with none left it is ready to be merged."""
    asks = shard(plan(suites, (*run.manifest.as_targets(), LOCAL_TARGET)), Shard.parse(run.manifest.shard))
    with Journal(run.journal, writable=False) as journal:
        missing = sum(each.key not in journal.replies for each in asks)
    run.save(dataclasses.replace(run.manifest, status=INCOMPLETE if missing else SHARD))
    return missing


def judge(run: RunDir, suites: Sequence[Suite], options: Options, tell: Tell) -> None:
    """Asks the run's judge, if any, what it has not yet said of the answers; raises what ``ask`` does."""
    judging = _judge(run)
    if judging is None:
        return
    with Journal(run.journal, writable=False) as journal:
        asks = judgements.plan(suites, (*run.manifest.as_targets(), LOCAL_TARGET), journal.replies, judging)
    _answer(asks, run.judgements, options, tell)


def _judge(run: RunDir) -> Target | None:
    """The judge that the run's file names, with its key, which the file does not hold."""
    known = run.manifest.as_judge()
    return None if known is None else dataclasses.replace(known, api_key=key_of(known.name))


def _answer(asks: Sequence[Ask], path: Path, options: Options, tell: Tell) -> None:
    with Journal(path) as journal, contextlib.ExitStack() as stack:
        cache = stack.enter_context(RequestCache(options.cache)) if options.cache else None
        if options.engine.name == RAY:
            from evals.run import cluster

            cluster.run(asks, journal, concurrency=options.concurrency, patience=options.patience, tell=tell,
                        retry_failed=options.retry_failed, shards=options.engine.shards)
        asyncio.run(_answered(asks, journal, options, tell, cache))


async def _answered(asks: Sequence[Ask], journal: Journal, options: Options, tell: Tell,
                    cache: RequestCache | None) -> None:
    async with contextlib.AsyncExitStack() as stack:
        others: dict[str, runner.Answerer] = {}
        if any(ask.sample.endpoint.startswith("ragas/") for ask in asks):
            from evals.judges.ragas import Ragas

            others["ragas"] = await stack.enter_async_context(Ragas(options.patience))
        await runner.run(asks, journal, concurrency=options.concurrency, patience=options.patience,
                         retry_failed=options.retry_failed, tell=tell, cache=cache, others=others)


def evaluate(store: Store, run: RunDir, suites: Sequence[Suite], options: Options) -> Report:
    """Scores a run's journal and writes everything that follows from it; the run is then complete or not."""
    targets = (*run.manifest.as_targets(), LOCAL_TARGET)
    with Journal(run.journal, writable=False) as journal:
        against, previous = _previous(store.before(run))
        scored = score(suites, targets, journal.replies, seed=run.manifest.seed, previous=previous, bench=_bench(run))
        problems = remarks.problems(scored.outcomes, scored.judged, options.most_failures)
        policies = {(ask.target.name, journal.replies[ask.key].policy) for ask in plan(suites, targets)
                    if ask.key in journal.replies and journal.replies[ask.key].policy}
        spans = journal.spans
    chosen = {metric.name: metric for suite in suites for metric in suite.metrics}
    chosen |= {tax.metric: metrics()[tax.metric] for tax in scored.taxes if tax.metric not in chosen}
    report = Report(
        run=run.path.name, collection=run.manifest.collection, version=run.manifest.version, seed=run.manifest.seed,
        began=min((start for start, _ in spans), default=run.manifest.began),
        ended=max((end for _, end in spans), default=run.manifest.began), seconds=round(_covered(spans), 3),
        complete=not problems, problems=problems, previous=against,
        targets=tuple(TargetInfo(each.name, each.kind, each.model, tuple(sorted(
            policy for name, policy in policies if name == each.name))) for each in (*targets, *_baselines(suites))),
        suites=tuple(remarks.about(suite, targets) for suite in suites),
        metrics=tuple(MetricInfo(each.name, each.unit, each.better, each.about,
                                 each.signature() if each.signature else "") for each in chosen.values()),
        scores=scored.scores, slices=scored.slices, taxes=scored.taxes, outcomes=scored.outcomes,
        latencies=scored.latencies, worst=scored.worst,
        warnings=remarks.warnings(scored.scores, scored.judged), judged=scored.judged,
    )
    observed.write(run.parts, scored.observed)
    write_reports(store, run, report)
    store.keep(run.save(dataclasses.replace(run.manifest, status=COMPLETE if report.complete else INCOMPLETE)))
    return report


def _baselines(suites: Sequence[Suite]) -> tuple[Target, ...]:
    """The baselines that stand beside the models, each once."""
    names = {name for suite in suites for name in suite.baselines}
    return tuple(target for name, target in BASELINE_TARGETS.items() if name in names)


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds that at least one of the spans covers: shards run at the same time."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _bench(run: RunDir) -> Bench | None:
    """The run's judge and what it said."""
    judge = run.manifest.as_judge()
    if judge is None:
        return None
    if not run.judgements.exists():
        return Bench(judge, {})
    with Journal(run.judgements, writable=False) as journal:
        return Bench(judge, journal.replies)


def write_reports(store: Store, run: RunDir, report: Report) -> None:
    """The files that people and machines read."""
    trend = [each.report() for each in reversed(store.before(run, TREND - 1)) if (each.path / "report.json").exists()]
    run.write("report.json", json_file.render(report))
    run.write("report.html", html.render(report, trend))
    run.write("summary.md", markdown.render(report))


def reopened(run: RunDir, targets: Sequence[Target], judge: Target | None = None) -> RunDir:
    """The run as running again; raises ConfigError when ``targets`` or the judge are not those it began with."""
    known = {(each["name"], each["kind"], each["model"]) for each in run.manifest.targets}
    now = {(each.name, each.kind, each.model) for each in targets}
    if known != now:
        raise ConfigError(f"run {run.path.name} began with other targets: {_listed(known)}, not {_listed(now)}",
                          cure="give the same ones, or start a new run")
    began = run.manifest.as_judge()
    if judge is not None and began is not None and judge.model != began.model:
        raise ConfigError(f"run {run.path.name} began with the judge {began.model}, not {judge.model}",
                          cure="give the same one, or start a new run")
    kept = _plain(judge) if judge is not None else run.manifest.judge
    return run.save(dataclasses.replace(run.manifest, status=RUNNING, judge=kept))


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
