"""Fluency and coherence without a reference or a judge, from a model's own likelihoods.

``fluency`` is the geometric mean of the tokens' probabilities, exp(Σ ll / tokens): 1 / token perplexity, from 0 to 1.
``slor`` (Pauls and Klein 2012; Lau et al. 2017) takes out how rare the words are: (ll - unigram ll) / tokens, with
``reference.unigram_logprobs``. ``coherence`` is what the text before it tells about an answer: (ll with its context -
ll alone) / bytes / ln 2, in bits a byte, with ``reference.alone_logprobs``; an answer that goes on where the context
leads is likelier behind it (the pointwise mutual information of Li et al. 2016). Rates over tokens depend on the
tokenizer; those over bytes do not.
"""

from __future__ import annotations

import math

import numpy as np

from evals.metrics.perplexity import exp
from evals.metrics.registry import Array, Item, Parts, metric, ratio


def _geometric(sums: Array) -> Array:
    means = ratio(sums[..., 0], sums[..., 1])
    return np.array([exp(mean) for mean in means.ravel().tolist()]).reshape(means.shape)


def _bits(sums: Array) -> Array:
    return ratio(sums[..., 0], sums[..., 1]) / math.log(2)


@metric("fluency", value=_geometric)
def _fluency(item: Item, _: object) -> Parts | None:
    """Geometric mean of the probabilities that the model gives the answer's tokens."""
    return (sum(item.logprobs), float(len(item.logprobs))) if item.logprobs else None


@metric("slor", unit="nats", needs=("unigram_logprobs",))
def _slor(item: Item, _: object) -> Parts | None:
    """Log-likelihood of a token beyond what its own frequency gives it."""
    usual = item.reference["unigram_logprobs"]
    return (sum(item.logprobs) - sum(usual), float(len(item.logprobs))) if item.logprobs else None


@metric("coherence", unit="bits", needs=("alone_logprobs", "text"), value=_bits)
def _coherence(item: Item, _: object) -> Parts | None:
    """Bits that the context saves on a byte of the answer."""
    octets = len(item.reference["text"].encode())
    alone = item.reference["alone_logprobs"]
    return (sum(item.logprobs) - sum(alone), float(octets)) if item.logprobs and octets else None
