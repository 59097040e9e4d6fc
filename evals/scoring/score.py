"""Turns a journal into numbers. Nothing here asks anybody anything: a report can always be made again."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from evals.loading.suite import DIRECT, GATEWAY, Suite
from evals.loading.suite import Sample as Asked
from evals.metrics.registry import Item, Metric, Parts
from evals.run.plan import key, targets_of
from evals.run.reply import ANSWERED, CUT, FAILED, REFUSED, Reply
from evals.run.targets import Target
from evals.statistics import estimates, observed, stats
from evals.statistics.observed import Key, Observed
from evals.statistics.results import Change, Estimate, Latency, Outcomes, Sample, Score, SliceScore, Tax, Worst

_Row = TypeVar("_Row", Score, Tax)
LEVEL = 0.05
"""False alarms over all first metrics of a run, for what a drop must be to be seen."""
QUANTILES = (0.5, 0.95)
WORST = 12


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


class _SuiteScorer:
    """All numbers of one suite."""

    def __init__(self, suite: Suite, targets: Sequence[Target], replies: Mapping[str, Reply], seed: int) -> None:
        self.suite, self.seed = suite, seed
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
        """The target that shows the same model without the gateway."""
        if target.kind != GATEWAY:
            return None
        direct = [each for each in self.targets if each.kind == DIRECT]
        return next((each for each in direct if each.model == target.model), direct[0] if len(direct) == 1 else None)

    def _items(self, target: Target) -> Iterator[Item]:
        direct = self.direct_of(target)
        beside = {item.id: item for item in self.items[direct.name]} if direct else {}
        for sample in self.suite.samples:
            reply = self.replies[target.name].get(sample.id)
            if reply is not None and reply.outcome != FAILED:
                yield Item(sample.id, sample.cluster, sample.row, sample.reference, sample.asked, reply.text,
                           reply.outcome, reply.rules, _scored(sample, reply), reply.ranking, beside.get(sample.id))

    def _estimate(self, metric: Metric, seen: Observed, *names: str) -> Estimate:
        return estimates.estimate(metric, seen, self.seed, self.suite.name, *names)

    def _change(self, metric: Metric, before: Observed, after: Observed) -> Change | None:
        return estimates.change(metric, before, after, self.seed, self.suite.name)

    def first(self, target: Target) -> Metric | None:
        """The suite's first metric that says something about the target."""
        return next((metric for metric in self.suite.metrics if (target.name, metric.name) in self.seen), None)

    def scores(self, previous: Mapping[Key, Observed], alpha: float) -> Iterator[tuple[Score, Key, Observed]]:
        """Every metric on every target; ``alpha`` is the level that each first metric's drop has to pass."""
        for target in self.targets:
            for metric in self.suite.metrics:
                pairs = self.seen.get((target.name, metric.name))
                if pairs is None:
                    continue
                seen = observed.collect(metric, pairs)
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
            model = next(each.model for each in self.targets if each.name == target)
            for name in names if metric.sliced and (metric.binary or metric is self.suite.main) else ():
                for value in dict.fromkeys(where[item.id][name] for item, _ in pairs):
                    part = observed.collect(metric, (pair for pair in pairs if where[pair[0].id][name] == value))
                    estimate = self._estimate(metric, part, name, value)
                    yield SliceScore(self.suite.name, metric_name, target, model, name, value, estimate)

    def taxes(self) -> Iterator[Tax]:
        for target in self.targets:
            direct = self.direct_of(target)
            for metric in self.suite.metrics if direct else ():
                before = self.seen.get((direct.name, metric.name)) if direct else None
                after = self.seen.get((target.name, metric.name))
                if before is None or after is None:
                    continue
                both = (observed.collect(metric, before), observed.collect(metric, after))
                change = self._change(metric, *both)
                if change is not None:
                    yield Tax(self.suite.name, metric.name, target.name, target.model, change)

    def outcomes(self) -> Iterator[Outcomes]:
        for target in self.targets:
            mine = self.replies[target.name]
            counts = Counter(reply.outcome for reply in mine.values())
            reasons = Counter(reply.reason for reply in mine.values() if reply.outcome == FAILED)
            yield Outcomes(self.suite.name, target.name, target.model, len(self.suite.samples), counts[ANSWERED],
                           counts[REFUSED], counts[CUT], counts[FAILED], len(self.suite.samples) - len(mine),
                           tuple(sorted(reasons.items())))

    def latencies(self) -> Iterator[Latency]:
        cluster = {sample.id: sample.cluster for sample in self.suite.samples}
        for target in self.targets:
            mine = {name: reply for name, reply in self.replies[target.name].items()
                    if reply.outcome != FAILED and not reply.cached}
            times: dict[str, dict[str, float]] = {"answer": {name: reply.seconds for name, reply in mine.items()}}
            direct = self.direct_of(target)
            if direct:
                times["added"] = {name: reply.seconds - other.seconds for name, reply in mine.items()
                                  if (other := self.replies[direct.name].get(name)) is not None and not other.cached
                                  and reply.outcome == other.outcome == ANSWERED and reply.text == other.text}
            times["own"] = {name: reply.overhead_ms / 1000 for name, reply in mine.items()
                            if reply.overhead_ms is not None}
            for what, found in times.items() if target.base_url else ():
                yield from self._quantiles(target, what, found, [cluster[name] for name in found])

    def _quantiles(
        self, target: Target, what: str, found: Mapping[str, float], clusters: Sequence[str]
    ) -> Iterator[Latency]:
        if not found:
            return
        rng = stats.generator(self.seed, self.suite.name, "latency", what)
        for share, (value, span) in zip(
            QUANTILES, stats.quantiles(np.array(list(found.values())), clusters, QUANTILES, rng, draws=500), strict=True
        ):
            yield Latency(self.suite.name, target.name, target.model, what, share,
                          Estimate(value, span.low, span.high, len(found), span.method))

    def worst(self) -> Iterator[Worst]:
        alone = len({sample.cluster for sample in self.suite.samples}) == len(self.suite.samples)
        kind = {sample.id: sample.slices[0][1] if alone and sample.slices else sample.cluster
                for sample in self.suite.samples}
        for target in self.targets:
            metric = self.first(target)
            if metric is None:
                continue
            pairs = self.seen[target.name, metric.name]
            best = metric.better == "higher"
            valued = [(float(metric.value(np.array([parts]))[0]), item) for item, parts in pairs]
            ranked = sorted((pair for pair in valued if not math.isnan(pair[0])
                             and (pair[0] < 1 if best and metric.unit == "share" else pair[0] > 0)),
                            key=lambda pair: (pair[0] if best else -pair[0], pair[1].id))
            shown = tuple(Sample(item.id, value, item.asked, _reference(item), _shown(item), item.outcome, item.rules)
                          for value, item in _spread(ranked, kind))
            yield Worst(self.suite.name, target.name, metric.name, len(ranked), shown)


