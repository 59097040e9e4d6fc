"""Writes a trained model as a Hugging Face directory plus an ONNX graph over the same weights.

Weights are rounded once, to float16: safetensors holds the rounded numbers and the graph points into that file, so
vLLM, transformers and the embedded engine compute with the same model.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from model_server.graph import write_graph
from model_server.shape import ModelShape

DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}


def hf_config(shape: ModelShape, dtype: str, end: int, pad: int) -> dict[str, Any]:
    """config.json for LlamaForCausalLM; `rope_theta` stands where transformers 4 and 5 each look for it."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.norm_eps,
        "rope_theta": shape.rope_theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rope_theta},
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": end,
        "pad_token_id": pad,
        "torch_dtype": dtype,
    }


def round_once(weights: dict[str, Tensor], dtype: str) -> dict[str, Tensor]:
    """The weights in the type they are stored in; raises ValueError if one does not survive it."""
    rounded = {name: tensor.detach().to(DTYPES[dtype]).contiguous() for name, tensor in weights.items()}
    broken = [name for name, tensor in rounded.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ValueError(f"{broken[0]} is not finite in {dtype}: training diverged, or choose another --dtype")
    return rounded


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def export(
    weights: dict[str, Tensor], shape: ModelShape, tokenizer_dir: Path, directory: Path, dtype: str = "float16"
) -> Path:
    """Writes config.json, model.safetensors, model.onnx, the tokenizer and generation_config.json to `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (tokenizer_dir / name).resolve() != (directory / name).resolve():
            shutil.copyfile(tokenizer_dir / name, directory / name)
    added = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    ids = {token["content"]: token["id"] for token in added}
    end, pad = ids["<|im_end|>"], ids["<|endoftext|>"]
    write_json(directory / "config.json", hf_config(shape, dtype, end, pad))
    # A low default temperature: unnamed sampling then gives the learned answer, and an explicit one still counts.
    sampling = {"do_sample": True, "temperature": 0.1, "eos_token_id": [end, pad], "pad_token_id": pad}
    write_json(directory / "generation_config.json", sampling)
    save_file(round_once(weights, dtype), str(directory / "model.safetensors"), metadata={"format": "pt"})
    write_graph(shape, directory)
    return directory
