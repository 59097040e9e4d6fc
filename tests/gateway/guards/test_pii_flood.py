"""A flood of numbers: looks into the number plans are bounded, and what is beyond them counts as found."""

from __future__ import annotations

import pytest

from gateway.core.types import Finding
from gateway.guards import pii_phone
from gateway.guards.pii import PiiParams
from tests.gateway.guards.table import plan_for, streamed

PLAN = plan_for("pii", PiiParams(entities=("PHONE_NUMBER",)))
REAL, UNREAL = "(415) 555-2671", "(015) 555-2671"


def _spans(findings: tuple[Finding, ...]) -> list[tuple[int, int]]:
    return sorted((each.start, each.end) for each in findings)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the number plans were asked about."""
    asked: list[str] = []
    look = pii_phone.national
    monkeypatch.setattr(pii_phone, "national", lambda text, regions: asked.append(text) or look(text, regions))
    monkeypatch.setattr(pii_phone, "MOST_CHECKS", 20)
    return asked


def test_what_cannot_be_checked_any_more_counts_as_found(looks: list[str]) -> None:
    text = f"{UNREAL}, " * 50
    found = _spans(streamed(PLAN, [text]))
    assert len(looks) == 20
    assert found == [(start, start + len(UNREAL)) for start in range(20 * 16, 50 * 16, 16)]


@pytest.mark.parametrize("size", [1, 7, 300])
def test_chunks_do_not_show_in_which_are_checked(looks: list[str], size: int) -> None:
    text = f"{UNREAL}, paid 12.50, on 12-12-1990, " * 30 + REAL
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert _spans(streamed(PLAN, pieces)) == _spans(streamed(PLAN, [text]))


def test_what_is_ruled_out_at_a_glance_takes_no_turn(looks: list[str]) -> None:
    text = "12.50 and 12-12-1990, " * 60 + f"{UNREAL}."
    assert streamed(PLAN, [text]) == ()
    assert looks == [UNREAL]