def _spread(ranked: Sequence[tuple[float, Item]], kind: Mapping[str, str]) -> list[tuple[float, Item]]:
    """The first few, in turns from each kind: eight wordings of one fact teach less than eight facts."""
    turns: Counter[str] = Counter()
    order = []
    for place, pair in enumerate(ranked):
        order.append((turns[kind[pair[1].id]], place))
        turns[kind[pair[1].id]] += 1
    return [ranked[place] for _, place in sorted(order)][:WORST]


def _reference(item: Item) -> str:
    found = item.reference.get("answer") or item.reference.get("label") or item.reference.get("relevant") or ""
    return ", ".join(found) if isinstance(found, (list, tuple)) else str(found)


def _shown(item: Item) -> str:
    from evals.metrics.ranking import order

    return ", ".join(order(item.ranking)[:3]) if item.ranking else item.text


def _scored(sample: Asked, reply: Reply) -> tuple[float, ...]:
    """Log-probabilities of the tokens that begin inside the text itself, behind the prefix and not the very first."""
    start = len(sample.asked) - len(sample.reference["text"]) if reply.logprobs else 0
    return tuple(number for number, offset in zip(reply.logprobs, reply.offsets, strict=True)
                 if number is not None and offset >= start)


def score(suites: Sequence[Suite], targets: Sequence[Target], replies: Mapping[str, Reply], *, seed: int,
          previous: Mapping[Key, Observed] | None = None) -> Scored:
    """Every number of a run, from its replies alone; changes are relative to ``previous``."""
    each = [_SuiteScorer(suite, targets, replies, seed) for suite in suites]
    alpha = LEVEL / max(1, sum(mine.first(target) is not None for mine in each for target in mine.targets))
    found = [numbers for mine in each for numbers in mine.scores(previous or {}, alpha)]
    return Scored(
        scores=_corrected(score for score, _, _ in found),
        slices=tuple(row for mine in each for row in mine.slices()),
        taxes=_corrected(row for mine in each for row in mine.taxes()),
        outcomes=tuple(row for mine in each for row in mine.outcomes()),
        latencies=tuple(row for mine in each for row in mine.latencies()),
        worst=tuple(row for mine in each for row in mine.worst()),
        observed={place: seen for _, place, seen in found},
    )


def _corrected(rows: Iterable[_Row]) -> tuple[_Row, ...]:
    """The rows with Holm's correction over all changes that there are."""
    rows = tuple(rows)
    changes = iter(estimates.corrected([row.change for row in rows if row.change is not None]))
    return tuple(row if row.change is None else dataclasses.replace(row, change=next(changes)) for row in rows)
