"""Everything that a run asks, in order. Keys say what was asked of whom, so a resumed run knows what it has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.loading.suite import Sample, Suite, canonical
from evals.run.targets import Target


@dataclass(frozen=True, slots=True)
class Ask:
    """One sample to put to one target."""

    key: str
    suite: Suite
    sample: Sample
    target: Target


def key(suite: Suite, sample: Sample, target: Target) -> str:
    """32 hex digits over suite version, target, model and the whole request; a new port is still the same question."""
    parts = [suite.name, suite.version, target.name, target.model, sample.endpoint, sample.body]
    return hashlib.sha256(canonical(parts)).hexdigest()[:32]


def targets_of(suite: Suite, targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of the kinds that the suite runs on, in its order of kinds."""
    return tuple(target for kind in suite.on for target in targets if target.kind == kind)


def plan(suites: Sequence[Suite], targets: Sequence[Target]) -> tuple[Ask, ...]:
    """One ask a key. A sample's targets stand side by side, in turn first and second: both meet the same load."""
    asks: dict[str, Ask] = {}
    for ask in _all(suites, targets):
        asks.setdefault(ask.key, ask)
    return tuple(asks.values())


def _all(suites: Sequence[Suite], targets: Sequence[Target]) -> Iterator[Ask]:
    for suite in suites:
        mine = targets_of(suite, targets)
        for number, sample in enumerate(suite.samples):
            for target in mine if number % 2 == 0 else reversed(mine):
                yield Ask(key(suite, sample, target), suite, sample, target)
