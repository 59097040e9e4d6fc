"""From what metrics saw to values with intervals, and to paired changes with p-values."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence

from evals.metrics.registry import Metric
from evals.statistics import observed, power, stats
from evals.statistics.observed import Observed
from evals.statistics.results import Change, Estimate


def estimate(metric: Metric, seen: Observed, seed: int, *names: str) -> Estimate:
    """The metric's value; ``names`` with the metric's own choose the draws, so equal data have equal intervals."""
    if not seen.rows:
        return Estimate(math.nan, math.nan, math.nan, 0, "none")
    rng = stats.generator(seed, metric.name, *names)
    found = stats.interval(seen.by_cluster(), metric.value, rng, binary=metric.binary)
    return Estimate(seen.value(metric), found.low, found.high, len(seen.units), found.method)


def change(metric: Metric, before: Observed, after: Observed, seed: int, *names: str,
           one_sided: bool = False, swaps: int = stats.SWAPS) -> Change | None:
    """The paired difference on the units that both have; None when there are none. ``p_holm`` is yet to be set.

    ``one_sided``: the p-value is that of getting worse by as much; a change for the better is no evidence of it.
    """
    old, new = observed.paired(before, after)
    if not new.units:
        return None
    rng = stats.generator(seed, metric.name, "change", *names)
    first, second = old.by_cluster(), new.by_cluster()
    found = stats.difference(first, second, metric.value, rng)
    direction = (-1 if metric.better == "higher" else 1) if one_sided else 0
    if metric.binary and new.independent:
        moved = second[:, 0] - first[:, 0]
        lost, won = int((moved < 0).sum()), int((moved > 0).sum())
        against, others = (lost, won) if direction < 0 else (won, lost)
        p, test = stats.sign_test(against, others) if direction else stats.mcnemar(lost, won), "McNemar"
    else:
        p = stats.permutation(first, second, metric.value, rng, swaps, direction=direction)
        test = "permutation"
    start, end = old.value(metric), new.value(metric)
    return Change(start, end, end - start, found.low, found.high, len(new.units), p, p, test)


def smallest(metric: Metric, old: Observed, new: Observed, change: Change, alpha: float) -> float:
    """The smallest drop that the test of ``change`` finds with probability .8 at ``alpha``, in the metric's unit.

    Shares: McNemar's power over the churn that was seen. For yes-or-no metrics of independent samples those are pairs
    that changed both ways. Elsewhere clusters stand for pairs and the bootstrap's variance for churn, as if what is
    lost were lost in whole clusters; a drop that is scattered over more of them is found more often. Other units: from
    the standard error of the paired difference. NaN where nothing but a miracle would be found.
    """
    error = (change.high - change.low) / (2 * stats.Z)
    if metric.unit != "share":
        return power.normal_smallest(error, alpha) if error > 0 else math.nan
    if metric.binary and new.independent:
        moved = [after[0] - before[0] for before, after in zip(old.rows, new.rows, strict=True)]
        both = min(sum(each < 0 for each in moved), sum(each > 0 for each in moved))
        return power.mcnemar_smallest(len(moved), 2 * both / len(moved), alpha)
    sizes = Counter(new.clusters).values()
    pairs = int(sum(sizes) ** 2 / sum(size * size for size in sizes))
    return power.mcnemar_smallest(pairs, min(0.9, error * error * pairs), alpha)


def at_best(metric: Metric, seen: Observed, alpha: float) -> float:
    """What the next run beside ``seen`` could see if nothing but the drop changed; NaN where that is not known."""
    value = seen.value(metric)
    same = Change(value, value, 0.0, 0.0, 0.0, len(seen.units), 1.0, 1.0, "")
    return smallest(metric, seen, seen, same, alpha)


def corrected(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Holm's correction over all of them."""
    values = stats.holm([each.p for each in changes])
    return tuple(dataclasses.replace(each, p_holm=value) for each, value in zip(changes, values, strict=True))
