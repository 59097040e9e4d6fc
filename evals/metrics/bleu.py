"""Corpus BLEU and chrF by sacrebleu itself, with its signature, so that the figure can be compared with any paper's.

A sample's parts are sacrebleu's own segment statistics. They are whole numbers, so sums in any order give the very
score that ``corpus_score`` gives, for the corpus, a slice or a resample (Koehn 2004), without reading a text again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from evals.metrics.registry import Array, Item, Parts, metric


@cache
def bleu() -> Any:
    """sacrebleu's BLEU with its defaults (13a, exp smoothing, case kept)."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(force=True)  # force: no warning about tokenised-looking text; the score is the same


@cache
def chrf() -> Any:
    """sacrebleu's chrF2 with its defaults (Popović 2015)."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


def _statistics(scorer: Any, text: str, reference: str) -> Parts:
    return tuple(map(float, scorer._extract_corpus_statistics([text], [[reference]])[0]))


def _scores(scorer: Any, sums: Array) -> Array:
    """Shape (…, statistics) → (…), 0 to 100."""
    flat = sums.reshape(-1, sums.shape[-1])
    out = [scorer._compute_score_from_stats([int(number) for number in row]).score for row in flat]
    return np.array(out, dtype=np.float64).reshape(sums.shape[:-1])


def _bleus(sums: Array) -> Array:
    return _scores(bleu(), sums)


def _chrfs(sums: Array) -> Array:
    return _scores(chrf(), sums)


def _signature(scorer: Any, name: str) -> str:
    """sacrebleu's own signature; it wants to have seen a reference before it tells."""
    scorer.corpus_score(["a"], [["a"]])
    return f"{name}|{scorer.get_signature()}"


def bleu_signature() -> str:
    """For instance ``BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0``."""
    return _signature(bleu(), "BLEU")


def chrf_signature() -> str:
    """For instance ``chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0``."""
    return _signature(chrf(), "chrF2")


@metric("bleu", unit="points", needs=("answer",), sliced=False, value=_bleus, signature=bleu_signature)
def _bleu(item: Item, _: object) -> Parts:
    """Corpus BLEU over word n-grams."""
    return _statistics(bleu(), item.text, item.reference["answer"])


@metric("chrf", unit="points", needs=("answer",), sliced=False, value=_chrfs, signature=chrf_signature)
def _chrf(item: Item, _: object) -> Parts:
    """Corpus chrF over character n-grams."""
    return _statistics(chrf(), item.text, item.reference["answer"])
