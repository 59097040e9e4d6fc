"""Turns a journal into numbers. Nothing here asks anybody anything: a report can always be made again."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evals.judges import judgements
from evals.judges.judgements import BROKEN, DECLINED, JUDGED, MALFORMED, MISSING, Tally
from evals.loading.suite import BASELINE, DIRECT, Suite
from evals.loading.suite import Sample as Asked
from evals.metrics.registry import Item, Metric, Parts, Use, metrics
from evals.run.plan import key, targets_of
from evals.run.reply import ANSWERED, CUT, FAILED, REFUSED, Reply
from evals.run.targets import Target
from evals.scoring import times
from evals.scoring.worst import worst
from evals.statistics import estimates, observed
from evals.statistics.observed import Key, Observed
from evals.statistics.results import (
    Change,
    Estimate,
    Judged,
    Latency,
    Outcomes,
    Score,
    SliceScore,
    Tax,
    Worst,
)

_Row = TypeVar("_Row", Score, Tax)
LEVEL = 0.05
"""False alarms over all first metrics of a run, for what a drop must be to be seen."""
REFUSALS = "refusal_rate"


@dataclass(frozen=True, slots=True)
class Scored:
    """What one run says about its suites."""

    scores: tuple[Score, ...]
    slices: tuple[SliceScore, ...]
    taxes: tuple[Tax, ...]
    outcomes: tuple[Outcomes, ...]
    latencies: tuple[Latency, ...]
    worst: tuple[Worst, ...]
    observed: Mapping[Key, Observed]
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """A judge and what it said, by key."""

    judge: Target
    replies: Mapping[str, Reply]


class _SuiteScorer:
    """All numbers of one suite."""

    def __init__(self, suite: Suite, targets: Sequence[Target], replies: Mapping[str, Reply], seed: int,
                 bench: Bench | None = None) -> None:
        self.suite, self.seed, self.bench = suite, seed, bench
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.targets = targets_of(suite, targets)
        self.replies = {target.name: {sample.id: replies[ours] for sample in suite.samples
                                      if (ours := key(suite, sample, target)) in replies} for target in self.targets}
        self.items: dict[str, tuple[Item, ...]] = {}
        for target in sorted(self.targets, key=lambda each: each.kind != DIRECT):
            self.items[target.name] = tuple(self._items(target))
        self.prepared = {metric.name: metric.prepare(suite.tables) if metric.prepare else None
                         for metric in suite.metrics}
        self.seen: dict[tuple[str, str], tuple[tuple[Item, Parts], ...]] = {}
        for target in self.targets:
            for metric in suite.metrics:
                if not metric.targets or target.kind in metric.targets:
                    mine = observed.observe(metric, self.items[target.name], self.prepared[metric.name])
                    self.seen[target.name, metric.name] = mine

    def direct_of(self, target: Target) -> Target | None:
        return times.direct_of(target, self.targets)

    def _items(self, target: Target) -> Iterator[Item]:
        direct = self.direct_of(target)
        beside = {item.id: item for item in self.items[direct.name]} if direct else {}
        for sample in self.suite.samples:
            reply = self.replies[target.name].get(sample.id)
            if reply is not None and reply.outcome != FAILED:
                yield Item(sample.id, sample.cluster, sample.row, sample.reference, sample.asked, reply.text,
                           reply.outcome, reply.rules, _scored(sample, reply), reply.ranking, beside.get(sample.id),
                           reply.options, None if reply.likelihood is None else math.exp(reply.likelihood), _use(reply),
                           self._judged(target, sample, reply))

    def _judged(self, target: Target, sample: Asked, reply: Reply) -> dict[str, object]:
        """What the judge said of an answer, by kind; what could not be read is counted and left out."""
        out: dict[str, object] = {}
        if self.bench is None or target.kind == BASELINE:
            return out
        for kind in judgements.kinds_of(self.suite):
            ask = judgements.question(kind, self.bench.judge, self.suite, sample, reply)
            if ask is None:
                continue
            found = judgements.read(kind, self.bench.replies.get(ask.key))
            self.tallies.setdefault((target.name, kind.name), Tally()).add(found)
            if found.state == JUDGED:
                out[kind.name] = found.value
        return out

    def judged(self) -> Iterator[Judged]:
        for (name, kind), tally in self.tallies.items():
            target, states = next(each for each in self.targets if each.name == name), tally.states
            yield Judged(self.suite.name, name, target.model, self.bench.judge.model if self.bench else "", kind,
                         states.total(), states[JUDGED], states[MALFORMED], states[DECLINED], states[BROKEN],
                         states[MISSING], tuple(sorted(tally.reasons.items())))

    def _estimate(self, metric: Metric, seen: Observed, *names: str) -> Estimate:
        return estimates.estimate(metric, seen, self.seed, self.suite.name, *names)

    def _change(self, metric: Metric, before: Observed, after: Observed) -> Change | None:
        return estimates.change(metric, before, after, self.seed, self.suite.name)

    def first(self, target: Target) -> Metric | None:
        """The suite's first metric that says something about the target."""
        return next((metric for metric in self.suite.metrics if (target.name, metric.name) in self.seen), None)

    def firsts(self) -> dict[str, Metric]:
        """By target; baselines have none."""
        found = {target.name: self.first(target) for target in self.targets if target.kind != BASELINE}
        return {name: metric for name, metric in found.items() if metric is not None}

    def scores(self, previous: Mapping[Key, Observed], alpha: float) -> Iterator[tuple[Score, Key | None, Observed]]:
        """Every metric on every target; ``alpha`` is the level that each first metric's drop has to pass.

        A baseline has a value and nothing that a gate, a comparison or a later run could look at: it never changes.
        """
        for target in self.targets:
            for metric in self.suite.metrics:
                pairs = self.seen.get((target.name, metric.name))
                if pairs is None:
                    continue
                seen = observed.collect(metric, pairs)
                if target.kind == BASELINE:
                    if seen.rows:  # what a baseline cannot have (likelihoods, a ranking) it has no line for
                        yield Score(self.suite.name, metric.name, target.name, target.model,
                                    self._estimate(metric, seen), independent=len(set(seen.clusters))), None, seen
                    continue
                place = (self.suite.name, self.suite.edition, target.name, metric.name)
                change = self._change(metric, previous[place], seen) if place in previous else None
                independent, sees = len(set(seen.clusters)), math.nan
                if metric is self.first(target) and seen.rows:
                    sees = estimates.at_best(metric, seen, alpha) if change is None else estimates.smallest(
                        metric, *observed.paired(previous[place], seen), change, alpha)
                yield Score(self.suite.name, metric.name, target.name, target.model, self._estimate(metric, seen),
                            change, independent, sees), place, seen

    def slices(self) -> Iterator[SliceScore]:
        """Of the main metric and the yes-or-no ones: nine metrics of twelve topics on two targets help nobody."""
        where = {sample.id: dict(sample.slices) for sample in self.suite.samples}
        names = [name for name, _ in self.suite.samples[0].slices]
        for (target, metric_name), pairs in self.seen.items():
            metric = next(each for each in self.suite.metrics if each.name == metric_name)
            if target in self.suite.baselines:
                continue
            model = next(each.model for each in self.targets if each.name == target)
            for name in names if metric.sliced and (metric.binary or metric is self.suite.main) else ():
                for value in dict.fromkeys(where[item.id][name] for item, _ in pairs):
                    part = observed.collect(metric, (pair for pair in pairs if where[pair[0].id][name] == value))
                    estimate = self._estimate(metric, part, name, value)
                    yield SliceScore(self.suite.name, metric_name, target, model, name, value, estimate)

    def taxes(self) -> Iterator[Tax]:
        """The suite's metrics, and how often nothing but a refusal came back, of each gateway beside the model."""
        for target in self.targets:
            direct = self.direct_of(target)
            for metric in self._taxed() if direct else ():
                before, after = (self._seen(each, metric) for each in (direct, target) if each is not None)
                if before is None or after is None:
                    continue
                change = self._change(metric, observed.collect(metric, before), observed.collect(metric, after))
                if change is not None:
                    yield Tax(self.suite.name, metric.name, target.name, target.model, change, self._policy(target))

    def _taxed(self) -> tuple[Metric, ...]:
        known = self.suite.metrics
        chat = self.suite.samples[0].endpoint == "chat/completions"
        refusals = metrics()[REFUSALS]
        return (*known, refusals) if chat and refusals not in known else known

    def _seen(self, target: Target, metric: Metric) -> tuple[tuple[Item, Parts], ...] | None:
        if metric.name == REFUSALS:
            return observed.observe(metric, self.items[target.name], None)
        return self.seen.get((target.name, metric.name))

    def _policy(self, target: Target) -> str:
        """Names without revisions, so that a series goes on when a policy is edited."""
        names = {reply.policy.partition("@")[0] for reply in self.replies[target.name].values() if reply.policy}
        return ",".join(sorted(names)) or "unknown"

    def outcomes(self) -> Iterator[Outcomes]:
        for target in self.targets:
            if target.kind == BASELINE:
                continue
            mine = self.replies[target.name]
            counts = Counter(reply.outcome for reply in mine.values())
            reasons = Counter(reply.reason for reply in mine.values() if reply.outcome == FAILED)
            yield Outcomes(self.suite.name, target.name, target.model, len(self.suite.samples), counts[ANSWERED],
                           counts[REFUSED], counts[CUT], counts[FAILED], len(self.suite.samples) - len(mine),
                           tuple(sorted(reasons.items())))



