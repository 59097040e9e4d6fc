"""ROUGE is rouge-score's, to the last bit, and what the suite gets is the metric that it named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from evals.metrics.registry import Item, metrics
from evals.metrics.rouge import scores

KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
TEXTS = st.lists(st.sampled_from(["the", "cat", "sat", "running", "runs", "\n", "28", "é", "—", "CAT."]),
                 max_size=20).map(" ".join) | st.text(max_size=60)


@given(TEXTS, TEXTS)
def test_every_kind_equals_the_reference(answer: str, reference: str) -> None:
    found = scores(answer, reference)
    for kind, mine in zip(KINDS, found, strict=True):
        alone = RougeScorer([kind], use_stemmer=False).score(reference, answer)[kind].fmeasure
        assert mine == alone
        item = Item("1", "1", {}, {"answer": reference}, text=answer)
        assert metrics()[kind].observe(item, None) == (alone, 1.0)


def test_l_and_lsum_differ_where_lines_do() -> None:
    _, _, whole, lines = scores("the cat\nsat here", "sat here\nthe cat")
    assert (whole, lines) == (0.5, 1.0)


def test_no_stemmer() -> None:
    assert scores("running", "runs")[0] == pytest.approx(0.0)
