"""`wardgate model …`: the commands of the model side, mounted by the gateway's command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from model_server import embedded
from model_server.documents import COMPANY
from model_server.guard_encoder import cli as guard_encoder
from model_server.vllm import options

WORK = Path(".wardgate") / "model"
MODELS = Path(__file__).parent / "models"
SUITE = Path("evals") / "suites" / "company" / "templates_heldout.jsonl"
Subparsers = Any  # argparse keeps the type of add_subparsers' result to itself


def prepare(arguments: argparse.Namespace) -> int:
    """Documents and wordings in, a versioned corpus and tokenizer out."""
    from model_server.corpus import prepare as prepare_corpus
    from model_server.corpus import summary

    corpus = prepare_corpus(arguments.work / "corpus", arguments.suite, arguments.company)
    counts = {"version": corpus.version, "vocabulary": corpus.tokenizer.get_vocab_size(), **summary(corpus.company)}
    _show(arguments, counts)
    return 0


def train(arguments: argparse.Namespace) -> int:
    """Trains one seed; a run that was cut off goes on where it was."""
    import torch

    from model_server.corpus import load_corpus
    from model_server.train import Plan
    from model_server.train import train as train_seed

    torch.set_num_threads(arguments.threads)
    corpus = load_corpus(arguments.work / "corpus", arguments.company)
    plan = Plan(seed=arguments.seed, steps=arguments.steps)
    columns = (TextColumn("seed {task.fields[seed]}"), BarColumn(), TextColumn("{task.completed}/{task.total} steps"))
    text = TextColumn("loss {task.fields[loss]:.3f} · {task.fields[rate]} tokens/s")
    with Progress(*columns, text, TimeElapsedColumn(), TimeRemainingColumn(), disable=arguments.json) as bar:
        task = bar.add_task("train", total=plan.all_steps, seed=plan.seed, loss=float("nan"), rate=0)

        def report(entry: dict[str, Any]) -> None:
            rate, loss = entry["tokens_per_second"], entry["loss"]
            bar.update(task, completed=entry["step"], loss=loss, rate=rate)
            if arguments.json:
                print(json.dumps(entry), flush=True)

        train_seed(corpus, plan, _run_dir(arguments), report, compile_model=not arguments.no_compile)
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Writes a trained seed as a model directory that vLLM, transformers and the embedded engine load."""
    from model_server.export import export as export_model
    from model_server.train import Run

    run = Run.load(_run_dir(arguments) / "checkpoint.pt")
    directory = arguments.out or arguments.work / f"seed-{arguments.seed}" / "model"
    export_model(run.averaged(), run.shape, arguments.work / "corpus", directory, arguments.dtype)
    _show(arguments, {"model": str(directory), "steps": run.step, "dtype": arguments.dtype})
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    """Scores a model on the validation wordings and the frozen question sets."""
    from model_server.evaluate import evaluate as score

    shares = score(arguments.model, arguments.suites, arguments.details)
    if arguments.save:
        arguments.save.parent.mkdir(parents=True, exist_ok=True)
        scores = {name: [share.hits, share.n] for name, share in shares.items()}
        arguments.save.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps({name: {"hits": s.hits, "n": s.n, "interval": s.interval} for name, s in shares.items()}))
    else:
        for name, share in shares.items():
            print(f"{name:26} {share}")
    return 0


def card(arguments: argparse.Namespace) -> int:
    """Writes the model card from the runs' journals and scores."""
    from model_server.card import write_card

    print(write_card(arguments.work, arguments.out, arguments.chosen))
    return 0


def serve(arguments: argparse.Namespace) -> int:
    """Serves a model on onnxruntime, or in vLLM, which gets an environment of its own at the first start."""
    if arguments.engine == "vllm":
        from model_server.vllm.serve import run as run_vllm

        return run_vllm(arguments)
    flag = options.misplaced(arguments)
    if flag is not None:
        print(f"error: {flag}: the embedded engine has no such option; add --engine vllm", file=sys.stderr)
        return 2
    return embedded.run(arguments)


