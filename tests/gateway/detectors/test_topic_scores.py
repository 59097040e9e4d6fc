"""A topic sets its own thresholds: by everyday texts that are not about it, and by its own examples."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.topic_scores import (
    LEVELS,
    SHARPNESS,
    TAKEN,
    Likeness,
    Others,
    Scale,
    learnt,
    nearness,
    off_topic,
    on_topic,
    quantile,
)
from gateway.detectors.topic_space import Neighbours, Space

SIZE = 16
RNG = np.random.default_rng(3)
USUAL = (2.0, 1.5, 1.0)


def vectors(count: int, towards: int, strength: float) -> np.ndarray:
    """Unit vectors in 16 dimensions that lean towards one of the axes."""
    found = RNG.normal(size=(count, SIZE)) * 0.3
    found[:, towards] += strength
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def space() -> Space:
    groups = [f"g{index}" for index in range(12) for _ in range(60)]
    return Space.of(np.concatenate([vectors(60, index, 1.0) for index in range(12)]), groups)


def plain(texts: np.ndarray, examples: int = 0) -> Likeness:
    """Likeness whose scales change nothing."""
    same = Scale(0.0, 1.0)
    return Likeness(texts, examples, same, same)


def test_nearness_lies_between_the_mean_and_the_nearest() -> None:
    topic, window = np.eye(6)[:4], np.asarray([[0.8, 0.6, 0.0, 0.0, 0.0, 0.0]])
    found = np.log((np.exp(SHARPNESS * 0.8) + np.exp(SHARPNESS * 0.6) + 2) / 4) / SHARPNESS
    assert plain(topic)(window)[0] == pytest.approx(found)
    assert 1.4 / 4 < found < 0.8
    assert plain(topic[:1])(window)[0] == pytest.approx(0.8)


def test_near_one_text_counts_more_than_a_little_near_to_all() -> None:
    one, all_a_little = nearness(np.asarray([[0.8, 0.0, 0.0, 0.0], [0.2, 0.2, 0.2, 0.2]]))
    assert one > all_a_little + 0.2, "their means are the same"
    alike, spread = nearness(np.asarray([[0.5, 0.5, 0.5, 0.5], [0.55, 0.0, 0.0, 0.0]]))
    assert alike > spread + 0.1, "the nearest is not all that counts"


def test_saying_the_same_twice_changes_nothing() -> None:
    topic, windows = vectors(5, 0, 1.0), vectors(20, 0, 1.0)
    assert plain(np.repeat(topic, 3, axis=0))(windows) == pytest.approx(plain(topic)(windows))


def test_likeness_is_counted_in_deviations_of_what_is_not_about_it(space: Space) -> None:
    likeness, values, weights = learnt(space, space(vectors(6, 0, 1.0)), 0)
    assert len(values) == len(weights) == 660, "one group of twelve is about the topic"
    assert weights.sum() == pytest.approx(1.0)
    assert np.average(values, weights=weights) == pytest.approx(0.0, abs=1e-6)
    assert np.average(values**2, weights=weights) == pytest.approx(1.0, abs=1e-3)
    assert list(values) == sorted(values)
    assert list(values) == pytest.approx(sorted(likeness(space.everyday[space.groups != 0])), abs=1e-5)
    assert likeness(space(vectors(50, 0, 1.0))).mean() > values[-1] * 0.7
    assert abs(likeness(space(vectors(200, 5, 1.0))).mean()) < 0.7


def test_examples_count_as_much_as_what_is_said_however_many(space: Space) -> None:
    said, examples = space(vectors(5, 0, 3.0)), space(vectors(45, 1, 3.0))
    likeness, _, _ = learnt(space, np.concatenate([said, examples]), 45)
    near = [float(likeness(space(vectors(50, axis, 3.0))).mean()) for axis in (0, 1)]
    assert near[0] == pytest.approx(near[1], abs=0.5)
    drowned, _, _ = learnt(space, np.concatenate([said, examples]), 0)
    assert float(drowned(space(vectors(50, 0, 3.0))).mean()) < near[0] - 1.0


def test_an_example_is_compared_with_the_others_only() -> None:
    topic = np.concatenate([vectors(5, 0, 3.0), vectors(1, 7, 9.0)])
    found = plain(topic, 6).own()
    assert len(found) == 6
    assert found[0] < 0.5 < found[1]
    assert len(plain(topic, 4).own()) == 0, "too few"


def test_quantiles_go_by_weights() -> None:
    values = np.asarray([1.0, 2.0, 3.0])
    assert quantile(values, np.asarray([0.1, 0.1, 0.8]), 0.15) == 2.0
    assert quantile(values, np.asarray([0.8, 0.1, 0.1]), 0.15) == 1.0
    assert quantile(values, np.asarray([0.8, 0.1, 0.1]), 1.0) == 3.0


def test_examples_move_the_threshold_within_bounds() -> None:
    background = np.sort(RNG.normal(size=4000))
    weights = np.full(4000, 1 / 4000)
    at = {share: quantile(background, weights, share) for share in (0.992, 0.995, 0.997)}
    assert on_topic(background, weights, np.zeros(0)).knots[2] == at[0.995]
    assert on_topic(background, weights, np.full(20, 9.0)).knots[2] == at[0.997]
    assert on_topic(background, weights, np.full(20, -9.0)).knots[2] == at[0.992]


def test_off_a_topic_is_what_lies_below_nineteen_of_twenty_of_its_texts() -> None:
    assert off_topic(USUAL, np.zeros(0)).knots[1:4] == (-2.0, -1.5, -1.0)
    own = np.linspace(3.0, 5.0, 30)
    curve = off_topic(USUAL, own)
    lie = [0.25 * known + 0.75 * np.quantile(own, level) for level, known in zip(LEVELS, USUAL, strict=True)]
    assert curve.knots[1:4] == pytest.approx([-each for each in lie]), "thirty examples to the weight of ten"
    assert curve(-lie[1] - 0.2) < 0.5 < curve(-lie[1] + 0.2)


def test_off_a_topic_rises_whatever_the_examples() -> None:
    assert off_topic((1.0, 1.0, 1.0), np.full(9, 1.0)).knots[2] > -1.0


def test_what_says_the_topic_itself_scores_above_what_is_merely_near(space: Space) -> None:
    texts = space(vectors(6, 0, 1.0))
    likeness, values, weights = learnt(space, texts, 0)
    scores = [on_topic(values, weights, np.zeros(0))(float(each)) for each in likeness(np.concatenate([texts, space.everyday]))]
    assert max(scores) < 0.999, "a score that many texts share ranks none of them"
    assert min(scores) > 0.001


def test_what_lies_among_other_texts_is_less_like_the_topic(space: Space) -> None:
    likeness, _, _ = learnt(space, space(vectors(6, 0, 1.0)), 0)
    windows = space(vectors(40, 6, 1.0))
    assert likeness.others is not None
    taken = likeness.others(space.neighbours(windows))
    assert (taken > 0).mean() > 0.4
    assert likeness.others.unit == TAKEN
    assert taken.mean() > 0.1 * TAKEN
    plain = Likeness(likeness.texts, 0, likeness.near, likeness.whole)
    assert likeness(windows) == pytest.approx(plain(windows) - taken / likeness.whole.deviation, abs=1e-5)


def test_everyday_texts_about_the_topic_take_nothing(space: Space) -> None:
    likeness, _, _ = learnt(space, space(vectors(6, 0, 1.0)), 0)
    assert likeness.others is not None
    assert not likeness.others.counts[space.groups == 0].any()
    assert likeness.others.counts[space.groups > 3].all()
    on = space.neighbours(space(vectors(50, 0, 1.0)))
    all_count = Others(space, np.ones(len(space.groups), dtype=bool), likeness.others.unit)
    assert likeness.others(on).mean() < all_count(on).mean() / 2


def test_where_hardly_any_text_lies_nothing_is_taken(space: Space) -> None:
    every = np.ones(len(space.groups), dtype=bool)
    far = Neighbours(np.zeros((1, 60), dtype=int), np.full((1, 60), space.sparse - 0.1))
    near = Neighbours(np.zeros((1, 60), dtype=int), np.full((1, 60), space.sparse + 2 * space.varies))
    assert Others(space, every, 3.0)(far)[0] == 0.0
    assert Others(space, every, 3.0)(near)[0] == pytest.approx(6.0)
    assert Others(space, ~every, 3.0)(near)[0] == 0.0, "all of the background is about the topic"


@pytest.mark.parametrize("texts", [vectors(1, 2, 1.0), np.repeat(vectors(1, 2, 1.0), 9, axis=0)], ids=["one", "alike"])
def test_one_phrase_and_phrases_that_are_the_same_make_a_topic(space: Space, texts: np.ndarray) -> None:
    for examples in (0, len(texts) - 1):
        likeness, values, weights = learnt(space, space(texts), examples)
        own = likeness.own()
        on, off = on_topic(values, weights, own), off_topic(USUAL, own)
        scores = likeness(np.concatenate([space(texts), space(vectors(30, 8, 1.0))]))
        assert np.isfinite([*scores, *on.knots, *off.knots]).all()
        assert on(float(scores[0])) > 0.5 > on(float(np.median(scores[len(texts):])))


def test_the_neighbours_may_be_given_or_looked_for(space: Space) -> None:
    likeness, _, _ = learnt(space, space(vectors(6, 0, 1.0)), 0)
    windows = space(vectors(20, 0, 1.0))
    around = space.neighbours(windows)
    assert list(likeness(windows)) == list(likeness(windows, around))
    assert likeness(windows[3:4])[0] == pytest.approx(likeness(windows)[3], abs=1e-5)
