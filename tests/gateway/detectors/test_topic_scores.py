"""A topic sets its own threshold: by everyday texts that are not about it, and by its own examples."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.topic_scores import curve, likeness, own, unrelated

RNG = np.random.default_rng(3)


def vectors(count: int, towards: int, strength: float) -> np.ndarray:
    """Unit vectors in 16 dimensions that lean towards one of the axes."""
    found = RNG.normal(size=(count, 16)) * 0.3
    found[:, towards] += strength
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_likeness_is_the_mean_of_the_two_nearest() -> None:
    topic = np.eye(4)[:3]
    window = np.asarray([[0.8, 0.6, 0.0, 0.0]])
    assert likeness(window, topic)[0] == pytest.approx(0.7)
    assert likeness(window, topic[:1])[0] == pytest.approx(0.8)


def test_a_background_about_the_topic_itself_does_not_count() -> None:
    topic = vectors(6, 0, 3.0)
    groups = np.repeat([f"g{index}" for index in range(12)], 40)
    background = np.concatenate([vectors(40, index, 3.0) for index in range(12)])
    kept = unrelated(background, groups, topic)
    assert len(kept) == 440
    assert kept[-1] < likeness(vectors(40, 0, 3.0), topic).mean() - 0.3
    assert list(kept) == sorted(kept)


def test_examples_move_the_threshold_within_bounds() -> None:
    background = np.sort(RNG.normal(0.2, 0.1, size=4000))
    plain = curve(background, np.zeros(0)).knots[2]
    assert plain == pytest.approx(np.quantile(background, 0.99))
    assert curve(background, np.full(20, 0.9)).knots[2] == pytest.approx(np.quantile(background, 0.995))
    assert curve(background, np.full(20, 0.1)).knots[2] == pytest.approx(np.quantile(background, 0.98))


def test_an_example_is_compared_with_the_others_only() -> None:
    topic = np.concatenate([vectors(5, 0, 3.0), vectors(1, 7, 9.0)])
    found = own(topic, list(range(6)))
    assert len(found) == 6
    assert found[0] < 0.5 < found[1]
    assert len(own(topic, [0, 1])) == 0
