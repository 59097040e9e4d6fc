"""``wardgate eval contamination`` and ``wardgate eval agree``: whether a suite and a judge can be believed.

Exit codes: 0 fine, 1 more contamination or less agreement than was asked for, 2 it could not be checked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from evals.cli.gate import share
from gateway.errors import ConfigError


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
    add_data(parser)


def contamination(options: argparse.Namespace) -> int:
    """A line a suite, and the names of contaminated samples; no text of theirs."""
    from evals.report import terminal
    from evals.session import load_suites
    from evals.statistics.results import plain
    from evals.verdicts.contamination import check, documents

    suites = load_suites(options.suites, options.suites_dir, data=options.data)
    found = check(suites, documents(options.corpus), options.n)
    over = [each for each in found if len(each.dirty) > options.most * max(1, len(each.overlaps))]
    if options.json:
        print(json.dumps([{**plain(each), "dirty": [one.sample for one in each.dirty]} for each in found]))
        return 1 if over else 0
    terminal.table("", ("suite", "samples", "too short", "contaminated", "the worst"), (
        (each.suite, str(each.samples), str(each.short), str(len(each.dirty)), ", ".join(
            f"{one.sample} ({100 * one.share:.0f} %, {one.document})" for one in each.dirty[:3])) for each in found))
    return 1 if over else 0


def add_data(parser: argparse.ArgumentParser) -> None:
    """Where the files of suites are that ship without them."""
    parser.add_argument("--data", action="append", default=[], metavar="DIR", help="a directory with the files of "
                        "suites that ship without them (repeatable; also $WARDGATE_EVAL_DATA)")


def add_agree(parser: argparse.ArgumentParser) -> None:
    """The options of ``wardgate eval agree``."""
    parser.add_argument("file", type=Path,
                        help='JSON Lines: {"id", "human", "judge"}; judge is null where it gave no label. With '
                        '--judge: {"id", "human", "claim", "answer", "source"}, or RefChecker\'s files')
    parser.add_argument("--refchecker", action="store_true", help="FILE is one of RefChecker's, or their folder")
    add_judge(parser)
    parser.add_argument("--said", type=Path, metavar="FILE", help="where the judge's answers are kept, and read again "
                        "from (default: in the store)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the first N claims")
    parser.add_argument("--cluster", default="", metavar="FIELD", help="what samples that are not independent share")
    parser.add_argument("--least", type=float, default=-1.0, metavar="KAPPA",
                        help="exit with 1 where the lower end of kappa's interval is below")
    parser.add_argument("--seed", type=int, default=20251125)


def add_judge(parser: argparse.ArgumentParser) -> None:
    """The options that name a judge."""
    parser.add_argument("--judge", default="", metavar="URL",
                        help="the base URL of a judge; its key is in WARDGATE_EVAL_KEY_JUDGE")
    parser.add_argument("--judge-model", default="", metavar="NAME",
                        help="its model (default: the first that it serves)")


def _judged(options: argparse.Namespace) -> tuple[Any, Any]:
    """The labels of a judge that is asked now, beside people's; and what came of the questions."""
    from evals import session
    from evals.verdicts import claims_file

    claims = claims_file.from_refchecker(options.file) if options.refchecker else claims_file.from_lines(
        options.file, options.cluster)
    claims = claims[: options.limit] if options.limit else claims
    judge = session.judge_of(options.judge, options.judge_model)
    if judge is None:
        raise ConfigError("--refchecker needs a judge", cure="name one with --judge URL")
    asked = claims_file.asks(claims, judge)
    replies = session.said(tuple(asked.values()), options.said or options.store / "judge-labels.jsonl")
    return claims_file.ratings(claims, asked, replies)


def agree(options: argparse.Namespace) -> int:
    """Agreement, kappa and alpha with intervals, and the confusion table."""
    from evals.report import terminal
    from evals.statistics.results import plain
    from evals.verdicts.agreement import agreement, read

    asking = options.judge or options.refchecker
    ratings, tally = _judged(options) if asking else (read(options.file, options.cluster), None)
    found = agreement(ratings, options.seed)
    states = dict(sorted((tally.states + tally.reasons).items())) if tally else {}
    code = 1 if not found.kappa_low >= options.least and options.least > -1 else 0
    if options.json:
        shares = {name: {label: plain(value) for label, value in of.items()}
                  for name, of in (("precision", found.precision), ("recall", found.recall))}
        print(json.dumps({**plain(found), **shares, **({"judgements": states} if states else {})}, allow_nan=False))
        return code
    counts = {(human, judge): count for human, judge, count in found.confusion}
    terminal.table("people (rows) and the judge (columns)", ("", *found.labels, "recall"), (
        (human, *(str(counts[human, judge]) for judge in found.labels), f"{found.recall[human]:.3f}")
        for human in found.labels))
    print(f"equal {100 * found.agree:.1f} % [{100 * found.agree_low:.1f}, {100 * found.agree_high:.1f}], "
          f"kappa {found.kappa:.3f} [{found.kappa_low:.3f}, {found.kappa_high:.3f}], alpha {found.alpha:.3f}, "
          f"n = {found.n}; no label: {found.unrated}")
    if states:
        print("judgements: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    return code

