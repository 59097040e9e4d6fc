"""Ranking metrics as trec_eval computes them, ties included.

trec_eval keeps scores in float32 and ranks equal ones by document id, the larger one first (``form_res_rels.c``).
Scores that differ in float64 only are ties there, and a metric that forgets it disagrees on tie-heavy rankings.

``reference.relevant`` is a list of ids, or a mapping from ids to grades: 1 and above is relevant, and the grade is the
gain of nDCG, without an exponent (``m_ndcg.c``; Järvelin and Kekäläinen 2002). Documents without a grade are not
relevant.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence

from evals.metrics.registry import Item, Parts, family, metric

CUTS = (1, 5, 10, 100)
"""Depths that are registered by name; any other is made when it is asked for, as ``ndcg@7``."""


def order(ranking: Iterable[tuple[str, float]]) -> list[str]:
    """Document ids, best first. Ids compare by their UTF-8 bytes, as C's strcmp does."""
    documents = tuple(ranking)
    single = array("f", [score for _, score in documents])  # a C cast: what is too large becomes an infinity
    keyed = sorted(zip(single, (document.encode() for document, _ in documents), strict=True), reverse=True)
    return [document.decode() for _, document in keyed]


def grades(relevant: Iterable[str] | Mapping[str, int]) -> Mapping[str, int]:
    """Grades by document id; an id of a plain list has grade 1."""
    return relevant if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1)


def found(ranking: Iterable[tuple[str, float]], graded: Mapping[str, int]) -> list[int]:
    """The grade of each ranked document, best first; 0 for those without one."""
    return [graded.get(document, 0) for document in order(ranking)]


def relevant_count(graded: Mapping[str, int]) -> int:
    """How many documents are relevant, whether or not they were found."""
    return sum(grade > 0 for grade in graded.values())


def reciprocal_rank(seen: Sequence[int]) -> float:
    """1 / the rank of the first relevant document, 0 when there is none (recip_rank)."""
    return next((1.0 / rank for rank, grade in enumerate(seen, 1) if grade > 0), 0.0)


def average_precision(seen: Sequence[int], relevant: int) -> float:
    """Precision at each relevant document, summed and divided by all ``relevant`` ones (map)."""
    total, hits = 0.0, 0
    for rank, grade in enumerate(seen, 1):
        if grade > 0:
            hits += 1
            total += hits / rank
    return total / relevant if relevant else 0.0


def _gain(seen: Iterable[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(seen, 1) if grade > 0)


def ndcg(seen: Sequence[int], graded: Mapping[str, int], cut: int | None = None) -> float:
    """Discounted gain of the first ``cut`` documents over that of the best order (ndcg, ndcg_cut); 0 where none is."""
    best = _gain(sorted(graded.values(), reverse=True)[:cut])
    return _gain(seen[:cut]) / best if best else 0.0


def hits(seen: Sequence[int], cut: int) -> int:
    """Relevant documents among the first ``cut``."""
    return sum(grade > 0 for grade in seen[:cut])


def _seen(item: Item) -> tuple[list[int], Mapping[str, int]]:
    graded = grades(item.reference["relevant"])
    return found(item.ranking, graded), graded


@metric("mrr", needs=("relevant",))
def _mrr(item: Item, _: object) -> Parts:
    """Mean reciprocal rank of the first relevant passage (trec_eval's recip_rank)."""
    return reciprocal_rank(_seen(item)[0]), 1.0


@metric("map", needs=("relevant",))
def _map(item: Item, _: object) -> Parts:
    """Mean average precision (trec_eval's map)."""
    seen, graded = _seen(item)
    return average_precision(seen, relevant_count(graded)), 1.0


@metric("ndcg", needs=("relevant",))
def _ndcg(item: Item, _: object) -> Parts:
    """Normalised discounted cumulative gain of the whole ranking (trec_eval's ndcg)."""
    return ndcg(*_seen(item)), 1.0


@metric("hit_at_1", binary=True, needs=("relevant",))
def _hit_at_1(item: Item, _: object) -> Parts:
    """The first passage is relevant (trec_eval's success_1)."""
    return float(hits(_seen(item)[0], 1) > 0), 1.0


@family("ndcg@", cuts=CUTS, needs=("relevant",))
def _ndcg_cut(item: Item, cut: int) -> Parts:
    """Normalised discounted cumulative gain of the first k (trec_eval's ndcg_cut)."""
    return ndcg(*_seen(item), cut), 1.0


@family("mrr@", cuts=(10,), needs=("relevant",))
def _mrr_cut(item: Item, cut: int) -> Parts:
    """Reciprocal rank within the first k, as MS MARCO counts it."""
    return reciprocal_rank(_seen(item)[0][:cut]), 1.0


@family("map@", cuts=(100,), needs=("relevant",))
def _map_cut(item: Item, cut: int) -> Parts:
    """Average precision within the first k, over all relevant ones (trec_eval's map_cut)."""
    seen, graded = _seen(item)
    return average_precision(seen[:cut], relevant_count(graded)), 1.0


@family("recall@", cuts=CUTS, needs=("relevant",))
def _recall(item: Item, cut: int) -> Parts:
    """Relevant documents that are among the first k (trec_eval's recall)."""
    seen, graded = _seen(item)
    relevant = relevant_count(graded)
    return (hits(seen, cut) / relevant if relevant else 0.0), 1.0


@family("precision@", cuts=CUTS, needs=("relevant",))
def _precision(item: Item, cut: int) -> Parts:
    """Relevant documents among the first k, over k (trec_eval's P)."""
    return hits(_seen(item)[0], cut) / cut, 1.0


@family("hit@", cuts=CUTS, binary=True, needs=("relevant",))
def _hit(item: Item, cut: int) -> Parts:
    """A relevant document is among the first k (trec_eval's success)."""
    return float(hits(_seen(item)[0], cut) > 0), 1.0