def _use(reply: Reply) -> Use:
    """What the answer took; the time of an earlier run's is not this run's."""
    seconds, first = (None, None) if reply.cached else (reply.seconds, reply.first_token)
    return Use(seconds, first, reply.prompt_tokens, reply.completion_tokens)


def _scored(sample: Asked, reply: Reply) -> tuple[float, ...]:
    """Log-probabilities of the tokens that begin inside the text itself, behind the prefix and not the very first."""
    start = len(sample.asked) - len(sample.reference["text"]) if reply.logprobs else 0
    return tuple(number for number, offset in zip(reply.logprobs, reply.offsets, strict=True)
                 if number is not None and offset >= start)


def score(suites: Sequence[Suite], targets: Sequence[Target], replies: Mapping[str, Reply], *, seed: int,
          previous: Mapping[Key, Observed] | None = None, bench: Bench | None = None) -> Scored:
    """Every number of a run, from its replies alone; changes are relative to ``previous``."""
    each = [_SuiteScorer(suite, targets, replies, seed, bench) for suite in suites]
    alpha = LEVEL / max(1, sum(mine.first(target) is not None for mine in each for target in mine.targets
                               if target.kind != BASELINE))
    found = [numbers for mine in each for numbers in mine.scores(previous or {}, alpha)]
    return Scored(
        scores=_corrected(score for score, _, _ in found),
        slices=tuple(row for mine in each for row in mine.slices()),
        taxes=_corrected(row for mine in each for row in mine.taxes()),
        outcomes=tuple(row for mine in each for row in mine.outcomes()),
        latencies=tuple(row for mine in each for row in times.latencies(mine.suite, mine.targets, mine.replies, seed)),
        worst=tuple(row for mine in each
                    for row in worst(mine.suite, mine.targets, mine.firsts(), mine.seen, previous or {})),
        observed={place: seen for _, place, seen in found if place is not None},
        judged=tuple(row for mine in each for row in mine.judged()),
    )


def _corrected(rows: Iterable[_Row]) -> tuple[_Row, ...]:
    """The rows with Holm's correction over all changes that there are."""
    rows = tuple(rows)
    changes = iter(estimates.corrected([row.change for row in rows if row.change is not None]))
    return tuple(row if row.change is None else dataclasses.replace(row, change=next(changes)) for row in rows)
