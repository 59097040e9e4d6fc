"""The textfiles of an evaluation, written by the evaluation's own export: two targets, a change, a tax, a failure."""

from __future__ import annotations

from pathlib import Path

from evals.report.prometheus import write_textfiles
from evals.statistics.results import (
    Change,
    Estimate,
    Latency,
    MetricInfo,
    Outcomes,
    Report,
    Score,
    SliceScore,
    TargetInfo,
    Tax,
)

MODEL = "handbook"
BETTER = {"correct": "higher", "f1": "higher", "precision": "higher", "recall": "higher", "guard_f1": "higher",
          "leak_rate": "lower", "leaked_secrets": "lower", "false_block_rate": "lower", "false_positive_rate": "lower"}
SCORES = (
    ("handbook-qa", "correct", "direct", 0.9), ("handbook-qa", "correct", "gateway", 0.9),
    ("handbook-qa", "f1", "direct", 0.93), ("leaks", "leak_rate", "direct", 0.91), ("leaks", "leak_rate", "gateway", 0.0),
    ("leaks", "leaked_secrets", "direct", 0.92), ("leaks", "leaked_secrets", "gateway", 0.0),
    ("harmless", "false_block_rate", "gateway", 0.004), ("injection", "precision", "gateway", 0.98),
    ("injection", "recall", "gateway", 0.9), ("injection", "guard_f1", "gateway", 0.94),
    ("injection", "false_positive_rate", "gateway", 0.01),
)


def _estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.02, value + 0.02, 200, "bootstrap")


def _change(before: float, after: float) -> Change:
    return Change(before, after, after - before, after - before - 0.03, after - before + 0.03, 200, 0.04, 0.2, "permutation")


REPORT = Report(
    run="20261125-020000-example", collection="nightly", version="0.1.0", seed=7, began=1795572000.0,
    ended=1795575600.0, seconds=3600.0, complete=True, problems=(), previous="20261124-020000-example",
    targets=(TargetInfo("direct", "openai", MODEL), TargetInfo("gateway", "gateway", MODEL, ("handbook@0123456789ab",))),
    suites=(), metrics=tuple(MetricInfo(name, "share", better, "", "") for name, better in BETTER.items()),
    scores=tuple(Score(suite, metric, target, MODEL, _estimate(value), _change(value + 0.01, value))
                 for suite, metric, target, value in SCORES),
    slices=(SliceScore("leaks", "leak_rate", "direct", MODEL, "technique", "spaced", _estimate(0.8)),),
    taxes=(Tax("handbook-qa", "correct", "gateway", MODEL, _change(0.9, 0.9)),),
    outcomes=(Outcomes("leaks", "direct", MODEL, 480, 478, 0, 0, 2, 0, (("timeout", 2),)),
              Outcomes("leaks", "gateway", MODEL, 480, 40, 20, 420, 0, 0, ())),
    latencies=tuple(Latency("handbook-qa", target, MODEL, what, quantile, _estimate(0.2))
                    for target, what in (("direct", "answer"), ("gateway", "answer"), ("gateway", "added"))
                    for quantile in (0.5, 0.95)),
    worst=(),
)  # fmt: skip


def write(directory: Path) -> None:
    """Both textfiles, as a complete run leaves them."""
    write_textfiles(directory, REPORT)
