"""Perplexity by lm-eval's formulas, with the interval over documents that lm-eval does not give.

With the natural log-likelihood ll of each document: token, word and byte perplexity are exp(-Σll / Σunits), bits per
byte is -(Σll / Σbytes) / ln 2. Words are counted as lm-eval's wikitext task does, by splitting the original text at
white space; bytes are its UTF-8. (EleutherAI lm-evaluation-harness, ``api/metrics.py``: weighted_perplexity,
bits_per_byte; ``tasks/wikitext/preprocess_wikitext.py``.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from evals.metrics.registry import Array, Item, Parts, metric, ratio

_SPACE = re.compile(r"\s+")


def words(text: str) -> int:
    """Pieces between white space; an empty piece at an edge counts, as in lm-eval."""
    return len(_SPACE.split(text))


def exp(power: float) -> float:
    """libm's, and infinity beyond the largest float: a value that the report has not, instead of no report."""
    try:
        return math.exp(power)
    except OverflowError:
        return math.inf


def _perplexity(sums: Array) -> Array:
    return _each(lambda mean: exp(-mean), sums)


def _bits(sums: Array) -> Array:
    return _each(lambda mean: -mean / math.log(2), sums)


def _each(formula: Callable[[float], float], sums: Array) -> Array:
    """``formula`` of Σll / Σunits; libm's exp by the element, whose last bit is the reference's, not numpy's."""
    means = ratio(sums[..., 0], sums[..., 1])
    return np.array([formula(mean) for mean in means.ravel().tolist()]).reshape(means.shape)


def _likelihood(item: Item) -> float:
    return sum(item.logprobs)


@metric("token_perplexity", unit="perplexity", better="lower", needs=("text",), value=_perplexity)
def _tokens(item: Item, _: object) -> Parts:
    """exp of the mean negative log-likelihood of a token; depends on the tokenizer."""
    return _likelihood(item), float(len(item.logprobs))


@metric("word_perplexity", unit="perplexity", better="lower", needs=("text",), value=_perplexity)
def _words(item: Item, _: object) -> Parts:
    """exp of the mean negative log-likelihood of a word; comparable across tokenizers."""
    return _likelihood(item), float(words(item.reference["text"]))


@metric("byte_perplexity", unit="perplexity", better="lower", needs=("text",), value=_perplexity)
def _bytes(item: Item, _: object) -> Parts:
    """exp of the mean negative log-likelihood of a byte of UTF-8."""
    return _likelihood(item), float(len(item.reference["text"].encode()))


@metric("bits_per_byte", unit="bits", better="lower", needs=("text",), value=_bits)
def _bits_per_byte(item: Item, _: object) -> Parts:
    """Bits that the model needs for a byte of the text."""
    return _likelihood(item), float(len(item.reference["text"].encode()))
