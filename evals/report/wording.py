"""How numbers are written, the same in every report."""

from __future__ import annotations

import math
import time

from evals.statistics.results import Change, Estimate, MetricInfo, Score

SIGNIFICANT = 0.05


def value(number: float, unit: str) -> str:
    """``0.905`` as a share is ``90.5 %``; points have one digit, perplexities and bits three figures."""
    if math.isnan(number):
        return "–"
    if unit == "share":
        return f"{100 * number:.1f} %"
    if unit == "points":
        return f"{number:.1f}"
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"


def bare(number: float, unit: str) -> str:
    """The same without the unit's sign, for the ends of an interval."""
    return value(number, unit).removesuffix(" %")


def span(low: float, high: float, unit: str) -> str:
    """``[86.1, 93.6]``, or nothing where there is no interval."""
    return "" if math.isnan(low) else f"[{bare(low, unit)}, {bare(high, unit)}]".replace("-", "−")


def estimate(found: Estimate, unit: str) -> str:
    """``90.5 % [86.1, 93.6]``."""
    return f"{value(found.value, unit)} {span(found.low, found.high, unit)}".strip()


def signed(number: float, unit: str) -> str:
    """A difference with its sign; shares differ by percentage points."""
    if math.isnan(number):
        return "–"
    text = value(abs(number), unit).replace(" %", " pp")
    return f"±{text}" if _zero(text) else f"−{text}" if number < 0 else f"+{text}"


def smallest(found: Score, metric: MetricInfo) -> str:
    """The smallest drop that is seen: ``3.4 pp``; at best where no run before shows how much chance changes."""
    if math.isnan(found.sees):
        return "–"
    text = value(found.sees, metric.unit).replace(" %", " pp")
    return text if found.change else f"{text} at best"


def _zero(text: str) -> bool:
    return not any(digit in text for digit in "123456789")


def probability(p: float) -> str:
    """``p = 0.012``, ``p < 0.001``."""
    if math.isnan(p):
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def verdict(change: Change | None, metric: MetricInfo) -> str:
    """``better``, ``worse`` or ``same``: the corrected p-value alone decides; ``new`` without a run before."""
    if change is None:
        return "new"
    if not change.p_holm < SIGNIFICANT or change.value == 0:
        return "same"
    return "better" if (change.value > 0) == (metric.better == "higher") else "worse"


def seconds(number: float) -> str:
    """Milliseconds below one second."""
    if math.isnan(number):
        return "–"
    if number < 0:
        return f"−{seconds(-number)}"
    if number >= 1:
        return f"{number:.2f} s"
    return f"{1000 * number:.{1 if number < 0.1 else 0}f} ms"


def time_span(low: float, high: float) -> str:
    """``[0.6, 3.6] ms``."""
    if math.isnan(low):
        return ""
    factor, unit = (1000, "ms") if max(abs(low), abs(high)) < 1 else (1, "s")
    digits = 1 if max(abs(low), abs(high)) * factor < 100 else 0
    return f"[{low * factor:.{digits}f}, {high * factor:.{digits}f}] {unit}".replace("-", "−")


def duration(number: float) -> str:
    """``4 min 12 s``."""
    minutes, rest = divmod(round(number), 60)
    return f"{minutes} min {rest} s" if minutes else f"{number:.1f} s"


def moment(at: float) -> str:
    """UTC, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
