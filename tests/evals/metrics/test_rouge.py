"""ROUGE equals rouge-score to the last bit: every kind, with and without the stemmer, with one reference or several."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from evals.metrics.registry import Item, metrics
from evals.metrics.rouge import KINDS, score
from tests.evals.metrics.texts import fuzzed, house_pairs

TEXTS = st.lists(st.sampled_from(["the", "cat", "sat", "running", "runs", "\n", "28", "é", "—", "CAT.", "İ", "Σ", "\ud800"]),
                 max_size=20).map(" ".join) | st.text(max_size=60)
SCORERS = {stemmer: RougeScorer(list(KINDS), use_stemmer=stemmer) for stemmer in (False, True)}


def check(answer: str, references: list[str], stemmer: bool) -> None:
    """Precision, recall and F-measure of each kind, as rouge-score has them."""
    expected = SCORERS[stemmer].score_multi(references, answer)
    found = score(answer, references, stemmer=stemmer)
    assert {kind: tuple(each) for kind, each in found.items()} == {kind: tuple(expected[kind]) for kind in KINDS}


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3), st.booleans())
def test_every_kind_equals_the_reference(answer: str, references: list[str], stemmer: bool) -> None:
    check(answer, references, stemmer)


def test_fuzzed_texts() -> None:
    chance = random.Random(20251125)
    for _ in range(1500):
        check(fuzzed(chance), [fuzzed(chance) for _ in range(chance.choice((1, 1, 2, 3)))], chance.random() < 0.5)


def test_real_texts() -> None:
    """Paragraphs of the company's documents beside each other."""
    pairs = house_pairs()
    assert len(pairs) >= 10_000
    for answer, reference in random.Random(7).sample(pairs, 250):
        check(answer, [reference], stemmer=False)
        check(answer, [reference], stemmer=True)


@pytest.mark.exact
def test_all_real_texts() -> None:
    for at, (answer, reference) in enumerate(house_pairs()):
        check(answer, [reference], stemmer=at % 2 == 0)


@pytest.mark.exact
def test_a_hundred_thousand_fuzzed_texts() -> None:
    chance = random.Random(5)
    for at in range(100_000):
        check(fuzzed(chance), [fuzzed(chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))], at % 2 == 0)


def test_the_metrics_are_the_f_measures() -> None:
    item = Item("1", "1", {}, {"answer": ["runs home", "the dog ran\nthe dog was running home"]}, text="running\nhome")
    for stemmer in (False, True):
        expected = SCORERS[stemmer].score_multi(item.reference["answer"], item.text)
        for kind in KINDS:
            name = f"{kind}_stemmed" if stemmer else kind
            assert metrics()[name].observe(item, None) == (expected[kind].fmeasure, 1.0)
    one = Item("1", "1", {}, {"answer": "home"}, text="home")
    assert metrics()["rougeLsum"].observe(one, None) == (1.0, 1.0)


def test_l_and_lsum_differ_where_lines_do() -> None:
    found = score("the cat\nsat here", ["sat here\nthe cat"])
    assert (found["rougeL"].fmeasure, found["rougeLsum"].fmeasure) == (0.5, 1.0)


@pytest.mark.parametrize("stemmer", [False, True])
def test_of_equally_long_subsequences_the_references_choice_counts(stemmer: bool) -> None:
    """Which one is read out decides what the union over lines holds, and so the score."""
    chance = random.Random(3)
    for _ in range(2000):
        check(*[("\n".join(" ".join(chance.choices("abcd", k=chance.randrange(5))) for _ in range(3))),
                ["\n".join(" ".join(chance.choices("abcd", k=chance.randrange(6))) for _ in range(3))]], stemmer)


def test_stems_meet_with_the_stemmer_only() -> None:
    assert score("running", ["runs"])["rouge1"].fmeasure == 0.0
    assert score("running", ["runs"], stemmer=True)["rouge1"].fmeasure == 1.0


@pytest.mark.parametrize(("answer", "reference"), [("", ""), ("", "a"), ("—", "…"), ("\n\n", "a\n"), ("日本", "日本")])
def test_without_words_there_is_no_score(answer: str, reference: str) -> None:
    check(answer, [reference], stemmer=True)
    assert score(answer, [reference])["rougeLsum"].fmeasure == 0.0
