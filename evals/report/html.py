"""The report as one HTML file that works from a disk, a mail or a build artefact, without any network.

It is the place where samples' texts may stand: whoever may read the suites may read it, and nobody else should.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.loading.suite import BASELINE, BASELINES
from evals.report import charts, wording
from evals.report.charts import Mark, Scale
from evals.scoring.score import REFUSALS
from evals.statistics.results import Change, Estimate, Report, Score, SliceScore, SuiteInfo, Worst

PERCENT = Scale(0.0, 100.0)
TICKS = (0.0, 25.0, 50.0, 75.0, 100.0)
_DRAWN = ("share", "points")
"""Units that are drawn on an axis from 0 to 100; perplexities of words and of bytes share no axis."""


@dataclass(frozen=True, slots=True)
class Value:
    """One target's value in a row."""

    target: str
    kind: str
    text: str
    span: str
    n: int
    moved: str = ""
    p: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart that is a table, too."""

    label: str
    about: str
    values: tuple[Value, ...]
    chart: Markup


@dataclass(frozen=True, slots=True)
class Section:
    """Everything about one suite. ``keys``: the kinds of target with the names that share their colour."""

    info: SuiteInfo
    keys: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    slices: tuple[tuple[str, tuple[Row, ...]], ...]
    worst: tuple[Worst, ...]


@cache
def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
                        trim_blocks=True, lstrip_blocks=True)
    found.globals.update(wording=wording, math=math)
    return found


def render(report: Report, trend: Sequence[Report] = ()) -> str:
    """One HTML page; ``trend`` are earlier reports, oldest first."""
    taxes = tuple(_taxes(report))
    return _environment().get_template("report.html.j2").render(
        report=report, kinds={target.name: target.kind for target in report.targets},
        sections=tuple(_section(report, info) for info in report.suites if not _absent(report, info)),
        absent=tuple(info for info in report.suites if info.skipped),
        moved=tuple(row for row in taxes if row.main or row.verdict != "same"),
        unmoved=tuple(row for row in taxes if not row.main and row.verdict == "same"),
        tax_places={(row.target, row.policy) for row in taxes}, tax_axis=_tax_axis(report),
        tiles=tuple(_tiles(report, trend)), speed=tuple(_speed(report)),
        axis=charts.axis(PERCENT, TICKS, [f"{at:.0f}" for at in TICKS]), runs=len(trend) + 1,
    )


def _absent(report: Report, info: SuiteInfo) -> bool:
    return not any(each.suite == info.name for each in report.scores)


def _kind(report: Report, target: str) -> str:
    return next((each.kind for each in report.targets if each.name == target), "local")


def _section(report: Report, info: SuiteInfo) -> Section:
    mine = [each for each in report.scores if each.suite == info.name]
    rows = tuple(_row(report, name, [each for each in mine if each.metric == name]) for name in info.metrics
                 if any(each.metric == name for each in mine))
    worst = tuple(each for each in report.worst if each.suite == info.name)
    return Section(info, tuple(_keys(report, mine)), rows, tuple(_slices(report, info)), worst)


def _keys(report: Report, mine: Sequence[Score]) -> Iterator[tuple[str, str]]:
    names = dict.fromkeys((_kind(report, each.target), each.target) for each in mine)
    for kind in dict.fromkeys(kind for kind, _ in names):
        yield kind, "baselines" if kind == BASELINE else ", ".join(name for other, name in names if other == kind)


def _mark(report: Report, target: str, label: str, found: Estimate, unit: str) -> Mark:
    factor = 100 if unit == "share" else 1
    tip = f"{label}, {target}: {wording.estimate(found, unit)}, n = {found.n}"
    return Mark(_kind(report, target), found.value * factor, found.low * factor, found.high * factor, tip)


def _row(report: Report, name: str, mine: Sequence[Score]) -> Row:
    metric = report.metric(name)
    values = tuple(_value(report, each) for each in mine)
    marks = [_mark(report, each.target, name, each.estimate, metric.unit) for each in mine]
    chart = charts.intervals(marks, PERCENT, TICKS) if metric.unit in _DRAWN else Markup("")
    return Row(name, metric.about, values, chart)


def _value(report: Report, each: Score) -> Value:
    metric, change = report.metric(each.metric), each.change
    moved = wording.signed(change.value, metric.unit) if change else ""
    p = wording.probability(change.p_holm) if change else ""
    found = each.estimate
    return Value(each.target, _kind(report, each.target), wording.value(found.value, metric.unit),
                 wording.span(found.low, found.high, metric.unit), found.n, moved, p, wording.verdict(change, metric))


def _slices(report: Report, info: SuiteInfo) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """By slice: the suite's first metric that has slices; for a guard, what both kinds of text say."""
    found = [each for each in report.slices if each.suite == info.name]
    shown = [name for name in info.metrics if any(each.metric == name for each in found)]
    several = shown if info.metrics[0] not in shown else shown[:1]
    for metric in several:
        for name in dict.fromkeys(each.slice for each in found):
            mine = [each for each in found if each.metric == metric and each.slice == name]
            rows = tuple(_slice_row(report, value, [each for each in mine if each.value == value])
                         for value in dict.fromkeys(each.value for each in mine))
            if len(rows) > 1 and report.metric(metric).unit in _DRAWN:
                yield f"{metric} by {name}", rows


