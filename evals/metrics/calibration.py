"""Whether a model is right as often as it is sure, where it gives probabilities.

How sure it is of an answer: the share of the likeliest option among all options (multiple choice), else the
``confidence`` that came with the answer, which is then right when it matches a reference exactly, or when it abstains
from a question that has none.
"""

from __future__ import annotations

import math

import numpy as np

from evals.metrics.abstention import abstains
from evals.metrics.choices import best, gold, probabilities
from evals.metrics.registry import Array, Item, Parts, metric, ratio, references
from evals.metrics.squad import exact_match

BINS = 15


def certainty(item: Item) -> tuple[float, bool] | None:
    """How sure the model was, 0 to 1, and whether it was right; None when it did not say."""
    if item.likelihoods:
        shares = probabilities(item.likelihoods)
        return max(shares), best(item.likelihoods) in gold(item)
    if item.confidence is None:
        return None
    if item.reference.get("answerable") is False:
        return item.confidence, abstains(item)
    return item.confidence, any(exact_match(item.text, each) for each in references(item))


def _gap(sums: Array) -> Array:
    """Sums of (count, certainty, right) for each bin, shape (…, 3 · BINS) → (…)."""
    bins = sums.reshape(*sums.shape[:-1], BINS, 3)
    counts = bins[..., 0].sum(axis=-1)
    gaps = np.abs(bins[..., 1] - bins[..., 2]).sum(axis=-1)
    return ratio(gaps, counts)


@metric("ece", better="lower", value=_gap, sliced=False)
def _ece(item: Item, _: object) -> Parts | None:
    """Expected calibration error: the gap between certainty and accuracy in 15 bins, by share of answers."""
    # Guo et al., "On calibration of modern neural networks" (2017), eq. 3; a bin holds what lies in (lower, upper].
    sure = certainty(item)
    if sure is None:
        return None
    parts = [0.0] * (3 * BINS)
    place = min(BINS - 1, max(0, math.ceil(sure[0] * BINS) - 1))
    parts[3 * place : 3 * place + 3] = 1.0, sure[0], float(sure[1])
    return tuple(parts)


@metric("brier", better="lower")
def _brier(item: Item, _: object) -> Parts | None:
    """Brier score: squared distance of the options' shares to what is right (lm-eval's brier_score)."""
    if item.likelihoods:
        right, shares = set(gold(item)), probabilities(item.likelihoods)
        return sum((share - (at in right)) ** 2 for at, share in enumerate(shares)), 1.0
    sure = certainty(item)
    return None if sure is None else ((sure[0] - sure[1]) ** 2, 1.0)
