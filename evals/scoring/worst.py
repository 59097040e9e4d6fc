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
from evals.statistics.results import Sample, Worst

WORST = 12


def worst(suite: Suite, targets: Sequence[Target], firsts: Mapping[str, Metric],
          seen: Mapping[tuple[str, str], tuple[tuple[Item, Parts], ...]]) -> Iterator[Worst]:
    """By the first metric of each target that has one; ``seen`` by target and metric."""
    alone = len({sample.cluster for sample in suite.samples}) == len(suite.samples)
    kind = {sample.id: sample.slices[0][1] if alone and sample.slices else sample.cluster
            for sample in suite.samples}
    for target in targets:
        metric = firsts.get(target.name)
        if metric is None:
            continue
        pairs = seen[target.name, metric.name]
        best = metric.better == "higher"
        valued = [(float(metric.value(np.array([parts]))[0]), item) for item, parts in pairs]
        ranked = sorted((pair for pair in valued if not math.isnan(pair[0])
                         and (pair[0] < 1 if best and metric.unit == "share" else pair[0] > 0)),
                        key=lambda pair: (pair[0] if best else -pair[0], pair[1].id))
        shown = tuple(Sample(item.id, value, item.asked, _reference(item), _shown(item), item.outcome, item.rules)
                      for value, item in _spread(ranked, kind))
        yield Worst(suite.name, target.name, metric.name, len(ranked), shown)


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
