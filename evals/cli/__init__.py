"""``wardgate eval …``: run, score, report, compare, gate, list, export, nightly; the work is in ``evals.session``.

Exit codes: 0 fine, 1 an incomplete run or a closed gate, 2 a wrong command line, suite or target, 130 interrupted.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from evals.cli import asking, checks, files, gate, guards, stored

STORE = Path(".wardgate") / "evals"
_SUITES = "a further directory of suites; its suites replace shipped ones of the same name (repeatable)"


def add_commands(subparsers: Any) -> None:
    """Registers ``wardgate eval``."""
    top = subparsers.add_parser("eval", help="score a model, a gateway and what the gateway costs")
    commands = top.add_subparsers(dest="eval_command", metavar="COMMAND", required=True)
    _asking(_add(commands, "run", asking.run, "ask and score suites; without a target the embedded model "
                 "and its gateway"))
    nightly_parser = _add(commands, "nightly", asking.nightly, "run the collection `nightly` and remove old runs")
    _asking(nightly_parser)
    nightly_parser.add_argument("--keep", type=_positive, default=90, help="complete runs to keep (default 90)")
    merging = _add(commands, "merge", asking.merge, "make one run of all its shards")
    merging.add_argument("shards", nargs="+", metavar="RUN", help="names, or directories from other machines")
    merging.add_argument("--max-failures", type=_share, default=0.01, metavar="SHARE",
                         help="failed samples that a complete run may have (default 0.01)")
    _exports(merging)
    scoring = _add(commands, "score", stored.score, "score a run's journal again, or predictions in files; asks nobody")
    _named_run(scoring)
    files.add_options(scoring)
    _named_run(_add(commands, "report", stored.report, "where a run's reports are; makes the HTML and Markdown again"))
    exporting = _add(commands, "export", stored.export_run, "write a run's values for Prometheus")
    _named_run(exporting)
    _exports(exporting)
    comparing = _add(commands, "compare", stored.compare, "two runs on the samples that both have")
    comparing.add_argument("before", help="a run's name")
    comparing.add_argument("after", nargs="?", default="latest", help="a run's name (default: the newest)")
    gate.add_options(_add(commands, "gate", gate.gate, "whether a run fell below a baseline: the exit code"))
    checks.add_contamination(_add(commands, "contamination", checks.contamination,
                                      "how much of a suite stands in the training text"))
    checks.add_agree(_add(commands, "agree", checks.agree, "how far a judge's labels are people's"))
    guards.add_options(_add(commands, "guards", guards.guards, "the report card of guards on frozen texts"))
    _add(commands, "list", stored.list_all, "suites, collections, metrics and runs").add_argument(
        "--suites-dir", action="append", default=[], metavar="DIR", help=_SUITES)


def _add(commands: Any, name: str, command: Any, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.add_argument("--store", type=Path, default=STORE, help=f"where runs lie (default {STORE})")
    parser.add_argument("--database", default="", metavar="URL", help="sqlite:///PATH or postgresql://…, where the "
                        "numbers of all runs are (default: $WARDGATE_EVAL_DATABASE, or runs.db in the store)")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(func=_with_extra(command))
    return parser


def _asking(parser: argparse.ArgumentParser) -> None:
    if parser.prog.endswith("run"):
        parser.add_argument("suites", nargs="+", metavar="SUITE",
                            help="names of suites or collections, or a suite's file (faq.yaml)")
    parser.add_argument("--target", action="append", default=[], metavar="NAME=URL",
                        help="a base URL to ask; gateway and gateway-… are gateways, any other a model (repeatable)")
    parser.add_argument("--targets", type=Path, metavar="FILE", help="targets.yaml, with keys as ${NAME}")
    checks.add_judge(parser)
    parser.add_argument("--running", action="store_true", help="ask the `wardgate up` that runs here")
    parser.add_argument("--model", default="", help="the model's name (default: the first that a target serves)")
    parser.add_argument("--policies", action="append", default=[], metavar="[NAME=]DIR",
                        help="policies of the embedded gateway (default: the shipped ones); of another one beside it, "
                        "named gateway-NAME, to compare what policies cost (repeatable)")
    parser.add_argument("--suites-dir", action="append", default=[], metavar="DIR", help=_SUITES)
    checks.add_data(parser)
    parser.add_argument("--concurrency", type=_positive, default=8,
                        help="questions at a time at most; fewer where the server pushes back (default 8)")
    parser.add_argument("--rate", type=_rate, default=0.0, metavar="N", help="requests a minute to each target at most")
    parser.add_argument("--cache", action="store_true", help="take answers of a model at temperature 0 from earlier "
                        "runs that asked the very same; a gateway is always asked")
    parser.add_argument("--limit", type=_positive, default=0, metavar="N", help="the first N samples of each suite")
    parser.add_argument("--attempts", type=_positive, default=5, help="attempts for each question (default 5)")
    parser.add_argument("--timeout", type=_seconds, default=120.0, help="seconds for an answer (default 120)")
    parser.add_argument("--seed", type=_natural, default=20251125, help="of intervals and permutations")
    parser.add_argument("--max-failures", type=_share, default=0.01, metavar="SHARE",
                        help="failed samples that a complete run may have (default 0.01)")
    parser.add_argument("--resume", nargs="?", const="unfinished", default="", metavar="RUN",
                        help="go on with this run, or the newest unfinished one; a new one if there is none")
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: ask failed samples once more")
    parser.add_argument("--shard", type=_shard, default="", metavar="I/N",
                        help="ask only the I-th of N equal parts; `wardgate eval merge` makes one run of all")
    parser.add_argument("--engine", choices=["ray"], default="", help="ask from many machines: a Ray cluster "
                        "(RAY_ADDRESS, or one on this machine); needs the extra ray")
    parser.add_argument("--shards", type=_positive, default=0, metavar="N",
                        help="with --engine ray: workers (default: its CPUs)")
    _exports(parser)


def _shard(text: str) -> str:
    from evals.run.plan import Shard

    try:
        return str(Shard.parse(text)) if text else ""
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _exports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prometheus", type=Path, metavar="DIR", help="where the textfiles go (default: the store)")
    parser.add_argument("--pushgateway", default="", metavar="URL", help="push the values there, too")


def _named_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", default="latest", help="a run's name (default: the newest)")


def _positive(text: str) -> int:
    return int(_number(text, 1, words="a whole number, 1 or more", whole=True))


def _natural(text: str) -> int:
    return int(_number(text, 0, words="a whole number, 0 or more", whole=True))


def _rate(text: str) -> float:
    return _number(text, 0, words="a number of requests a minute; 0 is no bound")


def _seconds(text: str) -> float:
    return _number(text, 0.001, words="a number of seconds above 0")


def _share(text: str) -> float:
    return _number(text, 0, 1, words="a share from 0 to 1")


def _number(text: str, low: float, high: float = math.inf, *, words: str, whole: bool = False) -> float:
    """The number that ``text`` says, if it is finite and lies between the two; else argparse's error."""
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if not low <= number <= high or number == math.inf:
        raise argparse.ArgumentTypeError(f"must be {words}")
    return number


def _with_extra(command: Any) -> Any:
    """Says which extra is missing instead of a traceback."""
    def guarded(options: argparse.Namespace) -> int:
        try:
            return int(command(options))
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] in ("gateway", "evals", "model_server"):
                raise
            print(f"wardgate eval: needs '{error.name}': pip install 'wardgate[evals]'", file=sys.stderr)
        except OSError as error:
            print(f"wardgate eval: {error.filename or options.store}: {error.strerror or error}", file=sys.stderr)
        return 2

    return guarded
