"""How well scores tell two kinds of text apart, with intervals that draw whole clusters of texts of one template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Sample:
    """Scores of one kind of text. ``clusters``: texts of the same cluster are drawn together; its own where empty."""

    scores: Scores
    clusters: tuple[str, ...] = ()

    def groups(self) -> list[Scores]:
        if not self.clusters:
            return list(self.scores.reshape(-1, 1))
        found: dict[str, list[float]] = {}
        for cluster, score in zip(self.clusters, self.scores, strict=True):
            found.setdefault(cluster, []).append(float(score))
        return [np.asarray(each) for each in found.values()]


def auc(bad: Scores, good: Scores) -> float:
    """The chance that a bad text scores higher than a good one, ties counted half."""
    order = np.sort(good)
    below, upto = np.searchsorted(order, bad, "left"), np.searchsorted(order, bad, "right")
    return float((below + upto).mean() / 2 / len(good))


def at_rate(good: Scores, rate: float) -> float:
    """The lowest threshold at which at most ``rate`` of the good texts score as high or higher."""
    allowed = int(rate * len(good))
    return float(np.nextafter(np.sort(good)[::-1][allowed], np.inf))


def recall_at(bad: Scores, good: Scores, rate: float = 0.01) -> float:
    """The share of bad texts at or above ``at_rate``."""
    return float((bad >= at_rate(good, rate)).mean())


def interval(value: Callable[..., float], samples: Sequence[Sample], seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of ``value`` of the samples' scores, over ``DRAWS`` draws of their clusters."""
    rng = np.random.default_rng(seed)
    groups = [sample.groups() for sample in samples]
    found = []
    for _ in range(DRAWS):
        drawn = [np.concatenate([each[i] for i in rng.integers(0, len(each), len(each))]) for each in groups]
        found.append(value(*drawn))
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
