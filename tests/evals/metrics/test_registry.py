"""Metrics are registered once, are pure files, and each is documented under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.metrics.registry import Item, find, metric, metrics

ROOT = Path(__file__).parents[3]


def test_each_metric_is_in_the_docs_with_its_direction() -> None:
    docs = (ROOT / "docs" / "metrics.md").read_text()
    rows = [line for line in docs.splitlines() if line.startswith("| `")]
    for name, each in metrics().items():
        row = next((row for row in rows if f"`{name}`" in row.split("|")[1]), "")
        assert row, name
        assert each.better in row, name
        assert each.unit.removesuffix("s") in row, name
        assert each.about, name


def test_a_name_is_taken_once() -> None:
    def observe(item: Item, _: object) -> tuple[float, float]:
        return 0.0, 1.0

    with pytest.raises(ValueError, match="'f1' is registered twice"):
        metric("f1")(observe)


def test_what_was_found_is_no_metric_of_every_suite() -> None:
    assert find("ndcg@7") is find("ndcg@7") is not None
    assert "ndcg@7" not in metrics()
    assert find("ndcg@10") is metrics()["ndcg@10"]
    assert find("ndcg@0") is find("ndcg@x") is find("none@3") is None
