"""Curves rise, and mean the same everywhere: their middle knot is what a balanced rule acts on."""

from __future__ import annotations

import hashlib
import json

import pytest

from gateway.config.policy_model import SENSITIVITIES
from gateway.detectors.calibration import AT, Calibration, Curve
from gateway.detectors.encoder import SHIPPED


def test_knots_lie_at_the_sensitivities() -> None:
    assert AT[1:4] == (SENSITIVITIES["high"], SENSITIVITIES["balanced"], SENSITIVITIES["low"])
    curve = Curve((-8.0, -1.0, 0.0, 2.0, 6.0))
    assert [curve(knot) for knot in curve.knots] == pytest.approx(AT)
    values = [curve(step / 10) for step in range(-120, 120)]
    assert values == sorted(values)
    assert values[0] == AT[0]
    assert values[-1] == AT[-1]
    assert curve(1.0) == pytest.approx(0.65)


@pytest.mark.parametrize("knots", [(0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 1.0, 2.0, 3.0), (3.0, 2.0, 1.0, 0.0, -1.0)])
def test_a_curve_that_does_not_rise_is_refused(knots: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="5 rising knots"):
        Curve(knots)


def test_the_shipped_calibration_knows_every_head_and_tag() -> None:
    shipped = SHIPPED.calibration
    assert isinstance(shipped, Calibration)
    assert list(shipped.scores) == ["injection_user", "injection_outside", "toxicity"]
    assert shipped.tags[0] == "O"
    assert set(shipped.entities) == set(shipped.tags[1:])


def test_the_calibration_belongs_to_these_weights() -> None:
    """Its own digest is the version by which answers are remembered, so it must name the digests of the others."""
    files = json.loads((SHIPPED.directory / "calibration.json").read_text("utf-8"))["files"]
    assert set(files) == {"encoder.onnx", "tokenizer.json", "background.npz"}
    for name, digest in files.items():
        assert hashlib.sha256((SHIPPED.directory / name).read_bytes()).hexdigest() == digest, name
    assert sum((SHIPPED.directory / name).stat().st_size for name in files) < 25_000_000
