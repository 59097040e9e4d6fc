"""Two runs beside each other, on the samples that both have."""

from __future__ import annotations

from dataclasses import dataclass

from evals.metrics.registry import metrics
from evals.statistics import estimates, observed
from evals.statistics.observed import Key, Observed
from evals.statistics.results import Change
from evals.store.runs import RunDir
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of both runs."""

    suite: str
    target: str
    metric: str
    unit: str
    change: Change


def compare(before: RunDir, after: RunDir) -> tuple[Compared, ...]:
    """Changes from ``before`` to ``after``; raises ConfigError when no edition of a suite is in both."""
    old, new = read_parts(before), read_parts(after)
    known, found = metrics(), []
    for place, seen in new.items():
        suite, _, target, name = place
        if place in old and name in known:
            change = estimates.change(known[name], old[place], seen, after.manifest.seed, suite, target)
            if change is not None:
                found.append((suite, target, name, known[name].unit, change))
    if not found:
        raise ConfigError(f"{before.path.name} and {after.path.name} have no edition of a suite in common",
                          cure="see `wardgate eval list`; a suite whose rows changed is another edition")
    changes = estimates.corrected([each[-1] for each in found])
    return tuple(Compared(*each[:-1], change) for each, change in zip(found, changes, strict=True))


def read_parts(run: RunDir) -> dict[Key, Observed]:
    """What a run's metrics saw; raises ConfigError when that cannot be read."""
    try:
        return observed.read(run.parts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(run.parts),
                          cure=f"make it again with `wardgate eval score {run.path.name}`") from None
