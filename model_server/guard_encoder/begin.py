"""Begins a training where another one ended: the weights of an exported encoder, out of eight bits into floats.

Where it ends, the mean of both is better than either on development families (Wortsman et al. 2022, model soups).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from model_server.guard_encoder.student import Student

TURNED = ("heads.", "tags.", "planted.", "meaning.")
"""What the graph stores as floats, (in, out) where torch has (out, in)."""


def shipped(directory: Path, words: Tensor) -> Student:
    """The student whose export ``directory`` holds; ``words`` are the teacher's vectors, which no training changes.

    A weight that an older graph doesn't have is as a new student has it. Raises ValueError where a shape is another.
    """
    path = directory / "encoder.onnx"
    stored = _stored(path)
    student = Student()
    state = student.state_dict()
    for name, value in state.items():
        found = words.numpy() if name == "words.weight" else _floats(stored, name)
        if found is None:
            continue
        if found.shape != tuple(value.shape):
            raise ValueError(f"{path}: {name} is {found.shape}, a student's is {tuple(value.shape)}")
        state[name] = torch.from_numpy(np.array(found, dtype=np.float32))
    student.load_state_dict(state)
    return student


def lacks(directory: Path) -> frozenset[str]:
    """The weights that the encoder in ``directory`` does not have: it is older than they are."""
    stored = _stored(directory / "encoder.onnx")
    return frozenset(name for name in Student().state_dict() if _floats(stored, name) is None)


def blend(checkpoint: Path, began: Student, share: float, new: Collection[str] = ()) -> None:
    """Writes ``checkpoint`` anew with weights that went only ``share`` (0 to 1) of the way from ``began``; ``new`` ones
    went all of it."""
    state = torch.load(checkpoint, weights_only=True)
    from_there = began.state_dict()
    state["average"] = {name: value if name in new else from_there[name].to(value.dtype).lerp(value, share)
                        for name, value in state["average"].items()}
    torch.save(state, checkpoint)


def mean(checkpoints: Sequence[Path], path: Path) -> None:
    """Writes the mean of the averaged weights of ``checkpoints``, which began alike, to ``path``."""
    states = [torch.load(each, weights_only=True)["average"] for each in checkpoints]
    together = {name: torch.stack([state[name].float() for state in states]).mean(0).to(value.dtype)
                for name, value in states[0].items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"average": together}, path)


def _stored(path: Path) -> dict[str, np.ndarray]:
    return {each.name: numpy_helper.to_array(each) for each in onnx.load(str(path)).graph.initializer}


def _floats(stored: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    whole, scale = f"{name.removesuffix('.weight')}.bytes", f"{name.removesuffix('.weight')}.scale"
    if name.endswith(".weight") and whole in stored:
        return np.asarray((stored[whole].astype(np.float32) * stored[scale]).T)
    found = stored.get(name)
    turned = found is not None and name.startswith(TURNED) and found.ndim == 2
    return found.T if found is not None and turned else found
