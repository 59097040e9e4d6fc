"""The encoder as torch trains it: four of MiniLM's six layers and, on them, one head for each question.

The weights have the names of the ONNX graph (``graph.py``), which computes the same numbers from them.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_server.guard_encoder.names import SCORES, TAGS

HIDDEN, HEADS, INNER, LAYERS, POSITIONS, VOCABULARY = 384, 12, 1536, 4, 512, 30522
TYPES = 5
"""What a token is part of: a user's text, outside text (document, tool), an assistant's, what stood before, nothing."""
POOLED = 3 * HIDDEN


class Answers(NamedTuple):
    """Of B windows of L tokens: ``scores`` (B, 3), ``tags`` (B, L, T) and ``planted`` (B, L, 2) logits, ``topic``
    (B, 384) unit vectors."""

    scores: Tensor
    topic: Tensor
    tags: Tensor
    planted: Tensor


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed where this is checked
    """One layer of BERT: attention, then feed-forward, each added and normalised behind.

    Attention is written out: backwards, torch's fused one takes a quarter of a step on a CPU (1.54 s instead of 1.19).
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.mix = nn.Linear(HIDDEN, HIDDEN)
        self.norm_1 = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.up = nn.Linear(HIDDEN, INNER)
        self.down = nn.Linear(INNER, HIDDEN)
        self.norm_2 = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        shares = torch.softmax(q * (HIDDEN // HEADS) ** -0.5 @ k.transpose(2, 3) + mask.to(q.dtype), -1).to(v.dtype)
        mixed = (shares @ v).transpose(1, 2).reshape(batch, length, HIDDEN)
        x = self.norm_1(x + self.dropout(self.mix(mixed)))
        return self.norm_2(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Head(nn.Module):  # type: ignore[misc]
    """A question about a whole window: one hidden layer on the pooled tokens."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Linear(POOLED, 128)
        self.out = nn.Linear(128, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pooled: Tensor) -> Tensor:
        return self.out(self.dropout(functional.gelu(self.inner(pooled))))


class Student(nn.Module):  # type: ignore[misc]
    """The whole encoder. ``forward`` takes ids, mask and types, each (B, L) int64."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.places = nn.Embedding(POSITIONS, HIDDEN)
        self.types = nn.Embedding(TYPES, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.heads = nn.ModuleList(Head(dropout) for _ in SCORES)
        self.tags = nn.Linear(HIDDEN, len(TAGS))
        self.planted = nn.Linear(HIDDEN, 2)
        """Whether a token is part of an attack, a caller's and a planted one."""
        self.meaning = nn.Linear(HIDDEN, HIDDEN)
        """From the tokens' mean to the topic vector, so that the heads, which read the mean too, don't pull at it."""
        nn.init.eye_(self.meaning.weight)
        nn.init.zeros_(self.meaning.bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Answers:
        x = self.words(ids) + self.places.weight[: ids.shape[1]] + self.types(types)
        x = self.dropout(self.norm(x))
        keys = ((1.0 - mask.to(x.dtype)) * -10000.0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, keys)
        weight = mask.to(x.dtype)[:, :, None]
        mean = (x * weight).sum(1) / weight.sum(1)
        highest = (x + (weight - 1.0) * 10000.0).amax(1)
        pooled = torch.cat((x[:, 0], mean, highest), 1)
        scores = torch.cat([head(pooled) for head in self.heads], 1)
        return Answers(scores, functional.normalize(self.meaning(mean), dim=1), self.tags(x), self.planted(x))
