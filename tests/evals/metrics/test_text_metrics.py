"""Claims, figures, fluency and what answers took: by tables and by formulas written out."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evals.metrics import claims, figures
from evals.metrics.registry import Item, Use, metrics
from evals.statistics import observed


def value(name: str, items: list[Item]) -> float:
    metric = metrics()[name]
    return observed.collect(metric, observed.observe(metric, items, None)).value(metric)


def one(text: str = "", **more: Any) -> Item:
    return Item("1", "1", {}, more, text=text)


def test_rates_are_over_claims_and_not_over_answers() -> None:
    items = [one(claims=["Entailment", "supported", "neutral"]), one(claims=["Contradiction"]), one(claims=[])]
    assert value("claim_precision", items) == 0.5
    assert value("hallucination_rate", items) == 0.5
    assert value("contradiction_rate", items) == 0.25
    assert math.isnan(value("hallucination_rate", [one(claims=[])]))
    with pytest.raises(ValueError, match="no label"):
        claims.label("maybe")


@pytest.mark.parametrize(("text", "found"), [
    ("£1,600.00 and 1600", ["1600", "1600"]), ("0.50, 0,5", ["0.5", "0.5"]), ("page 007", ["7"]), ("x2 v1.2", []),
    ("1,60", ["1.6"]), ("３ days", ["3"]), ("0", ["0"]), ("2.", ["2"]),
])
def test_figures_have_one_spelling(text: str, found: list[str]) -> None:
    assert claims.numbers(text) == found


def test_figures_that_the_source_does_not_hold() -> None:
    items = [one("It costs 1600 for 3 days.", source="£1,600 a week"), one("Nothing.", source="5")]
    assert value("unsupported_numbers", items) == 0.5


def test_fragments_are_those_of_newsroom() -> None:
    source = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    assert claims.fragments(["the", "lazy", "dog", "jumps", "over"], source) == [3, 2]
    assert claims.fragments(["a", "quick", "red", "fox"], source) == [1, 1]
    item = one("The lazy dog jumps high.", source=" ".join(source))
    assert value("coverage", [item]) == 4 / 5
    assert value("density", [item]) == (9 + 1) / 5


@pytest.mark.parametrize(("text", "answer", "strict", "flexible"), [
    ("She has 3 + 4 = 7 eggs.\n#### 7", "#### 7", 1.0, 1.0), ("so it is $1,234.", "1234", 0.0, 1.0), ("#### -5", "-5", 1.0, 1.0),
    ("first 7 then 8", "7", 0.0, 0.0), ("no figure", "7", 0.0, 0.0), ("#### 1,000", "work\n#### 1000", 1.0, 1.0),
])
def test_last_figures_as_lm_eval_reads_them(text: str, answer: str, strict: float, flexible: float) -> None:
    assert value("final_number", [one(text, answer=answer)]) == strict
    assert value("last_number", [one(text, answer=answer)]) == flexible
    assert figures.last("") is None


def test_fluency_and_coherence() -> None:
    first = Item("1", "1", {}, {"unigram_logprobs": (-4.0, -4.0), "alone_logprobs": (-3.0, -3.0), "text": "wörd"},
                 logprobs=(-1.0, -2.0))
    second = Item("2", "2", {}, {"unigram_logprobs": (-5.0,), "alone_logprobs": (-1.0,), "text": "abc"}, logprobs=(-3.0,))
    assert value("fluency", [first, second]) == math.exp(-6 / 3)
    assert value("fluency", [first, second]) == pytest.approx(1 / value("token_perplexity", [first, second]))
    assert value("slor", [first, second]) == pytest.approx((5 + 2) / 3)
    assert value("coherence", [first, second]) == pytest.approx((3 - 2) / (5 + 3) / math.log(2))
    assert math.isnan(value("fluency", [one("chat")]))


def test_what_answers_took() -> None:
    uses = [Use(2.0, 0.5, 100, 4, None), Use(1.0, 0.25, 100, 1, None), Use(None, None, None, None, 0.5), None]
    items = [Item(str(at), str(at), {}, {"prices": {"prompt": 1.0, "completion": 10.0}}, use=use) for at, use in enumerate(uses)]
    found = {name: value(name, items) for name in ("latency", "first_token", "per_token", "tokens_per_second",
                                                   "tokens_per_answer", "cost")}
    assert found == pytest.approx({"latency": 1.5, "first_token": 0.375, "per_token": 0.5, "tokens_per_second": 5 / 3,
                                   "tokens_per_answer": 2.5, "cost": (140e-6 + 110e-6 + 0.5) / 3})


def test_of_several_references_the_best_counts() -> None:
    item = one("28 days", answer=["a week", "28 calendar days"])
    assert value("exact_match", [item]) == 0.0
    assert value("f1", [item]) == pytest.approx(0.8)
    assert value("exact_match", [one("The week!", answer=["a week", "28 days"])]) == 1.0
