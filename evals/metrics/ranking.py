"""Ranking metrics as trec_eval computes them, ties included.

trec_eval keeps scores in float32 and ranks equal ones by document id, the larger one first (``form_res_rels.c``).
Scores that differ in float64 only are ties there, and a metric that forgets it disagrees on tie-heavy rankings.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from evals.metrics.registry import Item, Parts, metric


def single(score: float) -> float:
    """``score`` rounded to float32; overflow becomes an infinity, as a C cast makes it."""
    try:
        return float(struct.unpack("f", struct.pack("f", score))[0])
    except OverflowError:
        return float("inf") if score > 0 else float("-inf")


def order(ranking: Iterable[tuple[str, float]]) -> list[str]:
    """Document ids, best first. Ids compare by their UTF-8 bytes, as C's strcmp does."""
    keyed = sorted(((single(score), document.encode()) for document, score in ranking), reverse=True)
    return [document.decode() for _, document in keyed]


def reciprocal_rank(ranking: Iterable[tuple[str, float]], relevant: Iterable[str]) -> float:
    """1 / the rank of the first relevant document, 0 when there is none."""
    wanted = set(relevant)
    return next((1.0 / rank for rank, document in enumerate(order(ranking), 1) if document in wanted), 0.0)


@metric("mrr", needs=("relevant",))
def _mrr(item: Item, _: object) -> Parts:
    """Mean reciprocal rank of the first relevant passage (trec_eval's recip_rank)."""
    return reciprocal_rank(item.ranking, item.reference["relevant"]), 1.0


@metric("hit_at_1", binary=True, needs=("relevant",))
def _hit_at_1(item: Item, _: object) -> Parts:
    """The first passage is relevant (trec_eval's success_1)."""
    return float(reciprocal_rank(item.ranking, item.reference["relevant"]) == 1.0), 1.0
