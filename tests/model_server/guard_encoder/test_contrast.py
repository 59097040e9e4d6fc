"""What development texts make of the second look: which way it corrects, by whom, and when it does not."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.encoder import SHIPPED
from model_server.guard_encoder.contrast import WIDTH, _contrast, _weights, fitted, logistic, windows
from model_server.guard_encoder.development import Judged

HEAD = "injection_outside"


def made(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Logit, likeness and the sentence's logit of ``count`` harmless windows and as many bad ones."""
    chance = np.random.default_rng(seed)
    harmless = np.c_[chance.normal(1.0, 1, count), chance.normal(0.35, 0.1, count), chance.normal(-3, 1, count)]
    bad = np.c_[chance.normal(2.0, 1, count), chance.normal(0.15, 0.1, count), chance.normal(-2, 1, count)]
    return np.r_[harmless, bad], np.r_[np.zeros(count, bool), np.ones(count, bool)]


def test_a_foreign_sentence_that_sounds_like_an_order_raises_a_logit() -> None:
    features, bad = made(100)
    found = _contrast(features, bad, [str(each) for each in bad], -1.0)
    assert found is not None
    assert found.likeness < 0 < found.alone
    assert (found.low, found.high) == (-1.0, -1.0 + WIDTH)
    assert found.middle == pytest.approx((0.25, -2.5), abs=0.15)
    corrected = np.asarray([found(*each) for each in features])
    assert auc(corrected, bad) > auc(features[:, 0], bad) + 0.1


def auc(scores: np.ndarray, bad: np.ndarray) -> float:
    return float((scores[bad][:, None] > scores[~bad]).mean())


def test_where_the_logit_tells_nothing_nothing_is_corrected() -> None:
    features, bad = made(100)
    features[:, 0] = -features[:, 0]
    features[:, 1:] = 0.0
    assert _contrast(features, bad, [str(each) for each in bad], -1.0) is None


def test_a_family_counts_by_the_root_of_its_windows_and_both_kinds_alike() -> None:
    groups = ["many"] * 100 + ["few"] * 4 + ["bad"] * 13
    bad = np.asarray([each == "bad" for each in groups])
    weights = _weights(bad, groups)
    assert weights[:100].sum() == pytest.approx(5 * weights[100:104].sum())
    assert weights[bad].sum() == pytest.approx(weights[~bad].sum())


def test_the_regression_finds_what_made_the_labels() -> None:
    chance = np.random.default_rng(3)
    features = chance.normal(size=(4000, 2))
    right = chance.random(4000) < 1 / (1 + np.exp(-(1.5 * features[:, 0] - 0.5 * features[:, 1] + 0.3)))
    assert logistic(features, right, np.ones(4000)) == pytest.approx([1.5, -0.5, 0.3], abs=0.12)


def test_few_texts_correct_nothing() -> None:
    texts = [Judged("The ferry is late. It leaves at nine.", "document", HEAD, bad, "ferry", "1") for bad in (True, False)]
    assert fitted(SHIPPED, texts, HEAD) is None


def test_the_windows_of_a_text_are_those_of_the_gateway() -> None:
    text = "The harbour is closed on Sundays. " * 30
    found = list(windows(SHIPPED, [Judged(text, "document", HEAD, False, "harbour", "1"),
                                   Judged("", "tool", HEAD, False, "harbour", "2")], HEAD))
    assert [len(each) for each in found] == [3, 0]
