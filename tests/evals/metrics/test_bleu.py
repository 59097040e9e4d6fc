"""Summed parts give exactly sacrebleu's corpus scores, so slices and resamples are sacrebleu's, too."""

from __future__ import annotations

import numpy as np
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.registry import Item, metrics

WORDS = ["The", "cat", "sat", "on", "the", "mat", ".", "28", "days,", "é", "£1,600", "don't"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=40)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=12)


def summed(name: str, pairs: list[tuple[str, str]]) -> float:
    metric = metrics()[name]
    rows = [metric.observe(Item(str(at), str(at), {}, {"answer": reference}, text=answer), None)
            for at, (answer, reference) in enumerate(pairs)]
    return float(metric.value(np.array(rows, dtype=float).sum(axis=0)[None])[0])


@given(PAIRS)
def test_bleu_and_chrf_equal_sacrebleu(pairs: list[tuple[str, str]]) -> None:
    answers, references = [a for a, _ in pairs], [[r for _, r in pairs]]
    assert summed("bleu", pairs) == sacrebleu.corpus_bleu(answers, references, force=True).score
    assert summed("chrf", pairs) == sacrebleu.corpus_chrf(answers, references).score


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_no_bit(pairs: list[tuple[str, str]], chance: object) -> None:
    mixed = list(pairs)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert summed("bleu", mixed) == summed("bleu", pairs)
    assert summed("chrf", mixed) == summed("chrf", pairs)


def test_signatures_are_sacrebleus() -> None:
    signature = metrics()["bleu"].signature
    assert signature is not None
    assert signature() == f"BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{sacrebleu.__version__}"
    signature = metrics()["chrf"].signature
    assert signature is not None
    assert signature() == f"chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{sacrebleu.__version__}"
