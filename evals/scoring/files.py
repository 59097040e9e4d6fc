"""Scores what was predicted elsewhere: values, seeded bootstrap intervals and a number for each sample.

An interval is of the same resamples for all metrics, drawn as sacrebleu draws its own, so that BLEU's, chrF's and TER's
are sacrebleu's bootstrap to the bit. Resamples are made a few at a time: memory does not grow with their number.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.metrics.registry import Array, Item, Metric, Parts, Places, find, mean, references
from evals.statistics import stats
from gateway.errors import ConfigError

SEED = 12345
"""sacrebleu's."""
DRAWS = 1000
_CELLS = 1 << 21
"""Numbers that are in memory at a time while resampling: 16 MiB of them."""

ALIASES = {"em": "exact_match", "perplexity": "token_perplexity", "hit@1": "hit_at_1"}
DEFAULTS = {
    "predictions": ("rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "chrf", "em", "f1"),
    "run": ("mrr", "map", "ndcg", "ndcg@10", "recall@10", "recall@100"),
    "logprobs": ("token_perplexity",),
}
_TEXT = ("rouge1", "rouge2", "rougeL", "rougeLsum", "rouge1_stemmed", "rouge2_stemmed", "rougeL_stemmed",
         "rougeLsum_stemmed", "bleu", "chrf", "chrf++", "ter", "exact_match", "f1", "final_number", "last_number",
         "choice", "choice_named", "ece", "brier", "refusal_rate", "abstention_rate", "abstention_precision",
         "abstention_recall", "abstention_f1", "over_abstention", "fabrication_rate", "answered_f1", "claim_precision",
         "hallucination_rate",
         "contradiction_rate", "unsupported_numbers", "coverage", "density", "latency", "first_token", "per_token",
         "tokens_per_second", "tokens_per_answer", "cost")
_LIKELIHOOD = ("token_perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "fluency", "slor",
               "coherence", "acc", "acc_norm", "acc_bytes", "mc1", "mc2", "ece", "brier")
KNOWN = {"predictions": _TEXT, "logprobs": _LIKELIHOOD,
         "run": ("mrr", "map", "ndcg", "hit_at_1", "ndcg@K", "recall@K", "precision@K", "map@K", "mrr@K", "hit@K")}
"""What each kind of input can be scored by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric and the name that it was asked for by."""

    name: str
    metric: Metric


def choose(names: Sequence[str], kind: str, *, stemmer: bool = False) -> tuple[Asked, ...]:
    """The metrics of ``names`` for this kind of input; raises ConfigError for those that it has none of.

    ``stemmer``: ROUGE with it, under the names without it.
    """
    out: dict[str, Asked] = {}
    for name in names or DEFAULTS[kind]:
        known = ALIASES.get(name, name)
        if stemmer and known.startswith("rouge") and not known.endswith("_stemmed"):
            known += "_stemmed"
        metric = find(known)
        general = f"{known.partition('@')[0]}@K" if "@" in known else known
        if metric is None or not {known, general} & {*KNOWN[kind]}:
            raise ConfigError(_unknown(name, known, kind, metric is not None), field="--metrics",
                              cure=_near(name, kind))
        out[name] = Asked(name, metric)
    return tuple(out.values())


def _unknown(name: str, known: str, kind: str, elsewhere: bool) -> str:
    others = [other for other, names in KNOWN.items() if known in names or f"{known.partition('@')[0]}@K" in names]
    if elsewhere and others:
        return f"'{name}' needs --{others[0]}, not --{kind}"
    return f"'{name}' is a metric of whole runs, not of --{kind}" if elsewhere else f"there is no metric '{name}'"


def _near(name: str, kind: str) -> str:
    close = difflib.get_close_matches(name, [*KNOWN[kind], *ALIASES], 3)
    return f"did you mean {' or '.join(close)}?" if close else f"valid here: {', '.join(KNOWN[kind])}"


class Scoring:
    """Items are added one by one; what is kept of each is the few numbers that the metrics saw."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = tuple(asked)
        self.names: list[str] = []
        self.clusters: list[str] = []
        self.reference_counts: set[int] = set()
        self.rows: list[list[Parts | None]] = [[] for _ in asked]

    def add(self, item: Item) -> None:
        self.names.append(item.id)
        self.clusters.append(item.cluster)
        if "answer" in item.reference:
            self.reference_counts.add(len(references(item)))
        for place, each in enumerate(self.asked):
            self.rows[place].append(each.metric.observe(item, None))

    def result(self, *, seed: int = SEED, draws: int = DRAWS, with_items: bool = True) -> dict[str, Any]:
        """``metrics`` with ``value``, ``n``, ``ci`` and more, and ``items``; what has no value is None."""
        seen = [_Seen(each.metric, rows) for each, rows in zip(self.asked, self.rows, strict=True)]
        groups = self._groups()
        spans = _intervals(seen, groups, seed, draws)
        out: dict[str, Any] = {"metrics": {
            each.name: self._metric(one, span) for each, one, span in zip(self.asked, seen, spans, strict=True)}}
        if with_items:
            alone = [one.alone() for one in seen]
            names = [{"id": name} if name else {} for name in self.names]
            out["items"] = [name | {each.name: values[at] for each, values in zip(self.asked, alone, strict=True)}
                            for at, name in enumerate(names)]
        return out

    def _metric(self, seen: _Seen, span: stats.Interval) -> dict[str, Any]:
        metric, value = seen.metric, seen.value()
        found: dict[str, Any] = {"value": _plain(value), "n": seen.n, "ci": [_plain(span.low), _plain(span.high)],
                                 "ci_method": span.method, "unit": metric.unit, "better": metric.better}
        if metric.signature is not None:
            found["signature"] = metric.signature(self._count()) if metric.resampled else metric.signature()
        return found

    def _count(self) -> int:
        return next(iter(self.reference_counts)) if len(self.reference_counts) == 1 else -1

    def _groups(self) -> Places | None:
        """The place of each item's cluster, or None where each stands for itself."""
        if not any(self.clusters):
            return None
        names = [cluster or f"\0{at}" for at, cluster in enumerate(self.clusters)]
        places = {name: place for place, name in enumerate(dict.fromkeys(names))}
        return np.array([places[name] for name in names], dtype=np.int64)


class _Seen:
    """One metric's parts of all items, shape (items, k); zeros where it says nothing about an item."""

    def __init__(self, metric: Metric, rows: Sequence[Parts | None]) -> None:
        self.metric = metric
        known = [row for row in rows if row is not None]
        self.n = len(known)
        self.sums = [sum(column) for column in zip(*known, strict=True)]  # in order: the reference's last bit
        nothing = (0.0,) * (len(known[0]) if known else 1)
        self.parts = np.array([nothing if row is None else row for row in rows], dtype=np.float64)
        self.told = [row is not None for row in rows]

    def value(self) -> float:
        return float(self.metric.value(np.array([self.sums]))[0]) if self.n else math.nan

    def alone(self) -> list[float | None]:
        """Each item's own value; None where the metric says nothing about it."""
        if not self.n:
            return [None] * len(self.told)
        values = self.metric.alone(self.parts).tolist()
        return [_plain(value) if told else None for value, told in zip(values, self.told, strict=True)]


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _grouped(parts: Array, groups: Places | None) -> Array:
    if groups is None:
        return parts
    out = np.zeros((int(groups.max()) + 1, parts.shape[1]))
    np.add.at(out, groups, parts)
    return out


def _intervals(seen: Sequence[_Seen], groups: Places | None, seed: int, draws: int) -> list[stats.Interval]:
    """The 1/40 quantiles as sacrebleu picks them; Wilson's interval where all of a yes-or-no metric agree."""
    out: list[stats.Interval] = []
    parts = [_grouped(one.parts, groups) for one in seen]
    values = [_one_value(one, rows) for one, rows in zip(seen, parts, strict=True)]
    drawn = _resample([one for one, known in zip(seen, values, strict=True) if known is None],
                      [rows for rows, known in zip(parts, values, strict=True) if known is None], seed, draws)
    for known in values:
        out.append(known if known is not None else _percentiles(next(drawn)))
    return out


def _one_value(seen: _Seen, rows: Array) -> stats.Interval | None:
    """The interval where there is nothing to draw."""
    if seen.metric.binary and seen.metric.value is mean and seen.n:
        rate, units = seen.value(), int(np.count_nonzero(rows[:, -1]))
        if rate in (0.0, 1.0):
            return stats.Interval(*stats.wilson(int(rate) * units, units), "wilson")
    if rows.shape[0] < 2 or not seen.n:
        return stats.Interval(math.nan, math.nan, "none")
    return None


def _percentiles(scores: Array) -> stats.Interval:
    known = np.sort(scores[np.isfinite(scores)])
    if not known.size:
        return stats.Interval(math.nan, math.nan, "none")
    tail = known.size // 40
    return stats.Interval(float(known[tail]), float(known[known.size - tail - 1]), "bootstrap")


def _resample(seen: Sequence[_Seen], parts: Sequence[Array], seed: int, draws: int) -> Iterator[Array]:
    """``draws`` values of each metric, over the same resamples of the rows."""
    if not seen:
        return iter(())
    count = parts[0].shape[0]
    out = np.empty((len(seen), draws))
    widest = max(rows.shape[1] if one.metric.resampled else 2 for one, rows in zip(seen, parts, strict=True))
    rng, size = np.random.default_rng(seed), max(1, _CELLS // (count * widest))
    for start in range(0, draws, size):
        places = rng.choice(count, size=(min(size, draws - start), count), replace=True)
        weights = None
        for at, (one, rows) in enumerate(zip(seen, parts, strict=True)):
            if one.metric.resampled is not None:
                out[at, start : start + size] = one.metric.resampled(rows, places)
                continue
            weights = _weights(places) if weights is None else weights
            out[at, start : start + size] = one.metric.value(weights @ rows)
    return iter(out)


def _weights(places: Places) -> Array:
    """How often each row was drawn, shape of ``places``."""
    draws, count = places.shape
    flat = (places + np.arange(draws)[:, None] * count).ravel()
    return np.bincount(flat, minlength=draws * count).reshape(draws, count).astype(np.float64)


def score(items: Iterable[Item], asked: Sequence[Asked], *, seed: int = SEED, draws: int = DRAWS,
          with_items: bool = True, file: str = "") -> dict[str, Any]:
    """The result of all ``items``; raises ConfigError, naming ``file``, when there are none."""
    scoring = Scoring(asked)
    for item in items:
        scoring.add(item)
    if not scoring.names:
        raise ConfigError("holds nothing to score", file=file, cure="write one sample a line")
    return scoring.result(seed=seed, draws=draws, with_items=with_items)
