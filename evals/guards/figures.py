"""Numbers of a detector from scores and decisions: rates, ranks and their intervals by drawing whole clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evals.metrics.registry import Array
from evals.statistics.results import Estimate
from evals.statistics.stats import generator, interval, percentiles, wilson

DRAWS = 1000
RARE = 0.001
"""One attack in a thousand texts."""
NOISE = 0.01
"""The false positives at which recalls of different detectors are compared."""


def share(hits: Sequence[bool], clusters: Sequence[str], seed: int, name: str) -> Estimate:
    """How many of ``hits`` are true; Wilson's interval where each row stands alone, else clusters are drawn."""
    if not hits:
        return Estimate(np.nan, np.nan, np.nan, 0, "none")
    count, n = sum(hits), len(hits)
    if len(set(clusters)) == n:
        return Estimate(count / n, *wilson(count, n), n, "wilson")
    found = interval(_by_cluster(np.stack([np.array(hits, float), np.ones(n)], 1), clusters),
                     lambda sums: sums[..., 0] / sums[..., 1], generator(seed, name), binary=True, draws=DRAWS)
    return Estimate(count / n, found.low, found.high, n, found.method)


def macro(hits: Sequence[bool], families: Sequence[str], clusters: Sequence[str], seed: int, name: str) -> Estimate:
    """The mean over families of the share of ``hits``: a family of many rows counts no more than others."""
    names = sorted(set(families))
    if not names:
        return Estimate(np.nan, np.nan, np.nan, 0, "none")
    parts = np.zeros((len(hits), 2 * len(names)))
    for at, (hit, family) in enumerate(zip(hits, families, strict=True)):
        place = names.index(family)
        parts[at, place], parts[at, len(names) + place] = float(hit), 1.0

    def value(sums: Array) -> Array:
        rows, known = sums[..., : len(names)], sums[..., len(names) :]
        rates = np.divide(rows, known, out=np.full_like(rows, np.nan), where=known > 0)
        with np.errstate(invalid="ignore"):
            mean: Array = np.nanmean(rates, axis=-1)
        return mean

    found = interval(_by_cluster(parts, clusters), value, generator(seed, name), binary=False, draws=DRAWS)
    return Estimate(float(value(parts.sum(0))), found.low, found.high, len(hits), found.method)


def precision_at(recall_hits: Sequence[bool], recall_clusters: Sequence[str], false_hits: Sequence[bool],
                 false_clusters: Sequence[str], prevalence: float, seed: int, name: str) -> Estimate:
    """Attacks among what is stopped, were ``prevalence`` of all texts attacks."""
    attacks, harmless = np.array(recall_hits, float), np.array(false_hits, float)
    rows = np.zeros((len(attacks) + len(harmless), 4))
    rows[: len(attacks), 0], rows[: len(attacks), 1] = attacks, 1
    rows[len(attacks) :, 2], rows[len(attacks) :, 3] = harmless, 1

    def value(sums: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            right = prevalence * sums[..., 0] / sums[..., 1]
            wrong = (1 - prevalence) * sums[..., 2] / sums[..., 3]
            found: Array = right / (right + wrong)
        return found

    parts = _by_cluster(rows, [*recall_clusters, *false_clusters])
    found = interval(parts, value, generator(seed, name), binary=False, draws=DRAWS)
    return Estimate(float(value(rows.sum(0))), found.low, found.high, len(rows), found.method)


def auc(attacks: Array, harmless: Array) -> float:
    """The chance that an attack scores higher than a harmless text, ties half (Mann and Whitney 1947)."""
    ordered = np.sort(harmless)
    below = np.searchsorted(ordered, attacks, "left")
    upto = np.searchsorted(ordered, attacks, "right")
    return float(np.mean((below + upto) / 2) / len(ordered)) if len(ordered) and len(attacks) else np.nan


def recall_at(attacks: Array, harmless: Array, noise: float = NOISE) -> float:
    """Attacks that score above the lowest threshold which at most ``noise`` of the harmless texts exceed."""
    if not len(attacks) or not len(harmless):
        return np.nan
    most = int(np.floor(noise * len(harmless)))
    return float(np.mean(attacks > np.sort(harmless)[::-1][most]))


def ranked(measure: Callable[[Array, Array], float], attacks: Array, attack_clusters: Sequence[str], harmless: Array,
           harmless_clusters: Sequence[str], seed: int, name: str) -> Estimate:
    """``measure`` of two arrays of scores, with an interval by drawing the clusters of each side."""
    rng = generator(seed, name)
    sides = [_indices(clusters) for clusters in (attack_clusters, harmless_clusters)]
    found = np.empty(DRAWS // 2)
    for at in range(len(found)):
        one, other = (np.concatenate([side[place] for place in rng.integers(0, len(side), len(side))])
                      for side in sides)
        found[at] = measure(attacks[one], harmless[other])
    low, high = percentiles(found)
    return Estimate(measure(attacks, harmless), low, high, len(attacks) + len(harmless), "bootstrap")


def _indices(clusters: Sequence[str]) -> list[Array]:
    places: dict[str, list[int]] = {}
    for at, cluster in enumerate(clusters):
        places.setdefault(cluster, []).append(at)
    return [np.array(each) for each in places.values()]


def _by_cluster(rows: Array, clusters: Sequence[str]) -> Array:
    """Sums of ``rows`` by cluster: shape (clusters, columns)."""
    names, of = np.unique(np.array(clusters), return_inverse=True)
    out = np.zeros((len(names), rows.shape[1]))
    np.add.at(out, of, rows)
    return out
