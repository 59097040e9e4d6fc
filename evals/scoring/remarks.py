"""What a reader of a run's numbers has to be told: why it is incomplete, which numbers are weak, what did not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.loading.suite import BASELINES, LOCAL, Suite
from evals.run.plan import targets_of
from evals.run.targets import Target
from evals.statistics.results import Judged, Outcomes, Score, SuiteInfo

SMALL = 30
"""Independent samples below which a percentile interval is too narrow to be relied upon."""


def problems(outcomes: Sequence[Outcomes], judged: Sequence[Judged], most_failures: float) -> tuple[str, ...]:
    out = []
    for each in outcomes:
        name = f"{each.suite} on {each.target}"
        if each.missing:
            out.append(f"{name}: {each.missing} of {each.planned} samples were not asked")
        if each.failed > most_failures * each.planned:
            why = ", ".join(f"{count} {reason}" for reason, count in each.reasons)
            out.append(f"{name}: {each.failed} of {each.planned} samples failed ({why})")
    out += [f"{each.suite} on {each.target}: {each.missing} of {each.asked} judgements of {each.kind} were not asked"
            for each in judged if each.missing]
    return tuple(out)


def warnings(scores: Sequence[Score], judged: Sequence[Judged]) -> tuple[str, ...]:
    """Which suites are too small for what is read into them; one line for a suite and target."""
    out: dict[tuple[str, str], str] = {}
    for each in scores:
        place = f"{each.suite} {each.metric} on {each.target}"
        if each.independent < SMALL and each.target not in BASELINES:
            out.setdefault((each.suite, each.target), f"{place}: {each.independent} independent samples; intervals and "
                           f"p-values are rough below {SMALL}")
    return (*out.values(), *_unjudged(judged))


def _unjudged(judged: Sequence[Judged]) -> Iterator[str]:
    """What a judge failed to say is in no value, so whoever reads the values has to know."""
    for each in judged:
        states = [(each.malformed, "malformed"), (each.refused, "refused"), *((n, why) for why, n in each.reasons)]
        said = ", ".join(f"{count} {what}" for count, what in states if count)
        if said:
            yield (f"{each.suite} {each.kind} on {each.target}: {each.asked - each.judged} of {each.asked} judgements "
                   f"have no value ({said})")


def about(suite: Suite, targets: Sequence[Target]) -> SuiteInfo:
    kinds = {target.kind for target in targets_of(suite, targets)}
    absent = [kind for kind in suite.on if kind not in kinds and kind != LOCAL]
    skipped = f"no {' and no '.join(absent)} target" if absent else ""
    return SuiteInfo(suite.name, suite.version, suite.about, suite.fingerprint, len(suite.samples),
                     len({sample.cluster for sample in suite.samples}), tuple(each.name for each in suite.metrics),
                     skipped)
