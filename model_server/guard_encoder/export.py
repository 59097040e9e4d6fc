"""Writes a trained encoder into the directory that the gateway reads: graph, tokenizer and calibration."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnx import checker
from torch import Tensor

from model_server.guard_encoder.graph import Array, EncoderGraph
from model_server.guard_encoder.student import HEADS, LAYERS, SCORES, TAGS
from model_server.guard_encoder.teacher import package_dir

UNCALIBRATED: dict[str, Any] = {
    "scores": {name: [-8.0, -1.0, 0.0, 1.5, 8.0] for name in SCORES},
    "tags": list(TAGS),
    "entities": {name: [0.0, 0.3, 0.5, 0.8, 1.0] for name in TAGS[1:]},
    "topic": {},
}
"""Before thresholds are chosen on development families: a logit of 0 is balanced."""


def floats(state: Mapping[str, Tensor]) -> dict[str, Array]:
    return {name: value.detach().float().numpy().astype(np.float32) for name, value in state.items()}


def export(checkpoint: Path, directory: Path, calibration: Mapping[str, Any] = UNCALIBRATED) -> Path:
    """``encoder.onnx``, ``tokenizer.json`` and ``calibration.json`` in ``directory``, from the averaged weights."""
    directory.mkdir(parents=True, exist_ok=True)
    weights = floats(torch.load(checkpoint, weights_only=True)["average"])
    graph = EncoderGraph(weights, HEADS, LAYERS, len(SCORES)).build()
    checker.check_model(graph)
    path = directory / "encoder.onnx"
    path.write_bytes(graph.SerializeToString(deterministic=True))
    shutil.copyfile(package_dir() / "tokenizer.json", directory / "tokenizer.json")
    write_calibration(directory, calibration)
    return path


def write_calibration(directory: Path, calibration: Mapping[str, Any]) -> None:
    """Writes ``calibration.json`` with the digests of the files that it belongs to: its own is the encoder's version."""
    files = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
             for name in ("encoder.onnx", "tokenizer.json", "background.npz") if (directory / name).exists()}
    (directory / "calibration.json").write_text(json.dumps({**calibration, "files": files}, indent=1) + "\n", encoding="utf-8")
