"""Rates, ranks and intervals of a detector against what can be counted by hand, and against pairs one by one."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from evals.guards import figures
from evals.statistics.stats import wilson


def test_a_share_of_single_rows_has_wilsons_interval() -> None:
    found = figures.share([True] * 3 + [False] * 7, [str(n) for n in range(10)], 1, "x")
    assert (found.value, found.n, found.method) == (0.3, 10, "wilson")
    assert (found.low, found.high) == wilson(3, 10)


def test_rows_of_one_cluster_count_as_one_when_chance_is_judged() -> None:
    hits = [True] * 50 + [False] * 50
    alone = figures.share(hits, [str(n) for n in range(100)], 1, "x")
    clustered = figures.share(hits, [str(n // 25) for n in range(100)], 1, "x")
    assert clustered.value == alone.value == 0.5
    assert clustered.high - clustered.low > 3 * (alone.high - alone.low)


def test_a_family_of_many_rows_counts_no_more_than_others() -> None:
    hits, families = [True] * 90 + [False] * 10, ["big"] * 90 + ["small"] * 10
    found = figures.macro(hits, families, [str(n) for n in range(100)], 1, "x")
    assert found.value == 0.5
    assert found.n == 100
    assert found.low <= 0.5 <= found.high


def test_precision_where_attacks_are_rare() -> None:
    hits, false = [True] * 9 + [False], [True] * 2 + [False] * 98
    found = figures.precision_at(hits, [f"a{n}" for n in range(10)], false, [f"h{n}" for n in range(100)], 0.001, 1, "x")
    assert found.value == pytest.approx(0.001 * 0.9 / (0.001 * 0.9 + 0.999 * 0.02))
    assert found.low < found.value < found.high


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    chance = random.Random(2)
    attacks = np.array([chance.randrange(20) / 20 for _ in range(40)])
    harmless = np.array([chance.randrange(14) / 20 for _ in range(60)])
    pairs = [1.0 if a > h else 0.5 if a == h else 0.0 for a in attacks for h in harmless]
    assert figures.auc(attacks, harmless) == pytest.approx(sum(pairs) / len(pairs))


def test_recall_at_a_rate_of_false_positives() -> None:
    harmless = np.arange(200) / 200
    attacks = np.array([0.5, 0.985, 0.99, 0.995, 1.0])
    threshold_scores = [score for score in attacks if sum(h >= score for h in harmless) <= 2]
    assert figures.recall_at(attacks, harmless) == len(threshold_scores) / 5 == 0.6


def test_a_detector_that_says_nothing_has_no_recall_at_any_rate() -> None:
    assert figures.recall_at(np.zeros(50), np.zeros(500)) == 0.0
    assert figures.auc(np.zeros(50), np.zeros(500)) == 0.5


def test_the_interval_of_a_rank_holds_the_value() -> None:
    attacks, harmless = np.linspace(0.3, 1, 80), np.linspace(0, 0.7, 120)
    found = figures.ranked(figures.auc, attacks, [str(n) for n in range(80)], harmless, [str(n // 3) for n in range(120)], 1, "x")
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.2


def test_nothing_to_count_has_no_value() -> None:
    assert math.isnan(figures.share([], [], 1, "x").value)
    assert math.isnan(figures.auc(np.array([]), np.array([1.0])))
