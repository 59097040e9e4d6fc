"""Training wordings: every fact has many, and none of them stands in a frozen question set."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMPANY = ROOT / "model_server" / "company"
FROZEN = ROOT / "evals" / "suites" / "company"
WRITTEN_BY_AUTHORS = ("author_wordings.jsonl", "unanswerable.jsonl", "harmless.jsonl")


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def _normal(text: object) -> str:
    return re.sub(r"[^a-z0-9 ]", "", str(text).lower()).strip()


def test_every_fact_has_many_wordings() -> None:
    wordings: dict[str, set[str]] = defaultdict(set)
    for path in (COMPANY / "wordings").glob("facts-*.jsonl"):
        for row in _rows(path):
            wordings[str(row["fact"])] |= {_normal(each) for each in row["wordings"]}  # type: ignore[attr-defined]
    facts = {str(row["id"]) for row in _rows(COMPANY / "facts.jsonl")}
    assert set(wordings) == facts
    assert min(len(each) for each in wordings.values()) >= 14


def test_no_training_wording_stands_in_a_frozen_set() -> None:
    frozen = {_normal(row["question"]) for name in WRITTEN_BY_AUTHORS for row in _rows(FROZEN / name)}
    trained = set()
    for path in (COMPANY / "wordings").glob("*.jsonl"):
        for row in _rows(path):
            trained |= {_normal(each) for each in row.get("wordings", [])}  # type: ignore[attr-defined]
            trained.add(_normal(row.get("question", "")))
    assert len(trained) > 4000
    assert not trained & frozen
