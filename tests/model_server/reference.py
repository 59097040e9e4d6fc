"""The Llama decoder in plain numpy, written from the paper's formulas, as an independent check on the ONNX graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_server.shape import ModelShape
from model_server.weights import read_weights

Array = NDArray[np.float64]


def norm(x: Array, weight: Array, eps: float) -> Array:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight


def rope(x: Array, theta: float) -> Array:
    """Rotates (length, heads, dim) by position, halves paired as in Hugging Face's Llama."""
    length, _, dim = x.shape
    angles = np.outer(np.arange(length), theta ** (-np.arange(0, dim, 2) / dim))[:, None]
    low, high = x[..., : dim // 2], x[..., dim // 2 :]
    return np.concatenate(
        (low * np.cos(angles) - high * np.sin(angles), high * np.cos(angles) + low * np.sin(angles)), -1
    )


class Reference:
    """Whole-sequence logits in float64, no cache, no batch."""

    def __init__(self, directory: Path) -> None:
        self.shape = ModelShape.from_hf_config(directory / "config.json")
        found = read_weights(directory / "model.safetensors")
        self.weights = {name: value.astype(np.float64) for name, value in found.items()}

    def logits(self, ids: list[int]) -> Array:
        """(length, vocabulary) scores of the next token after each position."""
        w, s = self.weights, self.shape
        x = w["model.embed_tokens.weight"][ids]
        for layer in range(s.layers):
            p = f"model.layers.{layer}."
            x = x + self._attention(norm(x, w[p + "input_layernorm.weight"], s.norm_eps), p + "self_attn.")
            y = norm(x, w[p + "post_attention_layernorm.weight"], s.norm_eps)
            gate = y @ w[p + "mlp.gate_proj.weight"].T
            x = x + (gate / (1 + np.exp(-gate)) * (y @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
        return norm(x, w["model.norm.weight"], s.norm_eps) @ w["model.embed_tokens.weight"].T

    def _attention(self, x: Array, p: str) -> Array:
        w, s, length = self.weights, self.shape, len(x)
        q = rope((x @ w[p + "q_proj.weight"].T).reshape(length, s.heads, s.head_dim), s.rope_theta)
        k = rope((x @ w[p + "k_proj.weight"].T).reshape(length, s.kv_heads, s.head_dim), s.rope_theta)
        v = (x @ w[p + "v_proj.weight"].T).reshape(length, s.kv_heads, s.head_dim)
        out = np.zeros_like(q)
        for head in range(s.heads):
            group = head // (s.heads // s.kv_heads)
            scores = q[:, head] @ k[:, group].T / np.sqrt(s.head_dim)
            scores[np.triu_indices(length, 1)] = -np.inf
            chances = np.exp(scores - scores.max(-1, keepdims=True))
            out[:, head] = chances / chances.sum(-1, keepdims=True) @ v[:, group]
        return out.reshape(length, -1) @ w[p + "o_proj.weight"].T

    def logprobs(self, ids: list[int]) -> Array:
        """(length - 1,) natural-log probabilities of the tokens after the first."""
        logits = self.logits(ids)[:-1]
        logits = logits - logits.max(-1, keepdims=True)
        scores = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return scores[np.arange(len(ids) - 1), ids[1:]]

    def greedy(self, ids: list[int], ends: frozenset[int], most: int) -> list[int]:
        drawn: list[int] = []
        while len(drawn) < most and not (drawn and drawn[-1] in ends):
            drawn.append(int(self.logits([*ids, *drawn])[-1].argmax()))
        return drawn
