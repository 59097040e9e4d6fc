"""The public sets are read as they lie in their directories."""

from __future__ import annotations

import json
from pathlib import Path

from model_server.guard_encoder import shared_sets


def test_tweets_have_their_readers_judgement(tmp_path: Path) -> None:
    (tmp_path / "davidson").mkdir()
    (tmp_path / "davidson" / "labeled_data.csv").write_text(
        ',count,hate_speech,offensive_language,neither,class,tweet\n'
        '0,3,0,0,3,2,"!!! RT @someone: tea &amp; cake http://t.co/x"\n'
        '1,4,3,1,0,0,@a_b you\n', "utf-8")
    assert list(shared_sets.tweets(tmp_path)) == [("@user tea & cake", 0.0), ("@user you", 0.9)]


def test_questions_have_their_domain(tmp_path: Path) -> None:
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "domains.json").write_text(json.dumps({"travel": ["visa"]}), "utf-8")
    (tmp_path / "clinc150" / "clinc150_dev.json").write_text(
        json.dumps({"train": [["do i need a visa", "visa"]], "oos_train": [["what is love", "oos"]]}), "utf-8")
    assert list(shared_sets.clinc(tmp_path)) == [("do i need a visa", "travel"), ("what is love", "out")]
    assert next(shared_sets.clinc_intents(tmp_path)) == ("do i need a visa", "visa", "travel")


def test_planted_sentences_come_from_both_files_and_no_category_is_in_both_parts(tmp_path: Path) -> None:
    (tmp_path / "bipia").mkdir()
    for name in ("text", "code"):
        data = {f"{name} {number}": [f"{name} {number} a", f"{name} {number} b"] for number in range(20)}
        (tmp_path / "bipia" / f"{name}_attack_train.json").write_text(json.dumps(data), "utf-8")
    learned = list(shared_sets.planted(tmp_path, "train"))
    chosen = list(shared_sets.planted(tmp_path, "development"))
    assert len({text for _, text in learned + chosen}) == 80
    assert {category for category, _ in learned}.isdisjoint(category for category, _ in chosen)
    for part in (learned, chosen):
        assert {category.split()[0] for category, _ in part} == {"text", "code"}
        assert all(text.startswith(category) for category, text in part)
        assert len(part) > 20
