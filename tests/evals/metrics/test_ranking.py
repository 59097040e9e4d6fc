"""MRR and hits equal trec_eval's on rankings full of ties, those that only float32 sees included."""

from __future__ import annotations

import pytest
import pytrec_eval
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evals.metrics.ranking import order, reciprocal_rank, single

IDS = st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=4), min_size=1,
               max_size=12, unique=True)
BASES = st.sampled_from([0.0, 1.0, -1.0, 0.1, 1e-45, 3.5e38, 16777216.0, 16777217.0])
SCORES = st.builds(lambda base, nudge: base * (1 + nudge), BASES, st.sampled_from([0.0, 1e-9, -1e-9, 1e-7, 2e-7]))


@given(IDS, st.data())
@settings(max_examples=400)
@example(["a", "b"], None)
def test_every_ranking_is_trec_evals(ids: list[str], data: st.DataObject | None) -> None:
    if data is None:
        scored, relevant = {"a": 0.1, "b": 0.1 + 1e-10}, ["a"]  # equal in float32: the larger id comes first
    else:
        scored = {name: data.draw(SCORES) for name in ids}
        relevant = data.draw(st.lists(st.sampled_from(ids), unique=True))
    judged = {name: int(name in relevant) for name in ids}
    seen = pytrec_eval.RelevanceEvaluator({"q": judged}, {"recip_rank", "success"}).evaluate({"q": scored})["q"]
    assert reciprocal_rank(scored.items(), relevant) == seen["recip_rank"]
    assert float(order(scored.items())[0] in relevant) == seen["success_1"]


def test_a_float64_ranking_would_differ() -> None:
    scored = [("a", 0.1 + 1e-10), ("b", 0.1)]
    assert max(scored, key=lambda pair: pair[1])[0] == "a"
    assert order(scored) == ["b", "a"]


@pytest.mark.parametrize(("score", "rounded"), [(1e39, float("inf")), (-1e39, float("-inf")), (16777217.0, 16777216.0)])
def test_float32_as_a_cast_makes_it(score: float, rounded: float) -> None:
    assert single(score) == rounded


def test_nothing_relevant_is_zero() -> None:
    assert reciprocal_rank([("a", 1.0)], []) == 0.0
    assert reciprocal_rank([("a", 3.0), ("b", 2.0), ("c", 1.0)], ["c", "b"]) == 0.5
