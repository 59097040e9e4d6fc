"""``wardgate eval gate``: the exit code that a release waits for.

Exit codes: 0 open, 1 closed, 2 it could not be judged.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``wardgate eval gate``."""
    parser.add_argument("run", nargs="?", default="latest", help="the run to judge (default: the newest)")
    parser.add_argument("--baseline", required=True, metavar="RUN", help="a complete run's name, or its directory")
    parser.add_argument("--alpha", type=share, default=0.05, metavar="SHARE",
                        help="false alarms that the whole gate may raise (default 0.05)")
    parser.add_argument("--min-n", type=int, default=30, metavar="N",
                        help="independent samples that a check needs (default 30)")
    parser.add_argument("--metric", action="append", default=[], metavar="NAME",
                        help="a metric to check, wherever a suite has it (repeatable; default: each suite's first)")
    parser.add_argument("--allow-absent", action="store_true",
                        help="stay open where the run lacks a suite, a target or an edition of the baseline")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the verdict as JUnit XML")


def share(text: str) -> float:
    """A number above 0 and below 1."""
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError("must be above 0 and below 1")
    return number


def gate(options: argparse.Namespace) -> int:
    """Judges a run against its baseline and says why."""
    from evals.report import terminal, verdict
    from evals.statistics.results import plain
    from evals.store.runs import Store, write_private
    from evals.verdicts.gate import Rule, judge

    store = Store(options.store)
    rule = Rule(options.alpha, options.min_n, tuple(dict.fromkeys(options.metric)), options.allow_absent)
    found = judge(store.find(options.baseline), store.find(options.run), rule)
    if options.junit:
        options.junit.parent.mkdir(parents=True, exist_ok=True)
        write_private(options.junit, verdict.junit(found), 0o644)
    if options.json:
        print(json.dumps({**plain(found), "open": found.is_open, "why": verdict.sentence(found)}, allow_nan=False))
    else:
        terminal.table(f"{found.baseline} → {found.run}", verdict.HEAD, verdict.rows(found))
        print(verdict.sentence(found), file=sys.stdout if found.is_open else sys.stderr)
    return 0 if found.is_open else 1

