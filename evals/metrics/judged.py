"""What a judge says of answers. A judgement that is malformed, refused or missing is in none of these, but counted.

``item.judged`` holds, by kind, what could be read: labels of an answer's claims (FActScore, Min et al. 2023), grades
from 1 to 5 as 0 to 1, and ragas's values. Rates over claims count claims; an answer without any says nothing wrong.
"""

from __future__ import annotations

from evals.metrics.registry import Item, Parts, metric


def _claims(item: Item, *wanted: str) -> Parts | None:
    labels = item.judged.get("claims")
    return (float(sum(each in wanted for each in labels)), float(len(labels))) if labels else None


def _value(item: Item, kind: str) -> Parts | None:
    found = item.judged.get(kind)
    return None if found is None else (float(found), 1.0)


@metric("judged_claim_precision", judge="claims", needs=("source",))
def _claim_precision(item: Item, _: object) -> Parts | None:
    """Claims of the answers that the source supports, by a judge."""
    return _claims(item, "supported")


@metric("judged_hallucination_rate", better="lower", judge="claims", needs=("source",))
def _hallucination_rate(item: Item, _: object) -> Parts | None:
    """Claims that the source contradicts or says nothing about, by a judge."""
    return _claims(item, "neutral", "contradicted")


@metric("judged_contradiction_rate", better="lower", judge="claims", needs=("source",))
def _contradiction_rate(item: Item, _: object) -> Parts | None:
    """Claims that the source contradicts, by a judge."""
    return _claims(item, "contradicted")


@metric("judged_fluency", judge="fluency")
def _fluency(item: Item, _: object) -> Parts | None:
    """A judge's grade of the prose, 1 to 5 as 0 to 1."""
    return _value(item, "fluency")


@metric("judged_coherence", judge="coherence")
def _coherence(item: Item, _: object) -> Parts | None:
    """A judge's grade of how the answer follows from the question, 1 to 5 as 0 to 1."""
    return _value(item, "coherence")


@metric("ragas_faithfulness", judge="faithfulness", needs=("source",))
def _faithfulness(item: Item, _: object) -> Parts | None:
    """ragas Faithfulness: statements of the answer that follow from the source."""
    return _value(item, "faithfulness")


@metric("ragas_factual_correctness", judge="factual_correctness", needs=("answer",))
def _factual_correctness(item: Item, _: object) -> Parts | None:
    """ragas FactualCorrectness: F1 of the answer's claims against the reference's."""
    return _value(item, "factual_correctness")


@metric("ragas_context_precision", judge="context_precision", needs=("answer", "source"))
def _context_precision(item: Item, _: object) -> Parts | None:
    """ragas ContextPrecision: useful passages stand at the head of the source."""
    return _value(item, "context_precision")


@metric("ragas_context_recall", judge="context_recall", needs=("answer", "source"))
def _context_recall(item: Item, _: object) -> Parts | None:
    """ragas ContextRecall: sentences of the reference that follow from the source."""
    return _value(item, "context_recall")
