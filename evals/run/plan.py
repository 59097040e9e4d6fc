"""Everything that a run asks, in order. Keys say what was asked of whom, so a resumed run knows what it has."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.loading.suite import BASELINE, Sample, Suite, canonical
from evals.run.targets import BASELINE_TARGETS, Target


@dataclass(frozen=True, slots=True)
class Ask:
    """One sample to put to one target."""

    key: str
    suite: Suite
    sample: Sample
    target: Target


def key(suite: Suite, sample: Sample, target: Target) -> str:
    """32 hex digits over suite version, target, model and the whole request; a new port is still the same question."""
    asked = as_asked(suite, sample, target)
    parts = [suite.name, suite.version, target.name, target.model, asked.endpoint, asked.body]
    return hashlib.sha256(canonical(parts)).hexdigest()[:32]


def as_asked(suite: Suite, sample: Sample, target: Target) -> Sample:
    """The sample as this target is asked: a baseline gets the bare question and is told what it knows."""
    if target.kind != BASELINE:
        return sample
    body = {"query": sample.asked, "pool": suite.pool.digest}
    return dataclasses.replace(sample, endpoint=f"{BASELINE}/{target.name}", body=body)


def targets_of(suite: Suite, targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of the kinds that the suite runs on, in its order of kinds, with its baselines behind them."""
    mine = tuple(target for kind in suite.on for target in targets if target.kind == kind)
    return (*mine, *(BASELINE_TARGETS[name] for name in suite.baselines)) if mine else ()


def plan(suites: Sequence[Suite], targets: Sequence[Target]) -> tuple[Ask, ...]:
    """One ask a key. A sample's targets stand side by side, in turn first and second: both meet the same load."""
    asks: dict[str, Ask] = {}
    for ask in _all(suites, targets):
        asks.setdefault(ask.key, ask)
    return tuple(asks.values())


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``of`` equal parts of a plan, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From ``2/4``; raises ValueError for anything else."""
        number, slash, of = text.partition("/")
        if not slash or not number.isdecimal() or not of.isdecimal() or not 1 <= int(number) <= int(of):
            raise ValueError("is no shard: write 2/4 for the second of four")
        return cls(int(number), int(of))


def shard(asks: Sequence[Ask], part: Shard) -> tuple[Ask, ...]:
    """The asks of one part: neighbouring samples, each with all of its targets, so that pairs stay together."""
    samples = {place: at for at, place in enumerate(dict.fromkeys((ask.suite.name, ask.sample.id) for ask in asks))}
    return tuple(ask for ask in asks
                 if samples[ask.suite.name, ask.sample.id] * part.of // len(samples) == part.number - 1)


def _all(suites: Sequence[Suite], targets: Sequence[Target]) -> Iterator[Ask]:
    for suite in suites:
        mine = targets_of(suite, targets)
        for number, sample in enumerate(suite.samples):
            for target in mine if number % 2 == 0 else reversed(mine):
                yield Ask(key(suite, sample, target), suite, as_asked(suite, sample, target), target)
