"""Power is what simulation shows, and what a gate says that it sees is what it finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.statistics import power, stats


@pytest.mark.parametrize(
    ("won", "lost", "one_sided", "two_sided"),
    [(0.02, 0.07, 0.983, 0.963), (0.05, 0.10, 0.878, 0.802), (0.02, 0.05, 0.787, 0.672)],
)
def test_the_power_of_mcnemars_test_on_500_pairs(won: float, lost: float, one_sided: float, two_sided: float) -> None:
    """One-sided at .05, and the upper half of the two-sided test; beside the share of 4,000 simulated pairs of runs."""
    assert power.mcnemar_power(500, lost, won) == pytest.approx(one_sided, abs=0.001)
    assert power.mcnemar_power(500, lost, won, 0.025) == pytest.approx(two_sided, abs=0.001)
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(500, [won, lost, 1 - won - lost], size=4000).tolist()
    found = sum(stats.sign_test(worse, better) <= 0.05 for better, worse, _ in drawn) / 4000
    assert abs(found - one_sided) < 4 * math.sqrt(one_sided * (1 - one_sided) / 4000) + 0.001


@given(st.integers(1, 400), st.floats(0.0, 0.6), st.floats(0.0, 0.4), st.sampled_from([0.2, 0.05, 0.0036, 0.001]))
@settings(deadline=None)
def test_the_power_is_the_sum_over_all_that_may_change(n: int, lost: float, won: float, alpha: float) -> None:
    """Both binomials summed from their definitions, term by term."""
    changes = [math.comb(n, k) * (lost + won) ** k * (1 - lost - won) ** (n - k) for k in range(n + 1)]
    share = lost / (lost + won) if lost + won else 0.0
    found = [sum(math.comb(k, against) * share**against * (1 - share) ** (k - against)
                 for against in range(power.least_against(alpha, k), k + 1)) for k in range(n + 1)]
    assert power.mcnemar_power(n, lost, won, alpha) == pytest.approx(math.fsum(map(math.prod, zip(changes, found, strict=True))), abs=1e-9)


@given(st.integers(0, 1200), st.sampled_from([0.2, 0.05, 0.01, 0.001]))
def test_the_least_number_against_is_the_sign_tests(changed: int, alpha: float) -> None:
    least = power.least_against(alpha, changed)
    if least <= changed:
        assert stats.sign_test(least, changed - least) <= alpha * (1 + 1e-9)
    if least > 0:
        assert stats.sign_test(least - 1, changed - least + 1) > alpha * (1 - 1e-9)


@pytest.mark.parametrize(("n", "churn", "alpha"), [(100, 0.0, 0.05), (219, 0.04, 0.005), (400, 0.1, 0.01), (36, 0.0, 0.005)])
def test_the_smallest_drop_has_the_power_that_it_promises(n: int, churn: float, alpha: float) -> None:
    drop = power.mcnemar_smallest(n, churn, alpha)
    assert power.mcnemar_power(n, churn / 2 + drop, churn / 2, alpha) >= 0.8
    assert power.mcnemar_power(n, churn / 2 + drop - 0.002, churn / 2, alpha) < 0.8


def test_beyond_500_pairs_the_normal_formula_takes_over_without_a_jump() -> None:
    exact, normal = power.mcnemar_smallest(500, 0.05, 0.01), power.mcnemar_smallest(501, 0.05, 0.01)
    assert normal == pytest.approx(exact, rel=0.06)
    assert power.mcnemar_smallest(50_000, 0.05, 0.01) < normal / 8


def test_what_cannot_be_seen_is_said() -> None:
    assert math.isnan(power.mcnemar_smallest(4, 0.0, 0.05))  # four of four have p = 1/16
    assert math.isnan(power.mcnemar_smallest(0, 0.0, 0.05))
    assert power.least_clusters(0.05) == 5
    assert power.mcnemar_power(50, 0.0, 0.0) == 0.0


def test_the_sign_test_is_half_of_mcnemars_where_the_drop_is() -> None:
    assert stats.sign_test(9, 1) == pytest.approx(11 / 1024)
    assert stats.mcnemar(9, 1) == pytest.approx(22 / 1024)
    assert stats.sign_test(1, 9) == pytest.approx(1023 / 1024)
    assert stats.sign_test(0, 0) == 1.0
