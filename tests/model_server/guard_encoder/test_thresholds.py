"""A tag's balanced threshold: the middle of those at which the tag is best, and no extreme for want of examples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytestmark = pytest.mark.train


def test_the_middle_of_what_is_as_good() -> None:
    from model_server.guard_encoder.calibrate import BETWEEN, _best

    pairs = np.asarray([(0.1, 0), (0.3, 0), (0.4, 0), (0.8, 1), (0.85, 1), (0.9, 1)])
    curve = _best(pairs)
    assert curve[2] == pytest.approx(0.6, abs=0.03)
    assert curve == sorted(curve)
    assert BETWEEN[0] <= curve[2] <= BETWEEN[1]


def test_no_right_example_at_all() -> None:
    from model_server.guard_encoder.calibrate import UNKNOWN, _best

    assert _best(np.asarray([(0.9, 0), (0.3, 0)]))[2] == pytest.approx(UNKNOWN, abs=0.03)
