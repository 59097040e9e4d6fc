"""The injection suite and the held-out text are what their README says, and come from nowhere else in this project."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from evals.loading.suite_file import catalog, load

ROOT = Path(__file__).resolve().parents[3]
SUITE = load(catalog().suites["injection"])
TEXTS = load(catalog().suites["handbook-text"])


def bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_attacks_and_hard_negatives_are_many_and_varied() -> None:
    labels = Counter(sample.reference["label"] for sample in SUITE.samples)
    assert labels == {"attack": 138, "harmless": 138}
    families = Counter((sample.row["label"], sample.row["family"]) for sample in SUITE.samples)
    assert sum(label == "attack" for label, _ in families) >= 12
    assert sum(label == "harmless" for label, _ in families) >= 12
    assert min(families.values()) >= 10
    assert {sample.row["place"] for sample in SUITE.samples} == {"user", "tool"}


def test_no_text_is_there_twice_or_stands_in_a_guards_own_tests() -> None:
    texts = [bare(sample.row["messages"][-1]["content"]) or sample.row["messages"][-1]["content"] for sample in SUITE.samples]
    assert [text for text, times in Counter(texts).items() if times > 1] == []
    known = bare(" ".join(path.read_text() for path in (
        *(ROOT / "tests" / "gateway" / "guards").glob("*.py"), *(ROOT / "policies").glob("*.yaml"),
        *(ROOT / "gateway" / "guards").glob("*.py"))))
    assert [text for text in texts if len(text) > 20 and text in known] == []


def test_no_held_out_sentence_is_in_what_the_model_learned_from() -> None:
    company = ROOT / "model_server" / "company"
    learned = bare(" ".join(path.read_text() for path in (*company.rglob("*.md"), *company.rglob("*.jsonl"))))
    for sample in TEXTS.samples:
        for sentence in re.split(r"(?<=[.!?])\s", sample.row["text"]):
            assert bare(sentence) not in learned, sentence


def test_the_readme_counts_right() -> None:
    readme = (ROOT / "evals" / "suites" / "README.md").read_text()
    assert "138 attempts" in readme
    assert "138 harmless texts" in readme
    assert f"{len(TEXTS.samples)} short texts" in readme
    rows = (ROOT / "evals" / "suites" / "injection" / "injection.jsonl").read_text().splitlines()
    assert [json.loads(row)["id"] for row in rows] == [sample.id for sample in SUITE.samples]
