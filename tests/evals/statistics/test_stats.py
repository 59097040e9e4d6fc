"""Intervals cover, tests do not cry wolf, planted drops are found: shown by simulation, with room for chance.

The bounds are four standard errors of the simulation away from what is promised, so a right implementation fails about
once in thirty thousand seeds, and the seeds are fixed.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.bleu import bleu
from evals.metrics.registry import Array, mean, metrics
from evals.statistics import stats

RUNS = 600


def means(values: Array) -> Array:
    return np.stack([values, np.ones_like(values)], axis=1)


def clustered(rng: np.random.Generator, clusters: int, size: int) -> Array:
    """Yes-or-no samples; half of what decides each is its cluster's."""
    own = rng.normal(size=(clusters, 1))
    hits = (own + rng.normal(size=(clusters, size)) > 0).sum(axis=1).astype(float)
    return np.stack([hits, np.full(clusters, float(size))], axis=1)


def test_intervals_cover_the_truth_of_clustered_shares() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for run in range(RUNS):
        found = stats.interval(clustered(rng, 60, 4), mean, stats.generator(run, "a"), binary=True, draws=400)
        covered += found.low <= 0.5 <= found.high
    assert 0.95 - 4 * math.sqrt(0.95 * 0.05 / RUNS) - 0.01 <= covered / RUNS <= 0.985


def test_forgetting_the_clusters_would_not_cover() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for run in range(200):
        parts = clustered(rng, 30, 12)
        samples = np.repeat([0.0, 1.0], [int(360 - parts[:, 0].sum()), int(parts[:, 0].sum())])
        found = stats.interval(means(samples), mean, stats.generator(run, "a"), binary=True, draws=300)
        covered += found.low <= 0.5 <= found.high
    assert covered / 200 < 0.8


@pytest.mark.parametrize("clusters", [8, 60])
def test_a_against_a_raises_five_false_alarms_in_a_hundred_at_most(clusters: int) -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for run in range(RUNS):
        before, after = clustered(rng, clusters, 3), clustered(rng, clusters, 3)
        alarms += stats.permutation(before, after, mean, stats.generator(run, "p"), swaps=199) <= 0.05
    assert alarms / RUNS <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / RUNS)


def test_a_against_a_of_a_ratio_with_unequal_weights() -> None:
    rng, value = np.random.default_rng(4), metrics()["word_perplexity"].value
    alarms = 0
    for run in range(RUNS):
        words = rng.integers(5, 400, size=25).astype(float)
        runs = [np.stack([-words * rng.gamma(4, 0.5, size=25), words], axis=1) for _ in "ab"]
        alarms += stats.permutation(*runs, value, stats.generator(run, "p"), swaps=199) <= 0.05
    assert alarms / RUNS <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / RUNS)


def test_mcnemar_raises_five_false_alarms_in_a_hundred_at_most_and_finds_a_drop() -> None:
    rng = np.random.default_rng(5)
    alarms = found = 0
    for _ in range(RUNS):
        before, same, worse = rng.random(200) < 0.9, rng.random(200) < 0.9, rng.random(200) < 0.75
        alarms += stats.mcnemar(int((before & ~same).sum()), int((~before & same).sum())) <= 0.05
        found += stats.mcnemar(int((before & ~worse).sum()), int((~before & worse).sum())) <= 0.05
    assert alarms / RUNS <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / RUNS)
    assert found / RUNS > 0.9


def test_a_planted_drop_is_found_and_its_interval_leaves_zero_out() -> None:
    rng = np.random.default_rng(6)
    before = means(np.clip(rng.normal(0.8, 0.1, size=150), 0, 1))
    after = before - np.array([0.05, 0.0])
    found = stats.difference(before, after, mean, stats.generator(1, "d"))
    assert found.low <= -0.05 <= found.high < 0
    assert stats.permutation(before, after, mean, stats.generator(1, "p")) == 1 / 5000


