"""Chooses the thresholds behind low, balanced and high on development families, and stores them beside the weights."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.core.windows import Ask, passages
from gateway.detectors.calibration import Contrast
from gateway.detectors.encoder import Encoder
from gateway.detectors.pii import words
from gateway.detectors.topic import TopicDetector
from gateway.detectors.topic_scores import LEVELS
from model_server.guard_encoder import contrast, development, recipe, shared_sets, topics_kept
from model_server.guard_encoder.development import Judged
from model_server.guard_encoder.meanings import own_topics
from model_server.guard_encoder.names import SCORES, TAGS
from model_server.guard_encoder.tagged import Tagged

EVERYDAY = {"high": 0.03, "balanced": 0.01, "low": 0.002}
"""How many everyday texts, their families counted alike, a threshold takes for findings."""
DOCUMENTS = {"high": 0.03, "balanced": 0.0125, "low": 0.002}
"""The same of documents: those that choose the threshold (exams' passages, advice on code) are harder than most."""
HARD = {"high": 0.1, "balanced": 0.04, "low": 0.01}
"""The same of texts that look like attacks; the stricter of the two decides."""
BETWEEN = (0.2, 0.95)
"""Where a tag's balanced threshold may lie, whatever few examples say."""
NEITHER = frozenset({"harmful"})
"""Harmful questions are no injections, and no texts that anybody would call harmless: no threshold goes by them."""
CONTRASTED = frozenset({"injection_outside"})
"""Heads whose windows are looked at twice; callers' texts are mostly single sentences, and gained nothing by it."""
PLATEAU, UNKNOWN = 0.01, 0.5
"""Thresholds whose F1 is as little below the best are as good: the middle one is taken. And one for no examples."""
BACKGROUND = (1500, 200, 500)
"""Texts of the background that are drawn from CLINC150, BANKING77 and calm tweets."""
PEOPLE, PEOPLE_SEED = 9000, 1009
"""Texts with tags that are made, of which those of kept-back templates choose the tags' curves."""


def highest(
    encoder: Encoder, texts: Sequence[Judged], head: str, contrasts: Mapping[str, Contrast] = MappingProxyType({})
) -> NDArray[np.float64]:
    """The logit of each text's highest window, as the gateway would cut it and, by ``contrasts``, look at it twice."""
    return np.asarray([max(each.values(), default=-20.0) for each in contrast.windows(encoder, texts, head, contrasts)],
                      dtype=np.float64)


def knots(good: NDArray[np.float64], texts: Sequence[Judged], everyday: Mapping[str, float] = EVERYDAY) -> list[float]:
    """A head's curve by the logits of harmless texts; ``everyday``: the share of those without trigger words."""
    hard = np.asarray([text.hard for text in texts])
    families = np.asarray([text.family for text in texts])
    at = {name: max(_passing(good[~hard], families[~hard], everyday[name]),
                    _passing(good[hard], families[hard], HARD[name])) for name in everyday}
    high = at["high"]
    middle = max(at["balanced"], high + 0.2)
    low = max(at["low"], middle + 0.2)
    return [high - 6.0, high, middle, low, low + 4.0]


def _passing(logits: NDArray[np.float64], families: NDArray[Any], rate: float) -> float:
    """The logit that a share ``rate`` of the texts reaches; a family counts by the root of how many texts it has.

    So one of thousands does not decide alone, nor does one of fifty, whose rate is known to some points only.
    """
    if not len(logits):
        return -np.inf
    _, numbers = np.unique(families, return_inverse=True)
    counts = np.bincount(numbers)
    weights = (counts**-0.5)[numbers] / (counts**0.5).sum()
    order = np.argsort(-logits)
    return float(logits[order][min(int(np.searchsorted(np.cumsum(weights[order]), rate)), len(logits) - 1)])


def tag_curves(encoder: Encoder, texts: Iterable[Tagged]) -> dict[str, list[float]]:
    """For each tag the share of "not O" at which F1 of its words is best (balanced), and a little to both sides."""
    shares: dict[str, list[tuple[float, bool]]] = {name: [] for name in TAGS[1:]}
    for text in texts:
        for passage in passages(text.text):
            ask = Ask("calibrate", passage.start, passage.end, passage.text, passage.before, "user")
            for word in words(encoder.see([ask], str(id(text)))[0], ask.text, TAGS):
                others = word.shares.copy()
                others[0] = 0.0
                middle = passage.start + (word.start + word.end - 1) // 2
                right = any(start <= middle < end and name in TAGS for start, end, name in text.spans)
                shares[TAGS[int(others.argmax())]].append((float(1 - word.shares[0]), right))
    return {name: _best(np.asarray(pairs or [(0.5, True)])) for name, pairs in shares.items()}


def _best(pairs: NDArray[Any]) -> list[float]:
    share, right = pairs[:, 0], pairs[:, 1] > 0
    candidates = np.linspace(*BETWEEN, 31)
    hits = np.asarray([(right & (share >= at)).sum() for at in candidates])
    found = np.asarray([(share >= at).sum() for at in candidates])
    f1 = 2 * hits / np.maximum(right.sum() + found, 1)
    good = np.flatnonzero(f1 >= f1.max() - PLATEAU) if f1.max() else np.flatnonzero(candidates >= UNKNOWN)[:1]
    middle = float(candidates[good[len(good) // 2]])
    return [0.0, middle * 0.6, middle, middle + (1 - middle) * 0.5, 1.0]


def background(encoder: Encoder, root: Path, seed: int = 1) -> Mapping[str, Any]:
    """Vectors of everyday texts (n, 384) and what group each is of, against which topics set their thresholds."""
    chance = random.Random(seed)
    parts = ([(text, domain) for text, domain in shared_sets.clinc(root) if domain not in recipe.UNSEEN_DOMAINS],
             [(text, "bank") for text in shared_sets.banking(root)],
             [(each.text, "tweets") for each in shared_sets.tweets(root) if each.value < 0.3])
    chosen = [each for part, size in zip(parts, BACKGROUND, strict=True) for each in chance.sample(part, size)]
    chosen += [(text, f"topic {topic.domain}") for topic in own_topics() for text in topic.texts]
    chosen += [(text, f"everyday {group}") for text, group in topics_kept.everyday()]
    vectors = first_rows(encoder, [text for text, _ in chosen])
    kept = [(vector, group) for vector, (_, group) in zip(vectors, chosen, strict=True) if vector is not None]
    return {"vectors": np.stack([vector for vector, _ in kept]).astype(np.float16),
            "groups": np.asarray([group for _, group in kept])}


def first_rows(encoder: Encoder, texts: Sequence[str]) -> list[NDArray[np.float32] | None]:
    """The vector of each text's first row; None where it has none."""
    rows = [tuple(encoder.tokens.rows(text, "user"))[:1] for text in texts]
    return [each.topics[0] if each.rows else None for each in encoder.compute(rows)]


def topic_reading(encoder: Encoder, root: Path) -> dict[str, Any]:
    """Where the texts of topics lie that are kept back; ``background.npz`` must be there.

    ``usual`` is for ``topic_scores.off_topic``: each topic counts the same.
    """
    detector = TopicDetector(encoder)
    lie = []
    for each in (*topics_kept.own_kept(), *topics_kept.clinc_kept(root)):
        inside = detector.space(np.stack([vector for vector in first_rows(encoder, each.texts) if vector is not None]))
        likeness = detector.likeness(each.topic)[0]
        lie.append(np.quantile(likeness(inside), LEVELS))
    return {"usual": [round(float(level), 3) for level in np.mean(lie, axis=0)]}


def score_curves(encoder: Encoder, guards: Path, evals: Path, heads: Sequence[str] = SCORES) -> dict[str, Any]:
    """The parts ``scores`` and ``contrasts`` of ``calibration.json``, for ``heads``."""
    curves, contrasts = {}, {}
    for head in heads:
        texts = list(development.toxic(guards, evals) if head == "toxicity" else development.injection(guards, evals))
        chosen = [each for each in texts if each.head == head and each.family not in NEITHER]
        if head in CONTRASTED and (found := contrast.fitted(encoder, chosen, head)) is not None:
            contrasts[head] = found
        good = [each for each in chosen if not each.bad]
        curves[head] = [round(knot, 3) for knot in knots(
            highest(encoder, good, head, contrasts), good, DOCUMENTS if head == "injection_outside" else EVERYDAY)]
    return {"scores": curves, "contrasts": {name: asdict(each) for name, each in contrasts.items()}}


def calibration(encoder: Encoder, guards: Path, evals: Path, people: Iterable[Tagged]) -> dict[str, Any]:
    """``calibration.json``: see ``gateway.detectors.calibration``; ``background.npz`` must be there."""
    entities = {name: [round(knot, 3) for knot in curve] for name, curve in tag_curves(encoder, people).items()}
    return {**score_curves(encoder, guards, evals), "tags": list(TAGS), "entities": entities,
            "topic": topic_reading(encoder, guards)}
