"""Writes a trained encoder into the directory that the gateway reads: graph, tokenizer and calibration."""

from __future__ import annotations

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
    "scores": dict.fromkeys(SCORES, [-8.0, -1.0, 0.0, 1.5, 8.0]),
    "tags": list(TAGS),
    "entities": dict.fromkeys(TAGS[1:], [0.0, 0.3, 0.5, 0.8, 1.0]),
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
    text = json.dumps(calibration, indent=1)
    (directory / "calibration.json").write_text(text + "\n", encoding="utf-8")
    return path
