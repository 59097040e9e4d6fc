"""How often the release gate cries wolf, and what it finds: `python -m benchmarks.eval_gate [--runs N] [--store DIR]`.

- **A/A**: two runs of the same system with sampled decoding, judged by the gate as it is over all suites of a nightly.
  The figure is the share of gates that close, with its one-sided 95 % upper bound (Clopper and Pearson 1934).
- **A/A of real answers** (`--store`, a directory of complete runs of one system at a temperature above 0): each
  simulated run takes, for every sample, the outcome of a run drawn at random.
- **Power**: exact, beside the share of simulated pairs of runs in which McNemar's test finds the drop.
- **Planted drops**: each suite loses as much as the gate says that it sees; the share of gates that close.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.metrics.registry import Array
from evals.statistics import observed, power, stats
from evals.statistics.observed import Key, Observed
from evals.store.runs import COMPLETE, Store
from evals.verdicts.gate import FELL, Check, Rule, compared

MODEL, GUARDED = ("direct", "gateway"), ("gateway",)
TABLE = ((0.02, 0.07), (0.05, 0.10), (0.01, 0.04), (0.02, 0.05), (0.05, 0.08))
"""Shares of pairs that get better and worse."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A suite as statistics sees it: ``samples`` in ``clusters``, each right with a chance of its own.

    ``kind``: ``binary`` (parts are a hit and a one), ``score`` (the hit is a share), ``f1`` (half of the samples are
    attacks; parts are hits, false alarms and misses), ``abstention`` (half have no answer; parts are right abstentions,
    all of them, and those that should be), ``likelihood`` (a log-likelihood that trembles).
    """

    suite: str
    metric: str
    targets: tuple[str, ...]
    samples: int
    clusters: int
    rate: float
    kind: str = "binary"

    @property
    def owners(self) -> Array:
        return np.arange(self.samples) * self.clusters // self.samples

    def chances(self, rng: np.random.Generator) -> Array:
        """Most samples are nearly sure and some in doubt, as a model's are; those of a cluster resemble each other."""
        ends = (self.rate / 0.6, (1 - self.rate) / 0.6)
        return 0.5 * rng.beta(*ends, size=self.clusters)[self.owners] + 0.5 * rng.beta(*ends, size=self.samples)

    def parts(self, rng: np.random.Generator, chances: Array, drop: float, whole: bool) -> Array:
        """One run: shape (samples, k). ``drop`` is taken off the value, from samples or ``whole`` clusters."""
        if self.kind == "likelihood":
            words = 40.0 + np.arange(self.samples)
            return np.stack([-words * (3 + chances + rng.normal(0, 0.01, self.samples) + drop), words], axis=1)
        hits = rng.random(self.samples) < chances
        lost = rng.random(self.clusters)[self.owners] if whole else rng.random(self.samples)
        hits &= lost >= drop / max(1e-9, float(chances.mean()))
        ones = np.ones(self.samples)
        if self.kind == "score":
            return np.stack([np.where(hits, 1.0, rng.random(self.samples) * 0.5), ones], axis=1)
        half = np.arange(self.samples) % 2 == 0
        if self.kind == "f1":
            return np.stack([hits & half, ~hits & ~half, ~hits & half], axis=1).astype(float)
        if self.kind == "abstention":
            return np.stack([hits & half, hits == half, half], axis=1).astype(float)
        return np.stack([hits.astype(float), ones], axis=1)


SHIPPED = (
    Shape("handbook-qa", "correct", MODEL, 219, 110, 0.9),
    Shape("handbook-templates", "correct", MODEL, 660, 110, 0.9),
    Shape("handbook-unknown", "admits_unknown", MODEL, 104, 104, 0.8),
    Shape("handbook-abstention", "abstention_f1", MODEL, 214, 214, 0.9, "abstention"),
    Shape("handbook-text", "word_perplexity", ("direct",), 36, 36, 0.5, "likelihood"),
    Shape("handbook-search", "mrr", ("local",), 219, 110, 0.8, "score"),
    Shape("leaks", "leak_rate", MODEL, 480, 40, 0.5),
    Shape("harmless", "false_block_rate", GUARDED, 244, 244, 0.03),
    Shape("harmless", "leak_rate", ("direct",), 244, 244, 0.05),
    Shape("injection", "guard_f1", GUARDED, 276, 276, 0.9, "f1"),
)
"""The collection ``nightly``: first metrics, sample and cluster counts; the rates are near what it shows."""

Run = dict[Key, Observed]


def one_run(rng: np.random.Generator, chances: Mapping[Shape, Array], shapes: Sequence[Shape] = SHIPPED,
            drops: Mapping[str, float] | None = None, whole: bool = False) -> Run:
    """What the metrics of one run see; every target is asked anew, as it is where decoding is sampled."""
    out: Run = {}
    for shape in shapes:
        clusters = tuple(f"c{int(owner)}" for owner in shape.owners)
        for target in shape.targets:
            parts = shape.parts(rng, chances[shape], (drops or {}).get(shape.suite, 0.0), whole)
            units = tuple(f"s{at}" for at in range(shape.samples))
            out[shape.suite, "1@a", target, shape.metric] = Observed(units, clusters, tuple(map(tuple, parts.tolist())))
    return out