def _slice_row(report: Report, value: str, mine: Sequence[SliceScore]) -> Row:
    unit = report.metric(mine[0].metric).unit
    values = tuple(Value(each.target, _kind(report, each.target), wording.value(each.estimate.value, unit),
                         wording.span(each.estimate.low, each.estimate.high, unit), each.estimate.n) for each in mine)
    marks = [_mark(report, each.target, value, each.estimate, unit) for each in mine]
    return Row(value, "", values, charts.intervals(marks, PERCENT, TICKS))


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One line of what a gateway changes."""

    suite: str
    target: str
    policy: str
    metric: str
    before: str
    after: str
    moved: str
    span: str
    n: int
    p: str
    verdict: str
    chart: Markup
    main: bool


def _tax_scale(report: Report) -> Scale:
    widest = max((abs(end) * (100 if report.metric(each.metric).unit == "share" else 1) for each in report.taxes
                  for end in (each.change.low, each.change.high, each.change.value)
                  if report.metric(each.metric).unit in _DRAWN and not math.isnan(end)), default=1.0)
    edge = next((size for size in (1, 2, 5, 10, 20, 50, 100) if widest <= size), 100)
    return Scale(-float(edge), float(edge))


def _tax_axis(report: Report) -> Markup:
    scale = _tax_scale(report)
    return charts.axis(scale, (scale.low, 0.0, scale.high), (f"−{scale.high:.0f}", "0", f"+{scale.high:.0f}"))


def _taxes(report: Report) -> Iterator[TaxRow]:
    scale, seen = _tax_scale(report), set()
    for each in report.taxes:
        metric, change = report.metric(each.metric), each.change
        factor, word = 100 if metric.unit == "share" else 1, wording.verdict(change, metric)
        if metric.name == REFUSALS and word != "same":
            word = "moved"  # a refused attack is no loss and a refused question no gain: it depends on the suite
        moved, span = wording.signed(change.value, metric.unit), wording.span(change.low, change.high, metric.unit)
        mark = Mark(word, change.value * factor, change.low * factor, change.high * factor,
                    f"{each.suite} {each.metric}: {moved} {span}")
        yield TaxRow(each.suite, each.target, each.policy, each.metric, wording.value(change.before, metric.unit),
                     wording.value(change.after, metric.unit), moved, span, change.n,
                     wording.probability(change.p_holm), word,
                     charts.intervals([mark], scale, (scale.low, scale.high), zero=0.0),
                     (each.suite, each.target) not in seen)
        seen.add((each.suite, each.target))


@dataclass(frozen=True, slots=True)
class Tile:
    """One suite's main metric on each target, over the last runs. ``notes`` say what changed, one for each target.

    ``beside``: what the baselines have of it.
    """

    suite: str
    metrics: str
    values: tuple[Value, ...]
    notes: tuple[tuple[str, str], ...]
    chart: Markup
    beside: str


def _tiles(report: Report, earlier: Sequence[Report]) -> Iterator[Tile]:
    """The first metric that each suite has on each target; targets that share a metric share a chart."""
    for info in report.suites:
        targets = dict.fromkeys(each.target for each in report.scores
                                if each.suite == info.name and each.target not in BASELINES)
        main = [next(each for each in report.scores if (each.suite, each.target) == (info.name, target))
                for target in targets]
        if not main:
            continue
        lines = [_line(report, each, (*earlier, report)) for each in main
                 if report.metric(each.metric).unit == report.metric(main[0].metric).unit]
        yield Tile(info.name, " / ".join(dict.fromkeys(each.metric for each in main)),
                   tuple(_value(report, each) for each in main),
                   tuple((wording.verdict(each.change, report.metric(each.metric)),
                          _note(each.change, report.metric(each.metric).unit)) for each in main),
                   charts.trend(lines) if earlier else Markup(""), _beside(report, main[0]))


def _beside(report: Report, main: Score) -> str:
    unit = report.metric(main.metric).unit
    return ", ".join(f"{each.target} {wording.value(each.estimate.value, unit)}" for each in report.scores
                     if (each.suite, each.metric) == (main.suite, main.metric) and each.target in BASELINES)


def _line(report: Report, now: Score, runs: Sequence[Report]) -> charts.Line:
    points, tips, unit = [], [], report.metric(now.metric).unit
    for run in runs:
        found = next((each.estimate for each in run.scores if (each.suite, each.metric, each.target)
                      == (now.suite, now.metric, now.target)), None)
        points.append((found.value, found.low, found.high) if found else (math.nan, math.nan, math.nan))
        tips.append(f"{wording.moment(run.began)}, {now.target}: {wording.estimate(found, unit)}" if found else "")
    return charts.Line(_kind(report, now.target), tuple(points), tuple(tips))


def _note(change: Change | None, unit: str) -> str:
    """The change in words; nothing where there is nothing to say."""
    if change is None:
        return "first run"
    if change.value == 0:
        return "no change"
    return f"{wording.signed(change.value, unit)}, {wording.probability(change.p_holm)}"


def _speed(report: Report) -> Iterator[dict[str, Any]]:
    """A line for each suite and gateway (or direct target without one): what an answer takes and what is added."""
    times = {(each.suite, each.target, each.what, each.quantile): each.estimate for each in report.latencies}
    for suite in dict.fromkeys(each.suite for each in report.latencies):
        targets = dict.fromkeys(each.target for each in report.latencies if each.suite == suite)
        yield {"suite": suite,
               "answers": [(target, _kind(report, target), _quantiles(times, suite, target, "answer"))
                           for target in targets],
               "added": [_quantiles(times, suite, target, "added") for target in targets
                         if (suite, target, "added", 0.5) in times],
               "own": [_quantiles(times, suite, target, "own") for target in targets
                       if (suite, target, "own", 0.5) in times]}


def _quantiles(
    times: dict[tuple[str, str, str, float], Estimate], suite: str, target: str, what: str
) -> dict[str, Any]:
    middle, high = times[suite, target, what, 0.5], times[suite, target, what, 0.95]
    return {"median": wording.seconds(middle.value), "span": wording.time_span(middle.low, middle.high),
            "high": wording.seconds(high.value), "n": middle.n}
