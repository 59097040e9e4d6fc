"""ROUGE by Google's ``rouge-score`` itself, so that the last bit is the reference's.

Lsum takes each line of a text for a sentence, as the package does. No stemmer, the package's default: a figure with it
is another metric. Its bootstrap is not used, as it draws from an unseeded global state.
"""

from __future__ import annotations

import importlib.metadata
from functools import cache
from typing import Any

from evals.metrics.registry import Item, Parts, metric

_KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")


@cache
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer  # nltk behind it takes a second to load

    return RougeScorer(list(_KINDS), use_stemmer=False)


@cache
def scores(answer: str, reference: str) -> tuple[float, ...]:
    """F-measures of rouge1, rouge2, rougeL and rougeLsum, each 0 to 1 (Lin 2004)."""
    found = _scorer().score(reference, answer)
    return tuple(float(found[kind].fmeasure) for kind in _KINDS)


def signature() -> str:
    """Package and version."""
    return f"rouge-score {importlib.metadata.version('rouge-score')}, F-measure, no stemmer"


def _register(place: int, kind: str) -> None:
    def observe(item: Item, _: object) -> Parts:
        return scores(item.text, item.reference["answer"])[place], 1.0

    what = {"rouge1": "words", "rouge2": "word pairs", "rougeL": "longest common subsequence",
            "rougeLsum": "longest common subsequence, line by line"}
    observe.__doc__ = f"ROUGE F-measure over {what[kind]}."
    metric(kind, needs=("answer",), signature=signature)(observe)


for _place, _kind in enumerate(_KINDS):
    _register(_place, _kind)
