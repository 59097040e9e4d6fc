"""Whether a run may be released: no check fell below the baseline by more than chance explains.

A check is one metric of one suite on one target. It closes the gate when two things are true: there are enough
independent samples, and the paired one-sided test finds a drop after Holm's correction over all checks. A difference
alone closes nothing; neither does a significant one on a handful of samples. What the baseline has and the run has
not closes the gate, too: otherwise leaving a suite out would be the way to pass.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals.metrics.registry import Metric, metrics
from evals.statistics import estimates, observed, power, stats
from evals.statistics.observed import Key, Observed
from evals.statistics.results import Change
from evals.store.runs import COMPLETE, RUNNING, RunDir
from evals.verdicts.compare import read_parts
from gateway.errors import ConfigError

FELL, HELD, FEW, ABSENT = "fell", "held", "too few", "absent"
"""States of a check. ``fell`` and ``absent`` close the gate; ``too few`` is no verdict."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``alpha``: false alarms in a hundred over all checks of a run; ``least``: independent samples that a check needs.

    ``metrics``: names to check; none: the first of each suite on each target. ``allow_absent``: whether a run may lack
    what the baseline has.
    """

    alpha: float = 0.05
    least: int = 30
    metrics: tuple[str, ...] = ()
    allow_absent: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """``independent``: clusters that both runs have. ``sees``: the smallest drop that it finds in 80 of 100 runs.

    ``sees`` is in the metric's unit, at the level that the first of all checks has to pass; NaN where it sees none.
    """

    suite: str
    target: str
    metric: str
    unit: str
    better: str
    state: str
    why: str = ""
    change: Change | None = None
    independent: int = 0
    sees: float = math.nan


@dataclass(frozen=True, slots=True)
class Gate:
    """All checks of a run beside its baseline. ``problems``: why the run itself is not fit to be judged."""

    baseline: str
    run: str
    rule: Rule
    checks: tuple[Check, ...]
    problems: tuple[str, ...] = ()

    @property
    def closing(self) -> tuple[Check, ...]:
        """The checks that close it."""
        shut = (FELL,) if self.rule.allow_absent else (FELL, ABSENT)
        return tuple(check for check in self.checks if check.state in shut)

    @property
    def is_open(self) -> bool:
        return not self.closing and not self.problems


def judge(baseline: RunDir, run: RunDir, rule: Rule) -> Gate:
    """Every check of ``run``; raises ConfigError where nothing can be judged."""
    if baseline.manifest.status != COMPLETE:
        raise ConfigError(f"run {baseline.path.name} is not complete", cure="take a complete run as the baseline")
    if run.manifest.status == RUNNING:
        raise ConfigError(f"run {run.path.name} has not ended", cure=f"go on with --resume {run.path.name}")
    if baseline.path == run.path:
        raise ConfigError(f"run {run.path.name} is its own baseline", cure="name an earlier run with --baseline")
    checks = compared(read_parts(baseline), read_parts(run), rule, run.manifest.seed)
    if not any(check.state in (FELL, HELD) for check in checks):
        why = next((f" ({check.suite}: {check.why})" for check in checks if check.why), "")
        raise ConfigError(f"nothing of {run.path.name} can be judged against {baseline.path.name}{why}",
                          cure="see `wardgate eval list`; the same edition of a suite must be in both")
    problems = () if run.manifest.status == COMPLETE else (f"run {run.path.name} is not complete",)
    return Gate(baseline.path.name, run.path.name, rule, checks, problems)


def compared(before: Mapping[Key, Observed], after: Mapping[Key, Observed], rule: Rule, seed: int) -> tuple[Check, ...]:
    """The checks of what two runs saw, in the baseline's order; raises ConfigError for a metric that no suite has."""
    chosen = tuple(_chosen(before, rule.metrics))
    needed = max(rule.least, power.least_clusters(rule.alpha / max(1, len(chosen))))
    judged: list[tuple[Check, Observed, Observed, Metric]] = []
    others: list[Check] = []
    for place, metric in chosen:
        check = Check(place[0], place[2], place[3], metric.unit, metric.better, HELD)
        if place not in after:
            others.append(dataclasses.replace(check, state=ABSENT, why=_absence(place, after)))
            continue
        old, new = observed.paired(before[place], after[place])
        check = dataclasses.replace(check, independent=len(set(new.clusters)))
        if check.independent < needed:
            others.append(dataclasses.replace(
                check, state=FEW, why=f"{check.independent} independent samples, {needed} are needed"))
            continue
        if math.isnan(old.value(metric)) or math.isnan(new.value(metric)):
            where = "baseline" if math.isnan(old.value(metric)) else "run"
            others.append(dataclasses.replace(check, state=ABSENT, why=f"{metric.name} has no value in the {where}"))
            continue
        judged.append((check, old, new, metric))
    found = _tested(judged, rule, seed)
    by_place = {(each.suite, each.target, each.metric): each for each in (*others, *found)}
    return tuple(by_place[place[0], place[2], place[3]] for place, _ in chosen)


def _chosen(before: Mapping[Key, Observed], names: Sequence[str]) -> Iterator[tuple[Key, Metric]]:
    known, taken = metrics(), set()
    absent = [name for name in names if name not in {place[3] for place in before}]
    if absent:
        raise ConfigError(f"the baseline has no metric '{absent[0]}'", cure="see `wardgate eval list`")
    for place in before:
        suite, _, target, name = place
        if name not in known or (names and name not in names):
            continue
        if not names and (suite, target) in taken:
            continue
        taken.add((suite, target))
        yield place, known[name]


def _absence(place: Key, after: Mapping[Key, Observed]) -> str:
    """Why ``after`` has no such number."""
    suite, edition, target, name = place
    others = {other[1] for other in after if (other[0], other[2], other[3]) == (suite, target, name)}
    if others:
        return f"another edition of the suite: {edition} in the baseline, {', '.join(sorted(others))} in the run"
    return f"the run has no {name} of {suite} on {target}"


def _tested(judged: Sequence[tuple[Check, Observed, Observed, Metric]], rule: Rule, seed: int) -> list[Check]:
    """One-sided p-values corrected over all of them, and what each could have seen."""
    each_alpha = rule.alpha / max(1, len(judged))
    swaps = max(stats.SWAPS, math.ceil(10 / each_alpha))
    changes = [estimates.change(metric, old, new, seed, check.suite, check.target, one_sided=True, swaps=swaps)
               for check, old, new, metric in judged]
    corrected = estimates.corrected([change for change in changes if change is not None])
    out = []
    for (check, old, new, metric), change in zip(judged, corrected, strict=True):
        fell = change.p_holm <= rule.alpha and (change.value < 0) == (metric.better == "higher") and change.value != 0
        out.append(dataclasses.replace(check, state=FELL if fell else HELD, change=change,
                                       sees=estimates.smallest(metric, old, new, change, each_alpha)))
    return out
