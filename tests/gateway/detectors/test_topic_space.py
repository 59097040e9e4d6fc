"""The space of a background: what all texts share is gone, and a topic is told from what only looks like all texts."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.topic_space import COUNTED, LOOKED_AT, SHRINKAGE, Neighbours, Space

SIZE = 16


def background(chance: np.random.Generator, count: int = 2000) -> np.ndarray:
    """Unit vectors that lean towards axis 0 and differ most along axis 1."""
    found = chance.normal(size=(count, SIZE)) * 0.1
    found[:, 0] += 1.0
    found[:, 1] *= 8.0
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_what_all_texts_share_makes_none_alike() -> None:
    chance = np.random.default_rng(1)
    vectors = background(chance)
    space = Space.of(vectors, ["all"] * len(vectors))
    others = background(chance, 300)
    assert (others @ others.T).mean() > 0.5, "they lean one way"
    inside = space(others)
    assert np.linalg.norm(inside, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert abs((inside @ inside.T)[~np.eye(300, dtype=bool)].mean()) < 0.02


def test_what_texts_differ_in_most_counts_least() -> None:
    """Two vectors that share axis 1, along which all differ, are less alike there than two that share axis 5."""
    chance = np.random.default_rng(2)
    axes = np.linalg.qr(chance.normal(size=(SIZE, SIZE)))[0]
    vectors = background(chance) @ axes
    space = Space.of(vectors, ["all"] * len(vectors))

    def alike(axis: int) -> float:
        pair = np.repeat(vectors.mean(axis=0)[None], 2, axis=0)
        pair += 0.4 * axes[axis]
        pair += 0.3 * axes[6:8]
        one, two = space(pair)
        return float(one @ two)

    assert alike(5) > alike(1) + 0.2


def test_a_large_group_does_not_decide_alone() -> None:
    chance = np.random.default_rng(3)
    large, small = chance.normal(size=(900, SIZE)), chance.normal(size=(100, SIZE))
    large[:, 2] += 10
    space = Space.of(np.concatenate([large, small]), ["large"] * 900 + ["small"] * 100)
    assert space.weights.sum() == pytest.approx(1.0)
    assert space.weights[:900].sum() == pytest.approx(0.75), "30 to 10: by the roots of 900 and 100"
    assert space.mean[2] == pytest.approx(7.5, abs=0.3)


def test_the_same_window_is_the_same_alone_and_among_others() -> None:
    vectors = background(np.random.default_rng(4))
    space = Space.of(vectors.astype(np.float16), ["all"] * len(vectors))
    assert space(vectors[:9].astype(np.float32))[4] == pytest.approx(space(vectors[4:5].astype(np.float32))[0], abs=1e-5)


def test_all_directions_vary_alike() -> None:
    chance = np.random.default_rng(5)
    vectors = background(chance) @ np.linalg.qr(chance.normal(size=(SIZE, SIZE)))[0]
    turn = Space.of(vectors, ["all"] * len(vectors)).turn
    covariance = np.cov(vectors.T, bias=True)
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.trace(covariance) / SIZE * np.eye(SIZE)
    assert turn.T @ shrunk @ turn == pytest.approx(np.eye(SIZE), abs=1e-3)


def test_the_neighbours_are_the_nearest_and_never_the_text_itself() -> None:
    vectors = background(np.random.default_rng(6), 300)
    space = Space.of(vectors, ["all"] * 300)
    windows = space(background(np.random.default_rng(7), 1200))
    found = space.neighbours(windows)
    assert found.places.shape == found.likeness.shape == (1200, LOOKED_AT)
    for row in (0, 499, 500, 1199):
        nearest = np.sort(space.everyday @ windows[row])[::-1]
        assert found.likeness[row] == pytest.approx(nearest[:LOOKED_AT], abs=1e-5)
        assert space.everyday[found.places[row]] @ windows[row] == pytest.approx(found.likeness[row], abs=1e-5)
        alone = space.neighbours(windows[row : row + 1])
        assert alone.likeness[0] == pytest.approx(found.likeness[row], abs=1e-5)
    assert not (space.nearest.places == np.arange(300)[:, None]).any()


def test_density_is_of_the_nearest_that_count() -> None:
    near = Neighbours(np.arange(LOOKED_AT)[None], np.linspace(0.9, 0.31, LOOKED_AT)[None])
    counts = np.ones(90, dtype=bool)
    assert near.density(counts)[0] == pytest.approx(np.mean(near.likeness[0, :COUNTED]))
    counts[:5] = False
    assert near.density(counts)[0] == pytest.approx(np.mean(near.likeness[0, 5 : COUNTED + 5]))
    counts[:58] = False
    two, last = near.likeness[0, 58:].sum(), near.likeness[0, -1]
    assert near.density(counts)[0] == pytest.approx((two + (COUNTED - 2) * last) / COUNTED), "none is nearer than the last"
    assert np.isnan(near.density(np.zeros(90, dtype=bool))[0])


def test_a_background_of_a_few_texts_is_one() -> None:
    space = Space.of(background(np.random.default_rng(8), 3), ["a", "a", "b"])
    found = space.neighbours(space(background(np.random.default_rng(9), 2)))
    assert found.places.shape == (2, 3)
    assert np.isfinite([*found.density(np.ones(3, dtype=bool)), space.sparse, space.varies]).all()