def list_models(arguments: argparse.Namespace) -> int:
    """The exported models at hand, with their size."""
    found = sorted({*MODELS.glob("*/config.json"), *arguments.work.glob("*/model/config.json")})
    rows = []
    for path in found:
        size = sum(file.stat().st_size for file in path.parent.iterdir() if file.is_file())
        shape = json.loads(path.read_text(encoding="utf-8"))
        layers = f"{shape['num_hidden_layers']} × {shape['hidden_size']}"
        rows.append({"path": str(path.parent), "megabytes": round(size / 1e6, 1), "shape": layers})
    if arguments.json:
        print(json.dumps(rows))
    for row in () if arguments.json else rows:
        print(f"{row['path']}  {row['megabytes']} MB  {row['shape']}")
    return 0


def _run_dir(arguments: argparse.Namespace) -> Path:
    directory: Path = arguments.work / f"seed-{arguments.seed}"
    return directory


def _show(arguments: argparse.Namespace, values: dict[str, Any]) -> None:
    if arguments.json:
        print(json.dumps(values))
        return
    for name, value in values.items():
        print(f"{name}: {value}")


def _guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Turns bad input and a missing extra into one clear line and exit code 2."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            return command(arguments)
        except ModuleNotFoundError as error:
            print(f"error: {error.name} is not installed: pip install 'wardgate[train]'", file=sys.stderr)
        except (ValueError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
        return 2

    return run


def add_commands(subparsers: Subparsers) -> None:
    """Registers `wardgate model` with prepare, train, export, evaluate, card, train-guards, serve and list."""
    model = subparsers.add_parser("model", help="prepare, train, export, evaluate and serve the custom model")
    commands = model.add_subparsers(dest="model_command", metavar="COMMAND", required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        summary = (command.__doc__ or "").splitlines()[0]
        parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
        parser.add_argument("--work", type=Path, default=WORK, help=f"where corpora and runs lie (default {WORK})")
        parser.add_argument("--json", action="store_true", help="machine-readable output")
        parser.set_defaults(func=_guarded(command))
        return parser

    for name, command in (("prepare", prepare), ("train", train)):
        add(name, command).add_argument("--company", type=Path, default=COMPANY, help="documents, facts and wordings")
    commands.choices["prepare"].add_argument("--suite", type=Path, default=SUITE, help="held-out templates go here")
    training = commands.choices["train"]
    training.add_argument("--steps", type=int, default=1800, help="about 2,048 tokens each")
    training.add_argument("--threads", type=int, default=2)
    training.add_argument("--no-compile", action="store_true", help="do not use torch.compile")
    exporting = add("export", export)
    exporting.add_argument("--out", type=Path, help="model directory (default: inside the run)")
    exporting.add_argument("--dtype", choices=("float16", "bfloat16", "float32"), default="float16")
    for parser in (training, exporting):
        parser.add_argument("--seed", type=int, default=1)
    evaluating = add("evaluate", evaluate)
    evaluating.add_argument("--model", type=Path, default=embedded.DEFAULT_MODEL)
    evaluating.add_argument("--suites", type=Path, default=SUITE.parent, help="directory of the frozen sets")
    evaluating.add_argument("--details", type=Path, help="write each answer here, as JSON Lines")
    evaluating.add_argument("--save", type=Path, help="write hits and counts here, for the model card")
    carding = add("card", card)
    carding.add_argument("--out", type=Path, default=embedded.DEFAULT_MODEL / "README.md")
    carding.add_argument("--chosen", type=int, required=True, help="the seed that is shipped")
    guard_encoder.add_arguments(add("train-guards", guard_encoder.train_guards))
    add("list", list_models)
    serving = commands.add_parser("serve", help=serve.__doc__, description=serve.__doc__)
    serving.add_argument("--engine", choices=("embedded", "vllm"), default="embedded", help="default embedded")
    embedded.add_arguments(serving)
    options.add_arguments(serving)
    serving.set_defaults(func=serve)
