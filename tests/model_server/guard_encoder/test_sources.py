"""Self-written texts: the same for the same seed, filled in, and none of them stands in a frozen set."""

from __future__ import annotations

import json
from pathlib import Path

from model_server.guard_encoder import toxicity
from model_server.guard_encoder.data.overlap import Held, check, shingles

ROOT = Path(__file__).parents[3]
FROZEN = ROOT / "evals" / "suites" / "guards"
TOPICS = ROOT / "model_server" / "guard_encoder" / "topics.txt"


def frozen(name: str) -> list[Held]:
    rows = [json.loads(line) for line in (FROZEN / name).read_text("utf-8").splitlines()]
    return [Held(row["text"], name=row["id"]) for row in rows]


def test_sentences_are_the_same_for_the_same_seed() -> None:
    one, other = list(toxicity.sentences(3, 4)), list(toxicity.sentences(3, 4))
    assert one == other != list(toxicity.sentences(4, 4))
    assert {sentence.value for sentence, _ in one} == {0.0, 1.0}
    assert not any("{" in sentence.text or "}" in sentence.text for sentence, _ in one)
    assert len({function for _, function in one}) >= 16


def test_groups_are_named_on_both_sides() -> None:
    """Else a group's name would be the label."""
    groups = toxicity.functions()[1]["group"]
    for value in (0.0, 1.0):
        texts = " ".join(sentence.text for sentence, _ in toxicity.sentences(1, 40) if sentence.value == value)
        assert sum(group in texts for group in groups) > 0.95 * len(groups)


def test_half_of_the_passages_hold_abuse() -> None:
    found = list(toxicity.passages(2, 40))
    assert sum(passage.value for passage in found) == 20
    assert all(passage.text.count(" ") > 6 for passage in found)


def test_no_frozen_text_is_learnt() -> None:
    learnt = [Held(sentence.text) for sentence, _ in toxicity.sentences(9, 30)]
    learnt += [Held(line) for line in TOPICS.read_text("utf-8").splitlines()]
    for name in ("toxicity_functional.jsonl", "injection_user_benign.jsonl", "injection_user_hard.jsonl"):
        check(learnt, frozen(name))
    known = {each for held in learnt for each in shingles(held.text, 5)}
    same = [held.name for held in frozen("toxicity_functional.jsonl") if not known.isdisjoint(shingles(held.text, 5))]
    assert len(same) <= 3, same
