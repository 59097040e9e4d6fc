"""Intervals and tests over summed parts: seeded, clustered, and the same for every metric.

Samples that share a fact, a secret or a document are not independent, so clusters are what is drawn and what is
swapped. A metric's value is a function of summed parts, so a thousand resamples are one product of matrices.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.metrics.registry import Array, Value

LEVEL = 0.95
DRAWS = 2000
SWAPS = 4999
Z = 1.959963984540054
"""Standard errors on each side of a 95 % interval."""
_BLOCK = 500
"""Rows of the weight matrix at a time: memory stays at 500 × clusters, whatever the number of draws."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided 95 % interval and how it was made: ``bootstrap``, ``wilson``, ``none`` (one cluster or no value)."""

    low: float
    high: float
    method: str


def generator(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each named number: adding a metric changes no other's interval."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def resampled(parts: Sequence[Array], values: Sequence[Value], rng: np.random.Generator, draws: int = DRAWS) -> Array:
    """Values of ``draws`` bootstrap resamples of the clusters, the same clusters for each of the given metrics.

    ``parts``: arrays of shape (clusters, k). Returns shape (len(parts), draws). (Efron and Tibshirani 1993, ch. 6; the
    clustered form draws whole clusters: Davison and Hinkley 1997, §3.8.)
    """
    clusters = parts[0].shape[0]
    out = np.empty((len(parts), draws))
    for start in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - start)
        weights = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=size).astype(np.float64)
        for at, (part, value) in enumerate(zip(parts, values, strict=True)):
            out[at, start : start + size] = value(weights @ part)
    return out


def percentiles(draws: Array, level: float = LEVEL) -> tuple[float, float]:
    """The middle ``level`` of the draws; NaN when none has a value."""
    known = draws[np.isfinite(draws)]
    if not known.size:
        return math.nan, math.nan
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def interval(parts: Array, value: Value, rng: np.random.Generator, *, binary: bool, draws: int = DRAWS) -> Interval:
    """The interval of ``value(parts.sum(0))``; ``parts`` has one row a cluster.

    Where every cluster says the same of a yes-or-no metric, resampling sees no doubt at all; Wilson's interval over
    the clusters stands in (Wilson 1927): 0 of 480 is not a proof of never.
    """
    clusters = parts.shape[0]
    if clusters == 0:
        return Interval(math.nan, math.nan, "none")
    if binary:
        hits, n = parts.sum(axis=0).tolist()
        rate = hits / n if n else math.nan
        if rate in (0.0, 1.0):
            return Interval(*wilson(int(rate) * clusters, clusters), "wilson")
    if clusters == 1:
        return Interval(math.nan, math.nan, "none")
    return Interval(*percentiles(resampled([parts], [value], rng, draws)[0]), "bootstrap")


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % for ``hits`` of ``n`` (JASA 1927)."""
    z, p = Z, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(before: Array, after: Array, value: Value, rng: np.random.Generator, draws: int = DRAWS) -> Interval:
    """Paired bootstrap interval of ``value(after) - value(before)``; rows are the same clusters in both."""
    if before.shape[0] < 2:
        return Interval(math.nan, math.nan, "none")
    both = resampled([before, after], [value, value], rng, draws)
    return Interval(*percentiles(both[1] - both[0]), "bootstrap")


def permutation(before: Array, after: Array, value: Value, rng: np.random.Generator, swaps: int = SWAPS, *,
                direction: int = 0) -> float:
    """p-value of the difference by swapping whole clusters between the two runs.

    ``direction`` 0: two-sided; 1 or -1: that the value went up, or down. Approximate randomisation (Noreen 1989),
    (1 + as extreme) / (1 + swaps), so that it is never 0. It holds for any function of the sums, corpus BLEU and
    perplexity included.
    """
    moved = after - before
    if not before.size or not np.any(moved):
        return 1.0
    start, end = before.sum(axis=0), after.sum(axis=0)
    size_of = np.abs if direction == 0 else lambda difference: direction * difference
    seen = float(size_of(value(end[None])[0] - value(start[None])[0]))
    if math.isnan(seen):
        return math.nan
    extreme: int = 0
    slack = 1e-12 * max(1.0, abs(seen))  # sums in another order differ in the last bits; equal is as extreme
    for at in range(0, swaps, _BLOCK):
        size = min(_BLOCK, swaps - at)
        shift = rng.integers(0, 2, size=(size, before.shape[0])).astype(np.float64) @ moved
        found = size_of(value(end - shift) - value(start + shift))
        extreme += int(np.count_nonzero(~(found < seen - slack)))  # what has no value is as extreme, to be safe
    return float((1 + extreme) / (1 + swaps))


def mcnemar(lost: int, won: int) -> float:
    """Exact two-sided p-value for pairs that changed: a sign test on them (McNemar 1947).

    ``lost``: right before and wrong after; ``won``: the reverse.
    """
    n = lost + won
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(lost, won) + 1))
    return min(1.0, 2 * float(tail / 2**n))


def sign_test(against: int, others: int) -> float:
    """Exact one-sided p-value of the same test: that at least ``against`` of the pairs that changed are of one kind."""
    n = against + others
    return float(sum(math.comb(n, k) for k in range(against, n + 1)) / 2**n)


def holm(values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for being many (Holm 1979), in the order given; NaN stays NaN and does not count."""
    known = sorted((p, at) for at, p in enumerate(values) if not math.isnan(p))
    out, highest = list(values), 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        out[at] = highest
    return tuple(out)


def quantiles(values: Array, clusters: Sequence[str], at: Sequence[float], rng: np.random.Generator,
              draws: int = DRAWS) -> tuple[tuple[float, Interval], ...]:
    """Each quantile of ``values`` with its clustered bootstrap interval."""
    if not values.size:
        return tuple((math.nan, Interval(math.nan, math.nan, "none")) for _ in at)
    exact = np.quantile(values, list(at))
    names, of = np.unique(np.array(clusters), return_inverse=True)
    if len(names) < 2:
        return tuple((float(value), Interval(math.nan, math.nan, "none")) for value in exact)
    order = np.argsort(values, kind="stable")
    ordered, owners = values[order], of[order]
    found = np.empty((draws, len(at)))
    for start in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - start)
        weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=size)[:, owners]
        reached = np.cumsum(weights, axis=1)
        for column, share in enumerate(at):
            place = np.argmax(reached >= np.maximum(1, np.ceil(share * reached[:, -1:])), axis=1)
            found[start : start + size, column] = ordered[place]
    return tuple((float(value), Interval(*percentiles(found[:, column]), "bootstrap"))
                 for column, value in enumerate(exact))
