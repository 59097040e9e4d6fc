"""The report as Markdown, for a merge request or a chat message: the numbers, no sample's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evals.report import wording
from evals.statistics.results import Report


def render(report: Report) -> str:
    """A summary of a screen or two."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    state = "complete" if report.complete else "INCOMPLETE"
    yield f"# Evaluation `{report.run}`: {state}"
    yield ""
    yield (f"{wording.moment(report.began)}, {wording.duration(report.seconds)}, Wardgate {report.version}, seed "
           f"{report.seed}. Intervals are 95 %, clustered; p-values are corrected (Holm).")
    yield ""
    for target in report.targets:
        if target.kind != "local":
            judged = f", policy {', '.join(target.policies)}" if target.policies else ""
            yield f"- `{target.name}`: model `{target.model}`{judged}"
    if report.previous:
        yield f"- compared with `{report.previous}`"
    for problem in report.problems:
        yield f"- **{problem}**"
    for suite in report.suites:
        if suite.skipped:
            yield f"- {suite.name}: {suite.skipped}"
    yield ""
    yield from _table(("suite", "target", "metric", "value [95 %]", "n", "change", "p"), _scores(report))
    if report.taxes:
        yield ""
        yield "## Guard tax: through the gateway minus direct, the same questions"
        yield ""
        yield from _table(("suite", "metric", "direct", "gateway", "change [95 %]", "n", "p"), _taxes(report))
    yield ""
    yield "## Outcomes"
    yield ""
    yield from _table(("suite", "target", "planned", "answered", "refused", "cut", "failed", "missing"), (
        (each.suite, each.target, *map(str, (each.planned, each.answered, each.refused, each.cut, each.failed,
                                             each.missing))) for each in report.outcomes))
    yield ""
    yield "## What a gate over this run can see"
    yield ""
    yield "The smallest drop that is found four times in five, corrected for all first metrics."
    yield ""
    yield from _table(("suite", "target", "metric", "independent samples", "smallest drop"), (
        (each.suite, each.target, each.metric, str(each.independent),
         wording.smallest(each, report.metric(each.metric))) for each in report.firsts))
    for warning in report.warnings:
        yield ""
        yield f"Weak: {warning}."
    notes = [metric for metric in report.metrics if metric.signature]
    if notes:
        yield ""
        yield "Signatures: " + "; ".join(f"{each.name} `{each.signature}`" for each in notes) + "."


def _scores(report: Report) -> Iterator[Sequence[str]]:
    for each in report.scores:
        unit, change = report.metric(each.metric).unit, each.change
        moved = wording.signed(change.value, unit) if change else "new"
        p = wording.probability(change.p_holm) if change else ""
        yield (each.suite, each.target, each.metric, wording.estimate(each.estimate, unit), str(each.estimate.n),
               moved, p)


def _taxes(report: Report) -> Iterator[Sequence[str]]:
    for each in report.taxes:
        unit, change = report.metric(each.metric).unit, each.change
        yield (each.suite, each.metric, wording.value(change.before, unit), wording.value(change.after, unit),
               f"{wording.signed(change.value, unit)} {wording.span(change.low, change.high, unit)}".strip(),
               str(change.n), wording.probability(change.p_holm))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
