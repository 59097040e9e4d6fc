"""Chooses on development texts how far its most foreign sentence corrects a window's logit (``detectors/contrast``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gateway.core.types import Role
from gateway.core.windows import Ask, passages
from gateway.detectors.calibration import Contrast
from gateway.detectors.contrast import foreign, logits
from gateway.detectors.encoder import Encoder
from gateway.detectors.undone import Piece, pieces
from model_server.guard_encoder.development import Judged
from model_server.guard_encoder.names import SCORES

SHARE, WIDTH = 0.025, 6.0
"""Of harmless texts' windows how many are looked at twice, and within how many logits: above these all is a finding."""
FEWEST = 20
"""Windows of either kind without which nothing is corrected."""
RIDGE, STEPS = 3.0, 30
"""What keeps the weights of few windows small, and Newton's steps, of which ten are enough."""
_NONE: Mapping[str, Contrast] = MappingProxyType({})
Floats = NDArray[np.float64]


def windows(
    encoder: Encoder, texts: Sequence[Judged], head: str, contrasts: Mapping[str, Contrast] = _NONE
) -> Iterator[dict[int, float]]:
    """Of each text the logits of its windows, by their number, as the gateway would cut it; without rows, none."""
    left = iter(texts)
    while some := list(islice(left, 64)):
        asks = [list(_asks(each)) for each in some]
        flat = [ask for group in asks for ask in group]
        seen = encoder.see(flat, f"windows{id(some)}")
        found = iter(logits(encoder, lambda _: head, flat, seen, SCORES, contrasts, worded=False))
        for group in asks:
            known = [next(found) for _ in group]
            yield {number: max(each.values()) for number, each in enumerate(known) if each}


def _asks(text: Judged) -> Iterator[Ask]:
    for each in passages(text.text):
        yield Ask("calibrate", each.start, each.end, each.text, each.before, text.role)


def fitted(encoder: Encoder, texts: Sequence[Judged], head: str) -> Contrast | None:
    """The correction of ``head`` by ``texts``, harmless and bad; None where it would rest on too few of them.

    A bad text's highest window is what is to be found; of a harmless one every window is not. Families count by the
    root of how many windows they have, and both kinds alike.
    """
    found = list(windows(encoder, texts, head))
    harmless = [logit for text, each in zip(texts, found, strict=True) if not text.bad for logit in each.values()]
    low = float(np.quantile(harmless, 1 - SHARE)) if harmless else 0.0
    near: list[tuple[Judged, float, Piece, Role]] = []
    for text, each in zip(texts, found, strict=True):
        asks = list(_asks(text))
        chosen = [max(each, key=lambda number: each[number])] if text.bad and each else list(each)
        for number in chosen:
            read = pieces(asks[number]) if low < each[number] < low + WIDTH else ()
            if len(read) == 1:
                near.append((text, each[number], read[0], text.role))
    looks = foreign(encoder, [(piece, role) for *_, piece, role in near])
    rows = [(text.bad, text.family, (logit, look.likeness, look.logits[SCORES.index(head)]))
            for (text, logit, *_), look in zip(near, looks, strict=True) if look is not None]
    bad = np.asarray([each[0] for each in rows], dtype=bool)
    if min(bad.sum(), (~bad).sum()) < FEWEST:
        return None
    return _contrast(np.asarray([each[2] for each in rows], dtype=np.float64), bad,
                     [f"{each[0]} {each[1]}" for each in rows], low)


def _contrast(features: Floats, bad: NDArray[np.bool_], groups: Sequence[str], low: float) -> Contrast | None:
    """``features``: (n, 3), a window's logit, likeness and the sentence's logit. None if they tell nothing together."""
    weights = _weights(bad, groups)
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    slopes = logistic((features - middle) / spread, bad, weights)[:-1] / spread
    if slopes[0] <= 0:
        return None
    likeness, alone = slopes[1:] / slopes[0]
    at = np.average(features[:, 1:], axis=0, weights=weights)
    return Contrast(round(low, 3), round(low + WIDTH, 3), round(float(likeness), 3), round(float(alone), 3),
                    (round(float(at[0]), 3), round(float(at[1]), 3)))


def _weights(bad: NDArray[np.bool_], groups: Sequence[str]) -> Floats:
    _, numbers = np.unique(groups, return_inverse=True)
    weights = np.asarray(np.bincount(numbers) ** -0.5, dtype=np.float64)[numbers]
    for kind in (bad, ~bad):
        weights[kind] *= len(bad) / 2 / weights[kind].sum()
    return weights


def logistic(features: Floats, right: NDArray[np.bool_], weights: Floats) -> Floats:
    """A logistic regression's slopes and constant, (k + 1,), with a ridge; ``features``: (n, k), standardised."""
    given = np.c_[features, np.ones(len(features))]
    ridge = np.diag([RIDGE] * features.shape[1] + [1e-6])
    found = np.zeros(given.shape[1])
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-given @ found))
        slope = given.T @ (weights * (share - right)) + ridge @ found
        found -= np.linalg.solve((given * (weights * share * (1 - share))[:, None]).T @ given + ridge, slope)
    return found
