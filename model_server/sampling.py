"""Chooses the next token from logits, so that the same seed gives the same text whoever shares the batch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
GREEDY_BELOW = 1e-5
"""The temperature under which the likeliest token is taken, as in vLLM."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one choice is drawn. `temperature` 0 is greedy; `top_k` 0 and `top_p` 1.0 cut nothing; limits in tokens."""

    max_tokens: int = 16
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    min_tokens: int = 0
    ignore_end: bool = False
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    stops: tuple[str, ...] = ()
    stop_ids: tuple[int, ...] = ()
    keep_stop: bool = False
    top_logprobs: int | None = None
    specials: bool = field(default=False)

    @property
    def reshapes(self) -> bool:
        """Whether logits are changed before the draw (which greedy decoding with defaults avoids paying for)."""
        penalties = self.presence_penalty or self.frequency_penalty or self.repetition_penalty != 1.0
        return bool(penalties or self.logit_bias)


def log_softmax(logits: Floats) -> Floats:
    """Natural-log probabilities over the last axis, in float32 like vLLM's raw logprobs."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def penalise(logits: Floats, sampling: Sampling, prompt: list[int], drawn: list[int]) -> Floats:
    """OpenAI's presence and frequency penalties (drawn tokens) and vLLM's repetition penalty (prompt and drawn)."""
    changed = logits.copy()
    if sampling.repetition_penalty != 1.0:
        seen = np.unique(np.asarray(prompt + drawn, dtype=np.int64))
        values = changed[seen]
        factor = np.float32(sampling.repetition_penalty)
        changed[seen] = np.where(values > 0, values / factor, values * factor)
    if drawn and (sampling.presence_penalty or sampling.frequency_penalty):
        ids, counts = np.unique(np.asarray(drawn, dtype=np.int64), return_counts=True)
        changed[ids] -= (sampling.presence_penalty + sampling.frequency_penalty * counts).astype(np.float32)
    for token, bias in sampling.logit_bias:
        changed[token] += np.float32(bias)
    return changed


def choose(logits: Floats, sampling: Sampling, random: np.random.Generator) -> int:
    """One token id from (vocabulary,) logits: temperature, then top-k, min-p and top-p, then an inverse-CDF draw."""
    if sampling.temperature < GREEDY_BELOW:
        return int(logits.argmax())
    scaled = logits.astype(np.float64) / sampling.temperature
    chances = np.exp(scaled - scaled.max())
    if 0 < sampling.top_k < chances.size:
        chances[chances < np.partition(chances, -sampling.top_k)[-sampling.top_k]] = 0.0
    if sampling.min_p > 0.0:
        chances[chances < sampling.min_p * chances.max()] = 0.0
    chances /= chances.sum()
    if sampling.top_p < 1.0:
        order = np.argsort(-chances, kind="stable")
        before = np.cumsum(chances[order]) - chances[order]
        chances[order[before >= sampling.top_p]] = 0.0
    totals = np.cumsum(chances)
    return int(min(np.searchsorted(totals, random.random() * totals[-1], side="right"), chances.size - 1))


def best(logprobs: Floats, count: int) -> tuple[tuple[int, float], ...]:
    """The `count` likeliest tokens with their logprobs, likeliest first."""
    if count <= 0:
        return ()
    top = np.argpartition(-logprobs, min(count, logprobs.size - 1))[:count]
    top = top[np.argsort(-logprobs[top], kind="stable")]
    return tuple((int(token), float(logprobs[token])) for token in top)
