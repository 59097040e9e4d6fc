"""How far a judge can be trusted: its labels beside people's, with what it failed to say counted apart.

Agreement by chance is taken out: Cohen's kappa (1960) for two raters, Krippendorff's alpha (2011, nominal) for two or
more with gaps. A judge that gives no label on a sample has not disagreed; it is counted, and in no average.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.loading import data_file
from evals.metrics.registry import Array, Value
from evals.statistics import stats
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Rating:
    """One sample: people's label, the judge's (None where it gave none), and what the sample shares with others."""

    id: str
    human: str
    judge: str | None
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``confusion`` counts (human, judge) pairs over ``n`` rated samples; ``unrated`` had no label from the judge.

    ``agree`` is the share of equal labels, ``kappa`` is corrected for chance, both with 95 % intervals over clusters.
    ``alpha``: Krippendorff's. NaN where only one label occurs: agreement by chance is then certain.
    """

    n: int
    unrated: int
    labels: tuple[str, ...]
    confusion: tuple[tuple[str, str, int], ...]
    agree: float
    agree_low: float
    agree_high: float
    kappa: float
    kappa_low: float
    kappa_high: float
    alpha: float
    precision: Mapping[str, float]
    recall: Mapping[str, float]


def agreement(ratings: Sequence[Rating], seed: int = 20251125) -> Agreement:
    """The judge beside people; raises ConfigError when it rated nothing."""
    rated = [each for each in ratings if each.judge is not None]
    if not rated:
        raise ConfigError("the judge gave no label on any sample", cure="look at its raw answers")
    labels = tuple(sorted({each.human for each in rated} | {str(each.judge) for each in rated}))
    places = {label: at for at, label in enumerate(labels)}
    clusters = {name: at for at, name in enumerate(dict.fromkeys(each.cluster or each.id for each in rated))}
    tables = np.zeros((len(clusters), len(labels) ** 2))
    for each in rated:
        cell = places[each.human] * len(labels) + places[str(each.judge)]
        tables[clusters[each.cluster or each.id], cell] += 1
    total = tables.sum(axis=0)
    spans = [_span(tables, of, seed, name) for name, of in (("agree", _agree), ("kappa", _kappa))]
    square = total.reshape(len(labels), len(labels))
    return Agreement(
        n=len(rated), unrated=len(ratings) - len(rated), labels=labels,
        confusion=tuple((human, judge, int(square[places[human], places[judge]]))
                        for human in labels for judge in labels),
        agree=float(_agree(total[None])[0]), agree_low=spans[0][0], agree_high=spans[0][1],
        kappa=float(_kappa(total[None])[0]), kappa_low=spans[1][0], kappa_high=spans[1][1],
        alpha=krippendorff([(each.human, each.judge) for each in ratings]),
        precision={label: _share(square[at, at], square[:, at].sum()) for label, at in places.items()},
        recall={label: _share(square[at, at], square[at].sum()) for label, at in places.items()},
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def _span(tables: Array, value: Value, seed: int, name: str) -> tuple[float, float]:
    if tables.shape[0] < 2:
        return math.nan, math.nan
    return stats.percentiles(stats.resampled([tables], [value], stats.generator(seed, "agreement", name))[0])


def _agree(tables: Array) -> Array:
    """Shape (…, labels²) → (…)."""
    size = math.isqrt(tables.shape[-1])
    squares = tables.reshape(*tables.shape[:-1], size, size)
    same: Array = np.trace(squares, axis1=-2, axis2=-1) / tables.sum(axis=-1)
    return same


def _kappa(tables: Array) -> Array:
    """Shape (…, labels²) → (…); NaN where chance alone would agree always."""
    size = math.isqrt(tables.shape[-1])
    squares = tables.reshape(*tables.shape[:-1], size, size)
    n = tables.sum(axis=-1)
    chance = (squares.sum(axis=-1) * squares.sum(axis=-2)).sum(axis=-1) / (n * n)
    seen = _agree(tables)
    out = np.full(seen.shape, np.nan)
    np.divide(seen - chance, 1 - chance, out=out, where=chance < 1 - 1e-12)
    return out


def krippendorff(units: Sequence[Sequence[str | None]]) -> float:
    """Nominal alpha over units, each the labels that its raters gave; None where one gave none. NaN: one label only.

    Coincidences by Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C.
    """
    weight: dict[tuple[str, str], float] = {}
    for unit in units:
        given = [label for label in unit if label is not None]
        if len(given) < 2:
            continue
        counts = Counter(given)
        for one, times in counts.items():
            for other, others in counts.items():
                pairs = times * (others - (one == other))
                weight[one, other] = weight.get((one, other), 0.0) + pairs / (len(given) - 1)
    totals: dict[str, float] = {}
    for (one, _), value in weight.items():
        totals[one] = totals.get(one, 0.0) + value
    n = math.fsum(totals.values())
    expected = math.fsum(a * b for one, a in totals.items() for other, b in totals.items() if one != other)
    if not expected:
        return math.nan
    observed = math.fsum(value for (one, other), value in weight.items() if one != other)
    return 1 - (n - 1) * observed / expected


def read(path: Path, cluster: str = "") -> tuple[Rating, ...]:
    """Ratings from JSON Lines; raises ConfigError naming line and field."""
    out, seen = [], set()
    for line in data_file.read(path):
        name, judged = line.text("id"), line.get("judge")
        if name in seen:
            raise line.error("another row has this id", "id", "give each row its own")
        seen.add(name)
        out.append(Rating(name, line.text("human"), None if judged is None else line.text("judge"),
                          line.text(cluster) if cluster else ""))
    return tuple(out)
