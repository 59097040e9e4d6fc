"""Small charts as inline SVG: no script, no library, no network.

Positions are percentages of the drawing's width, so a chart fills whatever column it stands in and its text, which is
HTML beside it, keeps its size on a narrow screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

LINE = 21
"""Pixels from one mark to the next: the height of a line of text, as the values stand beside their marks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval, in the unit of the scale. ``series`` is a CSS class, ``tip`` what hovering shows."""

    series: str
    value: float
    low: float
    high: float
    tip: str


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` at the left edge to ``high`` at the right one, with some room at both."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Percent of the width."""
        inside = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(2 + 96 * inside, 2)


def intervals(marks: Sequence[Mark], scale: Scale, ticks: Sequence[float], *, zero: float | None = None) -> Markup:
    """Dots with their intervals on one line each, over hairlines at ``ticks`` and a stronger one at ``zero``."""
    height = LINE * len(marks)
    drawn = [("tick", at) for at in ticks] + ([("zero", zero)] if zero is not None else [])
    lines = [f'<line class="{name}" x1="{scale.place(at)}%" x2="{scale.place(at)}%" y1="0" y2="{height}"/>'
             for name, at in drawn]
    for row, mark in enumerate(marks):
        if math.isnan(mark.value):
            continue
        y, shape = LINE * row + LINE / 2, [f"<title>{escape(mark.tip)}</title>"]
        if not math.isnan(mark.low):
            left, right = scale.place(mark.low), scale.place(mark.high)
            shape.append(f'<line x1="{left}%" x2="{right}%" y1="{y}" y2="{y}"/>')
        shape.append(f'<circle cx="{scale.place(mark.value)}%" cy="{y}" r="4"/>')
        lines.append(f'<g class="mark {escape(mark.series)}">{"".join(shape)}</g>')
    return _svg(height, "".join(lines), "; ".join(mark.tip for mark in marks))


def axis(scale: Scale, ticks: Sequence[float], labels: Sequence[str]) -> Markup:
    """The labels of a scale, for the head of a column of charts."""
    words = []
    for at, label in zip(ticks, labels, strict=True):
        place = scale.place(at)
        anchor = "start" if place < 10 else "end" if place > 90 else "middle"
        words.append(f'<text x="{place}%" y="11" text-anchor="{anchor}">{escape(label)}</text>')
    return _svg(14, "".join(words), "")


@dataclass(frozen=True, slots=True)
class Line:
    """(value, low, high) of successive runs, NaN where a run has none, and what hovering over each says."""

    series: str
    points: tuple[tuple[float, float, float], ...]
    tips: tuple[str, ...]


def trend(lines: Sequence[Line]) -> Markup:
    """Lines through equally spaced runs, all on one scale, with their intervals as bands."""
    known = [number for line in lines for point in line.points for number in point if not math.isnan(number)]
    if not known:
        return Markup("")
    pad = (max(known) - min(known)) * 0.08 or abs(max(known)) * 0.02 or 0.5
    low, high = min(known) - pad, max(known) + pad
    shapes, dots = [], []
    for line in lines:
        last = len(line.points) - 1
        places = [(3 + 94 * at / last if last else 50.0, at) for at in range(last + 1)]
        valued = [(x, at, [60 * (high - number) / (high - low) for number in line.points[at]])
                  for x, at in places if not math.isnan(line.points[at][0])]
        spanned = [(x, ends) for x, _, (_, *ends) in valued if not math.isnan(ends[0])]
        band = " ".join([*(f"{x:.2f},{top:.2f}" for x, (_, top) in spanned),
                         *(f"{x:.2f},{bottom:.2f}" for x, (bottom, _) in reversed(spanned))])
        through = " ".join(f"{x:.2f},{y:.2f}" for x, _, (y, *_) in valued)
        shapes.append(f'<g class="{escape(line.series)}"><polygon class="band" points="{band}"/>'
                      f'<polyline class="line" points="{through}"/></g>')
        dots += [f'<circle class="{escape(line.series)}" cx="{x:.2f}%" cy="{y:.2f}" r="{4 if at == last else 2.5}">'
                 f"<title>{escape(line.tips[at])}</title></circle>" for x, at, (y, *_) in valued]
    inner = f'<svg viewBox="0 0 100 60" width="100%" height="60" preserveAspectRatio="none">{"".join(shapes)}</svg>'
    label = "; ".join(tip for line in lines for tip in line.tips if tip)
    return _svg(60, f'{inner}<g class="dots">{"".join(dots)}</g>', label)


def _svg(height: int, inside: str, label: str) -> Markup:
    about = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    return Markup(f'<svg class="chart" width="100%" height="{height}"{about}>{inside}</svg>')  # noqa: S704  # escaped above