def test_nothing_moved_is_no_alarm() -> None:
    parts = means(np.linspace(0, 1, 20))
    assert stats.permutation(parts, parts.copy(), mean, stats.generator(1)) == 1.0
    assert stats.difference(parts, parts.copy(), mean, stats.generator(1)) == stats.Interval(0.0, 0.0, "bootstrap")


def test_seeds_decide_and_names_keep_apart() -> None:
    parts = means(np.random.default_rng(7).random(40))
    once, again = (stats.interval(parts, mean, stats.generator(9, "qa", "f1"), binary=False) for _ in "ab")
    assert once == again
    assert once != stats.interval(parts, mean, stats.generator(10, "qa", "f1"), binary=False)
    assert once != stats.interval(parts, mean, stats.generator(9, "qa", "bleu"), binary=False)


def test_never_in_forty_is_no_proof_of_never() -> None:
    parts = np.stack([np.zeros(40), np.full(40, 12.0)], axis=1)
    found = stats.interval(parts, mean, stats.generator(1), binary=True)
    assert (found.low, found.method) == (0.0, "wilson")
    assert found.high == pytest.approx(0.0876, abs=1e-4)  # Wilson's upper end for 0 of 40
    always = np.stack([np.full(40, 12.0)] * 2, axis=1)
    assert stats.interval(always, mean, stats.generator(1), binary=True).low == pytest.approx(0.9124, abs=1e-4)


def test_no_interval_where_there_is_nothing_to_draw() -> None:
    assert stats.interval(np.zeros((0, 2)), mean, stats.generator(1), binary=True).method == "none"
    one = stats.interval(np.array([[3.0, 4.0]]), mean, stats.generator(1), binary=True)
    assert one.method == "none"
    assert math.isnan(one.low)


@pytest.mark.parametrize(
    ("lost", "won", "p"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (0, 1, 1.0), (10, 0, 2 / 1024)],
)
def test_mcnemar_is_the_exact_sign_test(lost: int, won: int, p: float) -> None:
    assert stats.mcnemar(lost, won) == pytest.approx(p)
    assert stats.mcnemar(won, lost) == stats.mcnemar(lost, won)


def test_holm_as_in_his_paper() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert stats.holm([]) == ()
    found = stats.holm([0.02, math.nan, 0.9])
    assert (found[0], found[2]) == (0.04, 0.9)
    assert math.isnan(found[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_and_keeps_the_order(values: list[float]) -> None:
    found = stats.holm(values)
    assert all(p <= corrected <= 1 for p, corrected in zip(values, found, strict=True))
    ranked = [found[at] for at in sorted(range(len(values)), key=lambda at: values[at])]
    assert ranked == sorted(ranked)


def test_quantiles_are_numpys_with_an_interval_that_covers() -> None:
    rng, covered = np.random.default_rng(8), 0
    for run in range(200):
        values = rng.exponential(size=120)
        ((median, span),) = stats.quantiles(values, [str(at) for at in range(120)], (0.5,), stats.generator(run), 200)
        assert median == float(np.quantile(values, 0.5))
        covered += span.low <= math.log(2) <= span.high
    assert covered / 200 > 0.88


def test_the_bootstrap_of_bleu_is_sacrebleus() -> None:
    """The same resampled statistics give sacrebleu's score of the resampled texts."""
    answers = [f"the cat sat on mat number {at} today" for at in range(12)]
    references = [f"the cat sat on the mat number {at} {'now' if at % 3 else 'today'}" for at in range(12)]
    metric = metrics()["bleu"]
    parts = np.array([bleu()._extract_corpus_statistics([a], [[r]])[0]
                      for a, r in zip(answers, references, strict=True)], dtype=float)
    rng = np.random.default_rng(11)
    drawn = stats.resampled([parts], [metric.value], np.random.default_rng(11), draws=5)[0]
    weights = rng.multinomial(12, np.full(12, 1 / 12), size=5)
    for row, score in zip(weights, drawn, strict=True):
        places = np.repeat(np.arange(12), row)
        texts = [answers[at] for at in places], [[references[at] for at in places]]
        assert score == sacrebleu.corpus_bleu(*texts, force=True).score
