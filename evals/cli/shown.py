"""A run's numbers on the terminal, or as JSON for a script."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def show(options: argparse.Namespace, store: Any, found: Any) -> None:
    from evals.report import terminal, wording
    from evals.statistics.results import to_json

    here = store.root / "runs" / found.run
    if options.json:
        print(json.dumps(to_json(found), allow_nan=False))
        return
    rows = []
    for each in found.scores:
        unit, change = found.metric(each.metric).unit, each.change
        rows.append((each.suite, each.target, each.metric, wording.estimate(each.estimate, unit), str(each.estimate.n),
                     wording.signed(change.value, unit) if change else "",
                     wording.probability(change.p_holm) if change else ""))
    terminal.table(found.run, ("suite", "target", "metric", "value [95 %]", "n", "change", "p"), rows)
    for metric in found.metrics:
        if metric.signature:
            print(f"{metric.name}: {metric.signature}")
    for problem in found.problems:
        print(f"INCOMPLETE: {problem}", file=sys.stderr)
    print(f"{here / 'report.html'}")
