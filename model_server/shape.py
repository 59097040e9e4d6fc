"""The model's dimensions, shared by training (torch), export (ONNX) and serving, so that the three cannot disagree."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A Llama-architecture decoder with tied embeddings; sizes are counts, `rope_theta` the rotary base."""

    vocab_size: int = 4096
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 688
    context: int = 1024
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.hidden // self.heads

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_hf_config(cls, path: Path) -> ModelShape:
        """Reads a Hugging Face `config.json` of model type llama, with `rope_theta` in either of its two places."""
        config = json.loads(path.read_text(encoding="utf-8"))
        if config.get("model_type") != "llama":
            raise ValueError(f"{path}: model_type is {config.get('model_type')!r}; this engine serves 'llama' only")
        rope = config.get("rope_parameters") or {}
        return cls(
            vocab_size=config["vocab_size"],
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            kv_heads=config.get("num_key_value_heads", config["num_attention_heads"]),
            feed_forward=config["intermediate_size"],
            context=config["max_position_embeddings"],
            rope_theta=float(config.get("rope_theta", rope.get("rope_theta", 10_000.0))),
            norm_eps=float(config["rms_norm_eps"]),
        )
