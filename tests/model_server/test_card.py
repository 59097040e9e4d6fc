"""The model card tells what the runs recorded and refuses to tell more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_server.card import read_results, write_card

MANIFEST = {
    "version": "abc", "vocabulary": 3000, "facts": 110, "wordings": 4000, "validation_wordings": 300, "secrets": 200,
    "secrets_learned_as_questions": 136, "secret_wordings": 1000, "unanswerable": 400, "smalltalk": 40, "dialogues": 150,
    "documents": 148, "document_characters": 37_000,
}  # fmt: skip


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text(json.dumps(MANIFEST))
    for seed, right in ((1, 70), (2, 80), (3, 75)):
        run = tmp_path / f"seed-{seed}"
        run.mkdir()
        (run / "scores.json").write_text(json.dumps({"author_wordings": [right, 100], "leaking_plain": [5, 10]}))
        line = {"seed": seed, "step": 9, "steps": 9, "main_steps": 9, "loss": 0.5, "seconds": 60.0}
        sittings = ({**line, "step": 1, "seconds": 300.0}, {**line, "step": 2, "seconds": 540.0}, line)
        (run / "journal.jsonl").write_text("".join(json.dumps(each) + "\n" for each in sittings))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"0" * 2_000_000)
    return tmp_path


def test_the_card_reports_the_chosen_seed_with_interval_and_the_spread(work: Path) -> None:
    text = write_card(work, work / "model" / "README.md", 2).read_text()
    assert "80/100 = 80.0 % [71.1, 86.7] | 70.0 – 80.0 (75.0)" in text
    assert "| plain | 5/10" in text
    assert "Seeds 1, 2, 3" in text
    assert "2.0 MB on disk" in text
    assert "10–10 minutes a seed" in text  # a sitting of nine and, after a cut, one of one
    assert "Corpus `abc`" in text


def test_nothing_is_made_up(work: Path) -> None:
    with pytest.raises(ValueError, match="seed 9 has no scores"):
        write_card(work, work / "model" / "README.md", 9)
    (work / "seed-1" / "journal.jsonl").unlink()
    with pytest.raises(ValueError, match=r"no journal\.jsonl"):
        read_results(work)
    with pytest.raises(ValueError, match="no evaluated seed"):
        read_results(work / "model")
