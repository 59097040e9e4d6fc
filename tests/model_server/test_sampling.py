"""Draws stay within what temperature, top-k, top-p, min-p and penalties allow, and follow their shares."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model_server.sampling import Sampling, best, choose, log_softmax, penalise

LOGITS = arrays(np.float32, 12, elements=st.floats(-30, 30, width=32))
FEW = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))


def draws(sampling: Sampling, logits: np.ndarray = FEW, n: int = 400) -> Counter[int]:
    random = np.random.default_rng(0)
    return Counter(choose(logits, sampling, random) for _ in range(n))


@given(LOGITS)
def test_log_softmax_is_a_distribution(logits: np.ndarray) -> None:
    logprobs = log_softmax(logits)
    assert np.exp(logprobs.astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(logprobs - logprobs[0], logits - logits[0], atol=1e-4)


@given(LOGITS, st.floats(0.01, 5), st.floats(0.01, 1), st.integers(0, 12), st.integers(0, 2**32))
def test_any_setting_draws_an_allowed_token(
    logits: np.ndarray, heat: float, top_p: float, top_k: int, seed: int
) -> None:
    sampling = Sampling(temperature=heat, top_p=top_p, top_k=top_k)
    token = choose(logits, sampling, np.random.default_rng(seed))
    assert token == choose(logits, sampling, np.random.default_rng(seed))
    if top_k:
        assert logits[token] >= np.sort(logits)[-top_k]
    chances = np.exp((logits - logits.max()).astype(np.float64) / heat)
    likelier = chances[chances > chances[token]].sum() / chances.sum()  # ties may stand in any order
    if not top_k:
        assert likelier < top_p + 1e-9


@pytest.mark.parametrize(
    ("sampling", "allowed"),
    [
        (Sampling(temperature=0.0), {0}),
        (Sampling(), {0, 1, 2, 3}),
        (Sampling(top_k=2), {0, 1}),
        (Sampling(top_p=0.5), {0}),
        (Sampling(top_p=0.79), {0, 1}),
        (Sampling(top_p=0.81), {0, 1, 2}),
        (Sampling(min_p=0.35), {0, 1}),
    ],
)
def test_cuts(sampling: Sampling, allowed: set[int]) -> None:
    assert set(draws(sampling)) == allowed


def test_shares_follow_the_temperature() -> None:
    plain, hot = draws(Sampling(), n=4000), draws(Sampling(temperature=3.0), n=4000)
    for token, share in enumerate(np.exp(FEW)):
        assert plain[token] / 4000 == pytest.approx(share, abs=0.03)
    wanted = np.exp(FEW / 3) / np.exp(FEW / 3).sum()
    assert hot[3] / 4000 == pytest.approx(wanted[3], abs=0.03)


def test_penalties_and_bias() -> None:
    logits = np.array([2.0, -2.0, 1.0, 0.0], dtype=np.float32)
    assert penalise(logits, Sampling(repetition_penalty=2.0), [0], [1]).tolist() == [1.0, -4.0, 1.0, 0.0]
    assert penalise(logits, Sampling(presence_penalty=0.5), [0], [2, 2]).tolist() == [2.0, -2.0, 0.5, 0.0]
    assert penalise(logits, Sampling(frequency_penalty=0.5), [0], [2, 2]).tolist() == [2.0, -2.0, 0.0, 0.0]
    assert penalise(logits, Sampling(logit_bias=((3, 100.0),)), [], []).tolist() == [2.0, -2.0, 1.0, 100.0]
    assert logits.tolist() == [2.0, -2.0, 1.0, 0.0]
    assert not Sampling().reshapes
    assert Sampling(logit_bias=((3, 1.0),)).reshapes


def test_best_lists_the_likeliest_first() -> None:
    assert [token for token, _ in best(FEW[::-1].copy(), 3)] == [3, 2, 1]
    assert best(FEW, 0) == ()
    assert len(best(FEW, 4)) == 4
