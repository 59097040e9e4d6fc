"""The figures of the model card: by their definitions, and with intervals that know what belongs together."""

from __future__ import annotations

import numpy as np
import pytest

from model_server.guard_encoder.measure import Sample, at_rate, auc, interval, recall_at

RNG = np.random.default_rng(5)


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    bad, good = RNG.integers(0, 6, 40).astype(float), RNG.integers(0, 5, 30).astype(float)
    pairs = [(b > g) + 0.5 * (b == g) for b in bad for g in good]
    assert auc(bad, good) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.05, 0.3])
def test_no_more_good_texts_pass_than_allowed(rate: float) -> None:
    good = RNG.integers(0, 50, 200).astype(float)
    threshold = at_rate(good, rate)
    assert (good >= threshold).mean() <= rate
    lower = good[good < threshold].max()
    assert (good >= lower).mean() > rate, "the lowest such threshold"
    assert recall_at(np.asarray([threshold, lower]), good, rate) == 0.5


def test_an_interval_draws_whole_clusters() -> None:
    scores = np.repeat([0.0, 1.0], 500)
    alone = interval(lambda each: float(each.mean()), [Sample(scores)])
    together = interval(lambda each: float(each.mean()), [Sample(scores, tuple(f"c{i // 100}" for i in range(1000)))])
    assert alone[0] < 0.5 < alone[1]
    assert together[1] - together[0] > 5 * (alone[1] - alone[0])
