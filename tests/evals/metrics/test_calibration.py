"""Calibration beside its definitions, written out over all answers and not over summed parts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.registry import Item, metrics
from evals.statistics import observed

ANSWERS = st.lists(st.tuples(st.floats(0, 1) | st.sampled_from([0.2, 0.4, 1 / 15, 2 / 15, 1.0, 0.0]), st.booleans()),
                   min_size=1, max_size=40)


def value(name: str, items: list[Item]) -> float:
    metric = metrics()[name]
    return observed.collect(metric, observed.observe(metric, items, None)).value(metric)


def told(answers: list[tuple[float, bool]]) -> list[Item]:
    return [Item(str(at), str(at), {}, {"answer": "yes"}, text="yes" if right else "no", confidence=sure)
            for at, (sure, right) in enumerate(answers)]


@given(ANSWERS)
def test_ece_is_guos(answers: list[tuple[float, bool]]) -> None:
    sure, right = np.array([each for each, _ in answers]), np.array([each for _, each in answers], dtype=float)
    expected = 0.0
    for place in range(15):
        lower, upper = place / 15, (place + 1) / 15
        inside = (np.ceil(sure * 15) == place + 1) | ((place == 0) & (sure == 0))
        assert all(lower - 1e-12 <= each <= upper + 1e-12 for each in sure[inside])
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    assert value("ece", told(answers)) == pytest.approx(expected, abs=1e-12)
    assert value("brier", told(answers)) == pytest.approx(float(np.mean((sure - right) ** 2)))


def test_a_model_that_is_as_right_as_it_is_sure() -> None:
    assert value("ece", told([(0.75, True)] * 3 + [(0.75, False)])) == 0.0
    assert value("ece", told([(1.0, False)] * 4)) == 1.0
    assert math.isnan(value("ece", [Item("1", "1", {}, {"answer": "yes"}, text="yes")]))


@given(st.lists(st.tuples(st.lists(st.floats(-9, 0), min_size=3, max_size=3), st.integers(0, 2)), min_size=1, max_size=9))
def test_brier_over_options_is_lm_evals(rows: list[tuple[list[float], int]]) -> None:
    """brier_score of its api/metrics.py, over the probabilities that its tasks give to it."""
    predictions = np.array([np.exp(each) / np.sum(np.exp(each)) for each, _ in rows])
    gold_one_hot = np.eye(3)[[gold for _, gold in rows]]
    expected = np.mean(np.sum((predictions - gold_one_hot) ** 2, axis=1))
    items = [Item(str(at), str(at), {}, {"choices": "abc", "gold": [gold]}, likelihoods=tuple(each))
             for at, (each, gold) in enumerate(rows)]
    assert value("brier", items) == pytest.approx(float(expected), abs=1e-12)
