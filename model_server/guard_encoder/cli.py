"""`wardgate model train-guards`: remakes the detectors' encoder, from the public sets to the shipped directory."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

STAGES = ("train", "export", "evaluate")
TOPICS, CURVES = "topics", "curves"
"""Stages for weights that are there: only how topics, or the heads' scores, are read is chosen anew."""


def train_guards(arguments: argparse.Namespace) -> int:
    """Trains the detectors' encoder, chooses its thresholds on development families, exports and scores it."""
    import torch

    from model_server.guard_encoder import train
    from model_server.guard_encoder.data.overlap import frozen

    torch.set_num_threads(arguments.threads)
    work: Path = arguments.work / "guards"
    checkpoint = work / _called(arguments.seed) / "finished.pt"
    directory: Path = arguments.out or checkpoint.with_name("weights")
    if "train" in arguments.stages:
        checkpoint = train.train(arguments.guards, work, arguments.seed, frozen(arguments.suites),
                                 lambda entry: print(json.dumps(entry)), arguments.steps, arguments.first,
                                 arguments.begin, reserve=not arguments.held_out)
    if "export" in arguments.stages:
        _export(arguments, checkpoint, directory)
    if TOPICS in arguments.stages:
        _topics(arguments, directory)
    if CURVES in arguments.stages:
        _curves(arguments, directory)
    if "evaluate" in arguments.stages:
        from gateway.detectors.encoder import Encoder
        from model_server.guard_encoder.evaluate import everything

        found = everything(Encoder(directory), arguments.guards, arguments.suites)
        (checkpoint.parent / "scores.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(found))
    return 0


def _called(seeds: list[int]) -> str:
    return f"seed-{'-'.join(map(str, seeds))}"


def _export(arguments: argparse.Namespace, checkpoint: Path, directory: Path) -> None:
    import numpy as np

    from gateway.detectors.encoder import Encoder
    from model_server.guard_encoder import calibrate, export, recipe

    export.export(checkpoint, directory)
    encoder = Encoder(directory)
    np.savez_compressed(directory / "background.npz", **calibrate.background(encoder, arguments.guards))
    people = recipe.people_kept_back(arguments.guards, calibrate.PEOPLE_SEED, calibrate.PEOPLE)
    found = calibrate.calibration(encoder, arguments.guards, arguments.evals, people)
    export.write_calibration(directory, found)
    print(json.dumps(found))


def _topics(arguments: argparse.Namespace, directory: Path) -> None:
    from gateway.detectors.encoder import Encoder
    from model_server.guard_encoder import calibrate

    _write(directory, {"topic": calibrate.topic_reading(Encoder(directory), arguments.guards)})


def _curves(arguments: argparse.Namespace, directory: Path) -> None:
    from gateway.detectors.encoder import Encoder
    from model_server.guard_encoder import calibrate

    _write(directory, calibrate.score_curves(Encoder(directory), arguments.guards, arguments.evals))


def _write(directory: Path, parts: dict[str, Any]) -> None:
    """Puts ``parts`` in the place of the same ones of the calibration that is there."""
    from model_server.guard_encoder import export

    known = json.loads((directory / "calibration.json").read_text(encoding="utf-8")) | parts
    export.write_calibration(directory, {name: value for name, value in known.items() if name != "files"})
    print(json.dumps(parts))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--guards", type=Path, required=True, help="directory of the public sets for guards")
    parser.add_argument("--evals", type=Path, required=True, help="directory of gsm8k and xquad_en, for development")
    parser.add_argument("--suites", type=Path, default=Path("evals/suites/guards"), help="directory of the frozen sets")
    parser.add_argument("--out", type=Path, help="where to write the weights (default: beside the run)")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="of several, their weights' mean is taken")
    parser.add_argument("--steps", type=int, default=4400, help="with all heads, about 4,096 tokens each")
    parser.add_argument("--first", type=int, default=300, help="steps before that, on the teacher's vectors alone")
    parser.add_argument("--begin", type=Path, help="an exported encoder to go on from (default: the teacher)")
    parser.add_argument("--held-out", action="store_true",
                        help="without the families of attacks that the frozen sets hold: for figures")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--stages", nargs="+", choices=(*STAGES, TOPICS, CURVES), default=list(STAGES),
                        help=f"what is done; {TOPICS} and {CURVES}, alone, choose anew how topics and scores are read, "
                             "with weights of --out")
