"""Exact match and F1 equal SQuAD's own script, copied here as it was published (evaluate-v1.1.py, v2.0 for empties)."""

from __future__ import annotations

import collections
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.squad import exact_match, f1

WORDS = st.lists(st.sampled_from(["the", "The", "a", "an", "28", "28,900", "days.", "(days)", "Ün", "theatre", "-", "“"]),
                 max_size=8).map(" ".join)


def official_normal(s: str) -> str:
    def remove_articles(text: str) -> str:
        return re.sub(r"\b(a|an|the)\b", " ", text)

    def white_space_fix(text: str) -> str:
        return " ".join(text.split())

    def remove_punc(text: str) -> str:
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    return white_space_fix(remove_articles(remove_punc(s.lower())))


def official_f1(prediction: str, ground_truth: str) -> float:
    gold_toks, pred_toks = official_normal(ground_truth).split(), official_normal(prediction).split()
    num_same = sum((collections.Counter(gold_toks) & collections.Counter(pred_toks)).values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision, recall = 1.0 * num_same / len(pred_toks), 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


@given(WORDS | st.text(max_size=30), WORDS | st.text(max_size=30))
def test_both_equal_the_official_script(answer: str, gold: str) -> None:
    assert exact_match(answer, gold) == float(official_normal(answer) == official_normal(gold))
    assert f1(answer, gold) == official_f1(answer, gold)


@pytest.mark.parametrize(
    ("answer", "gold", "em", "score"),
    [
        ("The 28 days.", "28 days", 1.0, 1.0),
        ("28 days", "28 weeks", 0.0, 0.5),
        ("28,900", "28900", 1.0, 1.0),  # SQuAD drops the comma
        ("", "", 1.0, 1.0),
        ("", "28", 0.0, 0.0),
        ("yes yes", "yes", 0.0, 2 / 3),
    ],
)
def test_known_pairs(answer: str, gold: str, em: float, score: float) -> None:
    assert exact_match(answer, gold) == em
    assert f1(answer, gold) == pytest.approx(score, abs=1e-15)
