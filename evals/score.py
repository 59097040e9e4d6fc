"""Turns a journal into numbers. Nothing here asks anybody anything: a report can always be made again."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals import observed, stats
from evals.metrics.registry import Item, Metric, Parts
from evals.observed import Key, Observed
from evals.plan import key, targets_of
from evals.reply import ANSWERED, FAILED, OUTCOMES, Reply
from evals.results import Change, Estimate, Latency, Outcomes, Sample, Score, SliceScore, Tax, Worst
from evals.suite import DIRECT, GATEWAY, Suite
from evals.suite import Sample as Asked
from evals.targets import Target

QUANTILES = (0.5, 0.95)
WORST = 8


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
                yield Item(sample.id, sample.cluster, sample.row, sample.reference, sample.asked, reply.text, reply.outcome,
                           reply.rules, _scored(sample, reply), reply.ranking, beside.get(sample.id))

    def _rng(self, *names: str) -> np.random.Generator:
        return stats.generator(self.seed, self.suite.name, *names)

    def _estimate(self, metric: Metric, seen: Observed, *names: str) -> Estimate:
        rng = self._rng(metric.name, *names)  # the same draws for every target: equal data, equal interval
        found = stats.interval(seen.by_cluster(), metric.value, rng, binary=metric.binary) if seen.rows else \
            stats.Interval(math.nan, math.nan, "none")
        return Estimate(seen.value(metric), found.low, found.high, len(seen.units), found.method)

    def change(self, metric: Metric, before: Observed, after: Observed, *names: str) -> Change | None:
        """The paired difference; None when no unit is in both."""
        old, new = observed.paired(before, after)
        if not new.units:
            return None
        rng = self._rng(metric.name, "change", *names)
        first, second = old.by_cluster(), new.by_cluster()
        found = stats.difference(first, second, metric.value, rng)
        if metric.binary and new.independent:
            moved = second[:, 0] - first[:, 0]
            p, test = stats.mcnemar(int((moved < 0).sum()), int((moved > 0).sum())), "McNemar"
        else:
            p, test = stats.permutation(first, second, metric.value, rng), "permutation"
        start, end = old.value(metric), new.value(metric)
        return Change(start, end, end - start, found.low, found.high, len(new.units), p, p, test)

    def scores(self, previous: Mapping[Key, Observed]) -> Iterator[tuple[Score, Key, Observed]]:
        for target in self.targets:
            for metric in self.suite.metrics:
                pairs = self.seen.get((target.name, metric.name))
                if pairs is None:
                    continue
                seen = observed.collect(metric, pairs)
                place = (self.suite.name, self.suite.version, target.name, metric.name)
                change = self.change(metric, previous[place], seen, target.name) if place in previous else None
                estimate = self._estimate(metric, seen)
                yield Score(self.suite.name, metric.name, target.name, target.model, estimate, change), place, seen

    def slices(self) -> Iterator[SliceScore]:
        where = {sample.id: dict(sample.slices) for sample in self.suite.samples}
        names = [name for name, _ in self.suite.samples[0].slices]
        for (target, metric_name), pairs in self.seen.items():
            metric = next(each for each in self.suite.metrics if each.name == metric_name)
            model = next(each.model for each in self.targets if each.name == target)
            for name in names if metric.sliced else ():
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
                change = self.change(metric, *both, target.name, "tax")
                if change is not None:
                    yield Tax(self.suite.name, metric.name, target.name, target.model, change)

    def outcomes(self) -> Iterator[Outcomes]:
        for target in self.targets:
            mine = self.replies[target.name]
            counts = Counter(reply.outcome for reply in mine.values())
            reasons = Counter(reply.reason for reply in mine.values() if reply.outcome == FAILED)
            yield Outcomes(self.suite.name, target.name, target.model, len(self.suite.samples),
                           *(counts[outcome] for outcome in OUTCOMES), len(self.suite.samples) - len(mine),
                           tuple(sorted(reasons.items())))

    def latencies(self) -> Iterator[Latency]:
        cluster = {sample.id: sample.cluster for sample in self.suite.samples}
        for target in self.targets:
            mine = {name: reply for name, reply in self.replies[target.name].items() if reply.outcome != FAILED}
            times: dict[str, dict[str, float]] = {"answer": {name: reply.seconds for name, reply in mine.items()}}
            direct = self.direct_of(target)
            if direct:
                times["added"] = {name: reply.seconds - other.seconds for name, reply in mine.items()
                                  if (other := self.replies[direct.name].get(name)) is not None
                                  and reply.outcome == other.outcome == ANSWERED and reply.text == other.text}
            times["own"] = {name: reply.overhead_ms / 1000 for name, reply in mine.items()
                            if reply.overhead_ms is not None}
            for what, found in times.items() if target.base_url else ():
                yield from self._quantiles(target, what, found, [cluster[name] for name in found])

    def _quantiles(self, target: Target, what: str, found: Mapping[str, float], clusters: list[str]) -> Iterator[Latency]:
        if not found:
            return
        rng = self._rng("latency", what, target.name)
        for share, (value, span) in zip(
            QUANTILES, stats.quantiles(np.array(list(found.values())), clusters, QUANTILES, rng, draws=500), strict=True
        ):
            yield Latency(self.suite.name, target.name, target.model, what, share,
                          Estimate(value, span.low, span.high, len(found), span.method))

    def worst(self) -> Iterator[Worst]:
        for target in self.targets:
            pairs = next((mine for metric in self.suite.metrics if (mine := self.seen.get((target.name, metric.name)))
                          is not None), ())
            metric = next((each for each in self.suite.metrics if (target.name, each.name) in self.seen), None)
            if metric is None:
                continue
            best = metric.better == "higher"
            valued = [(float(metric.value(np.array([parts]))[0]), item) for item, parts in pairs]
            ranked = sorted((pair for pair in valued if not math.isnan(pair[0])
                             and (pair[0] < 1 if best and metric.unit == "share" else pair[0] > 0)),
                            key=lambda pair: (pair[0] if best else -pair[0], pair[1].id))
            shown = tuple(Sample(item.id, value, item.asked, _reference(item), _shown(item), item.outcome, item.rules)
                          for value, item in _spread(ranked))
            yield Worst(self.suite.name, target.name, metric.name, len(ranked), shown)


def _spread(ranked: Sequence[tuple[float, Item]]) -> list[tuple[float, Item]]:
    """The first few, no two of one cluster while others are left: eight wordings of one fact teach less than eight facts."""
    first: dict[str, tuple[float, Item]] = {}
    for pair in ranked:
        first.setdefault(pair[1].cluster, pair)
    rest = [pair for pair in ranked if first[pair[1].cluster] is not pair]
    return [*first.values(), *rest][:WORST]


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
    scores: list[Score] = []
    found: dict[Key, Observed] = {}
    rest: dict[str, list[object]] = {name: [] for name in ("slices", "taxes", "outcomes", "latencies", "worst")}
    for suite in suites:
        mine = _SuiteScorer(suite, targets, replies, seed)
        for each, place, seen in mine.scores(previous or {}):
            scores.append(each)
            found[place] = seen
        for name, into in rest.items():
            into.extend(getattr(mine, name)())
    changes = _corrected([each.change for each in scores])
    taxes = [each for each in rest["taxes"] if isinstance(each, Tax)]
    rest["taxes"] = [dataclasses.replace(each, change=change)
                     for each, change in zip(taxes, _corrected([each.change for each in taxes]), strict=True)]
    return Scored(tuple(dataclasses.replace(each, change=change) for each, change in zip(scores, changes, strict=True)),
                  *(tuple(rest[name]) for name in ("slices", "taxes", "outcomes", "latencies", "worst")),  # type: ignore[arg-type]
                  found)


def _corrected(changes: Sequence[Change | None]) -> list[Change | None]:
    """Holm's correction over all changes that there are."""
    values = stats.holm([math.nan if change is None else change.p for change in changes])
    return [None if change is None else dataclasses.replace(change, p_holm=value)
            for change, value in zip(changes, values, strict=True)]
