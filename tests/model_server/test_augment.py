"""Noise is seeded, varied, and spares what tells facts apart; held-out frames stay held out."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from model_server import augment
from model_server.families import HELD_OUT, TRAINED, fill, held_out_questions

SEEDS = st.integers(0, 10_000)
QUESTION = "What is the salary range of the Cedar band at Tarnwick in C3?"


@given(SEEDS)
def test_noise_is_seeded_and_never_empty(seed: int) -> None:
    first = augment.vary(QUESTION, random.Random(seed))
    assert first == augment.vary(QUESTION, random.Random(seed))
    assert len(first.split()) >= 2


@given(SEEDS)
def test_noise_spares_names_and_figures(seed: int) -> None:
    """Without them the label would be wrong: which band, whose salary, which room."""
    rng = random.Random(seed)
    for text in (
        augment.drop_words(QUESTION, rng, 0.5, 0.5),
        augment.misspell(QUESTION, rng, 1.0),
        augment.shuffle_words(QUESTION, rng),
    ):
        assert {"Cedar", "Tarnwick", "C3"} <= set(re.findall(r"\w+", text))


def test_noise_has_an_effect_and_variety() -> None:
    rng = random.Random(3)
    texts = {augment.vary(QUESTION, rng) for _ in range(200)}
    assert len(texts) > 80
    assert QUESTION in texts  # the plain question stays in the mix
    assert augment.vary(QUESTION, rng, 0.0) == QUESTION


def test_synonyms_swap_whole_phrases_within_their_group() -> None:
    pattern, table = augment.synonym_table()
    found = {augment.swap_synonyms("Who is the chief executive?", random.Random(seed), 1.0) for seed in range(40)}
    assert any("CEO" in text for text in found)
    assert not any("chief executive" in text for text in found)
    assert not pattern.search("bosses") or pattern.search("bosses").group() != "boss"
    for phrase, others in table.items():
        assert others
        assert phrase not in {other.lower() for other in others} or phrase != phrase.lower()


def test_misspell_keeps_first_and_last_letter() -> None:
    for seed in range(50):
        (word,) = augment.misspell("overtime", random.Random(seed), 1.0).split()
        assert (word[0], word[-1]) == ("o", "e") or len(word) < 8
        assert word != ""


def test_frames() -> None:
    assert fill("Tell me {l}", "What is it?") == "Tell me what is it?"
    assert fill("Tell me {l}", "IT desk hours?") == "Tell me IT desk hours?"
    assert fill("{b}, please?", "Where is it?") == "Where is it, please?"
    assert fill("{s} thx", "Where is it ?") == "where is it thx"


def test_held_out_families_share_no_frame_with_the_trained() -> None:
    trained = {frame for family in TRAINED for frame in family.frames}
    held = [frame for family in HELD_OUT for frame in family.frames]
    assert len(held) == len(set(held))
    assert not trained & set(held)
    assert not {family.name for family in TRAINED} & {family.name for family in HELD_OUT}


def test_held_out_questions_are_the_same_on_every_run() -> None:
    pairs = (("a", "What is it?"), ("b", "Where is it?"))
    rows = held_out_questions(pairs)
    assert rows == held_out_questions(pairs)
    assert len(rows) == 2 * len(HELD_OUT)
    assert {row["family"] for row in rows} == {family.name for family in HELD_OUT}
    assert all("it" in row["question"].lower() for row in rows)
