"""What metrics saw: parts by sample, ready to be summed, resampled, sliced and paired with another run's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.loading.suite import canonical
from evals.metrics.registry import Array, Item, Metric, Parts


@dataclass(frozen=True, slots=True)
class Observed:
    """Parts of one metric: a row for each unit (a sample, or a cluster for metrics that count clusters)."""

    units: tuple[str, ...]
    clusters: tuple[str, ...]
    rows: tuple[Parts, ...]

    @property
    def total(self) -> Array:
        """The summed parts, shape (k,). Plain sums in order, so that the value is the reference's to the last bit."""
        return np.array([sum(column) for column in zip(*self.rows, strict=True)], dtype=np.float64)

    def value(self, metric: Metric) -> float:
        return float(metric.value(self.total[None])[0]) if self.rows else float("nan")

    def by_cluster(self) -> Array:
        """Summed parts of each cluster, shape (clusters, k), in order of first sight."""
        return _sums(self.clusters, self.rows)

    @property
    def independent(self) -> bool:
        """Whether no two units share a cluster."""
        return len(set(self.clusters)) == len(self.clusters)


def _sums(clusters: Sequence[str], rows: Sequence[Parts]) -> Array:
    places = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    out = np.zeros((len(places), len(rows[0]) if rows else 1))
    np.add.at(out, [places[name] for name in clusters], np.array(rows).reshape(len(rows), out.shape[1]))
    return out


def observe(metric: Metric, items: Iterable[Item], prepared: object) -> tuple[tuple[Item, Parts], ...]:
    """Each item that the metric says something about, with its parts."""
    seen = ((item, metric.observe(item, prepared)) for item in items)
    return tuple((item, parts) for item, parts in seen if parts is not None)


def collect(metric: Metric, seen: Iterable[tuple[Item, Parts]]) -> Observed:
    """Items' parts as units; clusters count once, with their maximum, where the metric says so."""
    pairs = tuple(seen)
    if not metric.by_cluster:
        return Observed(tuple(item.id for item, _ in pairs), tuple(item.cluster for item, _ in pairs),
                        tuple(parts for _, parts in pairs))
    best: dict[str, Parts] = {}
    for item, parts in pairs:
        known = best.get(item.cluster, parts)
        best[item.cluster] = tuple(map(max, known, parts))
    return Observed(tuple(best), tuple(best), tuple(best.values()))


def paired(before: Observed, after: Observed) -> tuple[Observed, Observed]:
    """Both on the units that both have, in ``after``'s order and with its clusters."""
    known = dict(zip(before.units, before.rows, strict=True))
    places = [at for at, unit in enumerate(after.units) if unit in known]
    units = tuple(after.units[at] for at in places)
    clusters = tuple(after.clusters[at] for at in places)
    return (Observed(units, clusters, tuple(known[unit] for unit in units)),
            Observed(units, clusters, tuple(after.rows[at] for at in places)))


Key = tuple[str, str, str, str]
"""Suite, its edition, target, metric."""


def write(path: Path, found: Mapping[Key, Observed]) -> None:
    """One line a key, in one rename: what a later run compares itself with."""
    partial = path.with_suffix(".tmp")
    with partial.open("wb") as file:
        for (suite, edition, target, metric), seen in found.items():
            file.write(canonical({"suite": suite, "edition": edition, "target": target, "metric": metric,
                                  "units": seen.units, "clusters": seen.clusters, "parts": seen.rows}) + b"\n")
    partial.chmod(0o600)
    partial.replace(path)


def read(path: Path) -> dict[Key, Observed]:
    """The reverse; raises OSError, ValueError or KeyError for a file that is not whole."""
    out = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        key = (entry["suite"], entry["edition"], entry["target"], entry["metric"])
        out[key] = Observed(tuple(entry["units"]), tuple(entry["clusters"]),
                            tuple(tuple(map(float, row)) for row in entry["parts"]))
    return out