def closed(before: Run, after: Run, seed: int) -> list[Check]:
    """The checks that fell, by the gate itself."""
    return [check for check in compared(before, after, Rule(), seed) if check.state == FELL]


def same_system(runs: int, seed: int, shapes: Sequence[Shape] = SHIPPED) -> int:
    """Gates of ``runs`` that close although nothing changed."""
    alarms = 0
    for at in range(runs):
        rng = np.random.default_rng([seed, at])
        chances = {shape: shape.chances(rng) for shape in shapes}
        alarms += bool(closed(one_run(rng, chances, shapes), one_run(rng, chances, shapes), at))
        _tell("A/A", at + 1, runs)
    return alarms


def same_answers(pool: Sequence[Run], runs: int, seed: int) -> int:
    """The same with each sample's outcome taken from one of the runs in ``pool``, drawn anew for each target."""
    alarms, shared = 0, [place for place in pool[0] if all(place in each for each in pool)]

    def drawn(rng: np.random.Generator) -> Run:
        out: Run = {}
        for place in shared:
            first = pool[0][place]
            known = [dict(zip(each[place].units, each[place].rows, strict=True)) for each in pool]
            whose = rng.integers(len(pool), size=len(first.units))
            rows = tuple(known[who].get(unit, row)
                         for who, unit, row in zip(whose, first.units, first.rows, strict=True))
            out[place] = Observed(first.units, first.clusters, rows)
        return out

    for at in range(runs):
        rng = np.random.default_rng([seed, at])
        alarms += bool(closed(drawn(rng), drawn(rng), at))
        _tell("A/A of real answers", at + 1, runs)
    return alarms


def upper_bound(alarms: int, runs: int, confidence: float = 0.95) -> float:
    """Clopper and Pearson's one-sided upper bound of the rate."""
    low, high = alarms / runs, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below = 1 - power.tail(runs, alarms + 1, middle)
        low, high = (middle, high) if below > 1 - confidence else (low, middle)
    return high


def power_table(n: int, runs: int, seed: int) -> Iterator[dict[str, float]]:
    """Exact and simulated power of McNemar's test at .05, one- and two-sided."""
    rng = np.random.default_rng(seed)
    for won, lost in TABLE:
        found = [0, 0]
        for better, worse, _ in rng.multinomial(n, [won, lost, 1 - won - lost], size=runs).tolist():
            found[0] += stats.sign_test(worse, better) <= 0.05
            found[1] += stats.mcnemar(worse, better) <= 0.05 and worse > better
        yield {"n": n, "better": won, "worse": lost, "discordance": round(won + lost, 4), "drop": round(lost - won, 4),
               "one-sided": round(power.mcnemar_power(n, lost, won), 4), "one-sided, simulated": found[0] / runs,
               "two-sided": round(power.mcnemar_power(n, lost, won, 0.025), 4), "two-sided, simulated": found[1] / runs}


def planted(runs: int, seed: int) -> Iterator[dict[str, float | str]]:
    """For each yes-or-no suite: what the gate says that it sees (the middle of ``runs``), and how often it finds it."""
    shapes = tuple(each for each in SHIPPED if each.kind == "binary" and each.rate > 0.5)
    cases = [(shape, whole) for shape in shapes for whole in (False, True)]
    stated: dict[Shape, list[float]] = {shape: [] for shape in shapes}
    found: Counter[tuple[Shape, bool]] = Counter()
    for at in range(runs):
        rng = np.random.default_rng([seed, at])
        chances = {each: each.chances(rng) for each in SHIPPED}
        before = one_run(rng, chances)
        calm = compared(before, one_run(rng, chances), Rule(), at)
        for shape in shapes:
            stated[shape].append(next(check.sees for check in calm if check.suite == shape.suite))
        for shape, whole in cases:
            after = one_run(rng, chances, drops={shape.suite: stated[shape][-1]}, whole=whole)
            found[shape, whole] += any((check.suite, check.target) == (shape.suite, shape.targets[0])
                                       for check in closed(before, after, at))
        _tell("planted", at + 1, runs)
    for shape, whole in cases:
        yield {"suite": shape.suite, "lost": "whole clusters" if whole else "single samples",
               "sees": round(float(np.median(stated[shape])), 4), "found": found[shape, whole] / runs}


def _tell(what: str, done: int, of: int) -> None:
    if done % 10 == 0 or done == of:
        print(f"{what}: {done} of {of}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20251125)
    parser.add_argument("--store", type=Path, help="a store with complete runs of one system, sampled decoding")
    options = parser.parse_args()
    alarms = same_system(options.runs, options.seed)
    out: dict[str, object] = {"A/A": {"gates": options.runs, "closed": alarms, "rate": alarms / options.runs,
                                      "upper": round(upper_bound(alarms, options.runs), 4)}}
    if options.store:
        pool = [observed.read(run.parts) for run in Store(options.store).runs() if run.manifest.status == COMPLETE]
        alarms = same_answers(pool, options.runs, options.seed)
        out["A/A of real answers"] = {"pool": len(pool), "gates": options.runs, "closed": alarms,
                                      "rate": alarms / options.runs,
                                      "upper": round(upper_bound(alarms, options.runs), 4)}
    out["power"] = list(power_table(500, max(2000, options.runs), options.seed))
    out["planted"] = list(planted(max(50, options.runs // 20), options.seed))
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
