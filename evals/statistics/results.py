"""The numbers of a run: plain frozen data, from which every kind of report is made."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from evals.loading.suite import BASELINES

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, n and the interval's method; NaN where there is none."""

    value: float
    low: float
    high: float
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class Change:
    """A paired difference: ``before`` and ``after`` on the n units that both have. ``p_holm`` is corrected for many."""

    before: float
    after: float
    value: float
    low: float
    high: float
    n: int
    p: float
    p_holm: float
    test: str


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one suite on one target. ``change`` is that from the previous run, where there is one.

    ``independent``: clusters behind it. ``sees``, for a suite's first metric on a target: the smallest drop that a gate
    over all of them finds four times in five, in the metric's unit; without a previous run at best. NaN: none, unknown.
    """

    suite: str
    metric: str
    target: str
    model: str
    estimate: Estimate
    change: Change | None = None
    independent: int = 0
    sees: float = math.nan


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The same on the samples whose ``slice`` has ``value``."""

    suite: str
    metric: str
    target: str
    model: str
    slice: str
    value: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Tax:
    """What a gateway does to a metric: before is direct, after through it. ``policy``: the names that it judged by."""

    suite: str
    metric: str
    target: str
    model: str
    change: Change
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Samples by outcome. ``missing`` were never answered, ``reasons`` counts why the failed ones failed."""

    suite: str
    target: str
    model: str
    planned: int
    answered: int
    refused: int
    cut: int
    failed: int
    missing: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgements of one kind by what came of them; only ``judged`` ones are in any value."""

    suite: str
    target: str
    model: str
    judge: str
    kind: str
    asked: int
    judged: int
    malformed: int
    refused: int
    failed: int
    missing: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """A quantile in seconds. ``what``: ``answer``, ``added`` (gateway minus direct, paired), ``own`` (as it tells)."""

    suite: str
    target: str
    model: str
    what: str
    quantile: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample as a reader sees it. ``score`` is the main metric's value on it alone, ``before`` that a run ago."""

    id: str
    score: float
    asked: str
    reference: str
    text: str
    outcome: str
    rules: tuple[str, ...]
    before: float = math.nan


@dataclass(frozen=True, slots=True)
class Worst:
    """The samples that pull the main metric of a suite down the most; ``of`` how many are not perfect.

    ``worse``, ``better``: samples whose value moved since the previous run; ``fell``: those that fell the farthest.
    """

    suite: str
    target: str
    metric: str
    of: int
    samples: tuple[Sample, ...]
    worse: int = 0
    better: int = 0
    fell: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetInfo:
    name: str
    kind: str
    model: str
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuiteInfo:
    """``skipped`` says why a suite did not run, if it did not."""

    name: str
    version: str
    about: str
    fingerprint: str
    samples: int
    clusters: int
    metrics: tuple[str, ...]
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    name: str
    unit: str
    better: str
    about: str
    signature: str


@dataclass(frozen=True, slots=True)
class Report:
    """All about one run. ``complete``: every sample has an outcome and few enough failed. Times are Unix seconds.

    ``problems`` make it incomplete; ``warnings`` say which numbers are weak.
    """

    run: str
    collection: str
    version: str
    seed: int
    began: float
    ended: float
    seconds: float
    complete: bool
    problems: tuple[str, ...]
    previous: str
    targets: tuple[TargetInfo, ...]
    suites: tuple[SuiteInfo, ...]
    metrics: tuple[MetricInfo, ...]
    scores: tuple[Score, ...]
    slices: tuple[SliceScore, ...]
    taxes: tuple[Tax, ...]
    outcomes: tuple[Outcomes, ...]
    latencies: tuple[Latency, ...]
    worst: tuple[Worst, ...]
    warnings: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = ()

    @property
    def firsts(self) -> tuple[Score, ...]:
        """Of each suite on each target, baselines apart, the metric that stands for it."""
        found: dict[tuple[str, str], Score] = {}
        for score in self.scores:
            if score.target not in BASELINES:
                found.setdefault((score.suite, score.target), score)
        return tuple(found.values())

    def metric(self, name: str) -> MetricInfo:
        return next(each for each in self.metrics if each.name == name)


def to_json(report: Report) -> dict[str, Any]:
    """Plain data; what has no value is null."""
    return {"format": FORMAT, **plain(report)}


def plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, NaN as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_json(data: Mapping[str, Any]) -> Report:
    """The reverse of ``to_json``; raises ValueError for another format."""
    if data.get("format") != FORMAT:
        raise ValueError(f"has format {data.get('format')}, this version reads {FORMAT}")
    report: Report = _built(Report, {name: value for name, value in data.items() if name != "format"})
    return report


def _built(kind: Any, value: Any) -> Any:
    if kind is float:
        return math.nan if value is None else float(value)
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_built(inner[0], item) for item in value)
        return tuple(_built(each, item) for each, item in zip(inner, value, strict=True))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _built(hints[name], item) for name, item in value.items()})
    arms = [arm for arm in get_args(kind) if arm is not type(None)]
    if arms:
        return None if value is None else _built(arms[0], value)
    return value
