"""``wardgate eval contamination`` and ``wardgate eval agree``: whether a suite and a judge can be believed.

Exit codes: 0 fine, 1 more contamination or less agreement than was asked for, 2 it could not be checked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from evals.cli.gate import share


def add_contamination(parser: argparse.ArgumentParser) -> None:
    """The options of ``wardgate eval contamination``."""
    parser.add_argument("suites", nargs="+", metavar="SUITE", help="names of suites or collections")
    parser.add_argument("--corpus", action="append", required=True, type=Path, metavar="PATH",
                        help="a text file, JSON Lines, or a folder of them (repeatable)")
    parser.add_argument("--n", type=int, default=13, help="words in an n-gram (default 13)")
    parser.add_argument("--most", type=share, default=0.01, metavar="SHARE",
                        help="contaminated samples that are accepted (default 0.01)")
    parser.add_argument("--suites-dir", action="append", default=[], metavar="DIR",
                        help="a further directory of suites")


def contamination(options: argparse.Namespace) -> int:
    """A line a suite, and the names of contaminated samples; no text of theirs."""
    from evals.report import terminal
    from evals.session import load_suites
    from evals.statistics.results import plain
    from evals.verdicts.contamination import check, documents

    found = check(load_suites(options.suites, options.suites_dir), documents(options.corpus), options.n)
    over = [each for each in found if len(each.dirty) > options.most * max(1, len(each.overlaps))]
    if options.json:
        print(json.dumps([{**plain(each), "dirty": [one.sample for one in each.dirty]} for each in found]))
        return 1 if over else 0
    terminal.table("", ("suite", "samples", "too short", "contaminated", "the worst"), (
        (each.suite, str(each.samples), str(each.short), str(len(each.dirty)), ", ".join(
            f"{one.sample} ({100 * one.share:.0f} %, {one.document})" for one in each.dirty[:3])) for each in found))
    return 1 if over else 0


def add_agree(parser: argparse.ArgumentParser) -> None:
    """The options of ``wardgate eval agree``."""
    parser.add_argument("file", type=Path,
                        help='JSON Lines: {"id", "human", "judge"}; judge is null where it gave no label')
    parser.add_argument("--cluster", default="", metavar="FIELD", help="what samples that are not independent share")
    parser.add_argument("--least", type=float, default=-1.0, metavar="KAPPA",
                        help="exit with 1 where the lower end of kappa's interval is below")
    parser.add_argument("--seed", type=int, default=20251125)


def agree(options: argparse.Namespace) -> int:
    """Agreement, kappa and alpha with intervals, and the confusion table."""
    from evals.report import terminal
    from evals.statistics.results import plain
    from evals.verdicts.agreement import agreement, read

    found = agreement(read(options.file, options.cluster), options.seed)
    code = 1 if not found.kappa_low >= options.least and options.least > -1 else 0
    if options.json:
        shares = {name: {label: plain(value) for label, value in of.items()}
                  for name, of in (("precision", found.precision), ("recall", found.recall))}
        print(json.dumps({**plain(found), **shares}, allow_nan=False))
        return code
    counts = {(human, judge): count for human, judge, count in found.confusion}
    terminal.table("people (rows) and the judge (columns)", ("", *found.labels, "recall"), (
        (human, *(str(counts[human, judge]) for judge in found.labels), f"{found.recall[human]:.3f}")
        for human in found.labels))
    print(f"equal {100 * found.agree:.1f} % [{100 * found.agree_low:.1f}, {100 * found.agree_high:.1f}], "
          f"kappa {found.kappa:.3f} [{found.kappa_low:.3f}, {found.kappa_high:.3f}], alpha {found.alpha:.3f}, "
          f"n = {found.n}; no label: {found.unrated}")
    return code

