"""The samples that pull a suite down the most, for whoever wants to see what the numbers are made of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from evals.loading.suite import Suite
from evals.metrics.ranking import order
from evals.metrics.registry import Item, Metric, Parts
from evals.run.targets import Target
from evals.statistics.observed import Key, Observed
from evals.statistics.results import Sample, Worst

WORST = 12


def worst(suite: Suite, targets: Sequence[Target], firsts: Mapping[str, Metric],
          seen: Mapping[tuple[str, str], tuple[tuple[Item, Parts], ...]],
          previous: Mapping[Key, Observed]) -> Iterator[Worst]:
    """By the first metric of each target that has one; ``seen`` by target and metric, ``previous`` of the last run."""
    alone = len({sample.cluster for sample in suite.samples}) == len(suite.samples)
    kind = {sample.id: sample.slices[0][1] if alone and sample.slices else sample.cluster
            for sample in suite.samples}
    for target in targets:
        metric = firsts.get(target.name)
        if metric is None:
            continue
        best = metric.better == "higher"
        valued = [(value, item) for item, parts in seen[target.name, metric.name]
                  if not math.isnan(value := _alone(metric, parts))]
        ranked = sorted((pair for pair in valued if (pair[0] < 1 if best and metric.unit == "share" else pair[0] > 0)),
                        key=lambda pair: (pair[0] if best else -pair[0], pair[1].id))
        known = _known(metric, previous.get((suite.name, suite.edition, target.name, metric.name)))
        moved = [(known[item.id] - value if best else value - known[item.id], value, item) for value, item in valued
                 if item.id in known and not math.isclose(value, known[item.id], rel_tol=1e-9)]
        fell = sorted((each for each in moved if each[0] > 0), key=lambda each: (-each[0], each[2].id))
        yield Worst(suite.name, target.name, metric.name, len(ranked),
                    tuple(_sample(item, value) for value, item in _spread(ranked, kind)),
                    len(fell), sum(each[0] < 0 for each in moved),
                    tuple(_sample(item, value, known[item.id]) for _, value, item in fell[:WORST]))


def _known(metric: Metric, seen: Observed | None) -> dict[str, float]:
    """Each sample's value in an earlier run."""
    return {} if seen is None else {unit: _alone(metric, row) for unit, row in zip(seen.units, seen.rows, strict=True)}


def _alone(metric: Metric, parts: Parts) -> float:
    return float(metric.value(np.array([parts]))[0])


def _sample(item: Item, value: float, before: float = math.nan) -> Sample:
    return Sample(item.id, value, item.asked, _reference(item), _shown(item), item.outcome, item.rules, before)


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
    return ", ".join(order(item.ranking)[:3]) if item.ranking else item.text
