"""``wardgate eval score --predictions …``: scores files, with no model and no run; JSON to standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import ConfigError

if TYPE_CHECKING:
    from evals.metrics.registry import Item


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that make ``score`` read files instead of a run."""
    files = parser.add_argument_group("to score files instead of a run (- reads standard input)")
    files.add_argument("--predictions", metavar="FILE", help='JSON lines: {"prediction": "…", "references": ["…"]}')
    files.add_argument("--logprobs", metavar="FILE", help='JSON lines: {"logprobs": [-0.5, …], "text": "…"}')
    files.add_argument("--run", dest="run_file", metavar="FILE", help="a ranking in TREC's format, with --qrels")
    files.add_argument("--qrels", metavar="FILE", help="its judgements in TREC's format")
    files.add_argument("--metrics", metavar="A,B,…", help="for instance rouge1,bleu,em,f1 or mrr,ndcg@10")
    files.add_argument("--stemmer", action="store_true", help="ROUGE with the Porter stemmer")
    files.add_argument("--all-queries", action="store_true", help="queries without results count as 0 (trec_eval -c)")
    files.add_argument("--resamples", type=_at_least(10), default=1000, help="of the bootstrap (default 1000)")
    files.add_argument("--seed", type=_at_least(0), default=12345, help="of the bootstrap (default 12345, sacrebleu's)")
    files.add_argument("--no-items", action="store_true", help="leave the numbers of single samples out")
    files.add_argument("--output", type=Path, metavar="FILE", help="write the JSON there instead")


def _at_least(least: int) -> type[int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return value

    return number  # type: ignore[return-value]  # argparse names the type in its errors by the function's name


def reads_files(options: argparse.Namespace) -> bool:
    """Whether one of the options above that name a file was given."""
    return any((options.predictions, options.logprobs, options.run_file, options.qrels))


def score_files(options: argparse.Namespace) -> int:
    """Exit code 0, or 2 through ConfigError."""
    import orjson

    from evals.scoring import file_input as scoring_input
    from evals.scoring import files as scoring

    kind, path = _given(options)
    names = [name for each in (options.metrics or "").split(",") if (name := each.strip())]
    if options.metrics is not None and not names:
        raise ConfigError("names no metric", field="--metrics", cure=f"valid here: {', '.join(scoring.KNOWN[kind])}")
    asked = scoring.choose(names, kind, stemmer=options.stemmer)
    metrics = [each.metric for each in asked]
    extra: dict[str, object] = {}
    items: Iterable[Item]
    if kind == "run":
        ranked, queries = scoring_input.rankings(path, options.qrels, all_queries=options.all_queries)
        items = ranked
        extra["queries"] = {"scored": queries.scored, "without_results": queries.without_results,
                            "without_judgements": queries.without_judgements}
    else:
        read = scoring_input.predictions if kind == "predictions" else scoring_input.likelihoods
        items = read(path, metrics)
    result = scoring.score(items, asked, seed=options.seed, draws=options.resamples, with_items=not options.no_items,
                           file=path)
    text = orjson.dumps(extra | result) + b"\n"
    if options.output:
        options.output.write_bytes(text)
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    return 0


def _given(options: argparse.Namespace) -> tuple[str, str]:
    """Which kind of input, and its file; raises ConfigError unless it is exactly one."""
    found: Sequence[tuple[str, str]] = [(kind, path) for kind, path in (
        ("predictions", options.predictions), ("logprobs", options.logprobs), ("run", options.run_file)) if path]
    if len(found) != 1:
        raise ConfigError("one of --predictions, --logprobs and --run is wanted", cure="score each file on its own")
    if (found[0][0] == "run") != bool(options.qrels):
        raise ConfigError("--run and --qrels go together", cure="name both files")
    if options.run_file == options.qrels == "-":
        raise ConfigError("only one file can come from standard input", field="--qrels", cure="name the other")
    return found[0]
