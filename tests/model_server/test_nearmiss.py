"""Near misses: the words that tell facts apart are found, and a question that lost them names nothing known."""

from __future__ import annotations

import random

import pytest

from model_server.documents import Fact, load_company
from model_server.nearmiss import near_miss, telling_words
from model_server.strangers import absent_table, ask_about_absent


def fact(name: str, *wordings: str) -> Fact:
    return Fact(name, "handbook", wordings[0], "a", "v", ("v",), wordings)


FACTS = (
    fact("dinner", "How much is dinner?", "the dinner limit?", "What may dinner cost?"),
    fact("hotel", "How much is a hotel?", "the hotel limit?", "What may a hotel cost?"),
    fact("leave", "How much leave is there?", "leave?", "What leave do I get?"),
    fact("talks", "How much talk?", "When are talks?", "talks when"),
    fact("bonus", "How much bonus?", "When is the bonus?", "What bonus?"),
)


def test_telling_words_are_a_facts_own() -> None:
    telling = telling_words(FACTS)
    assert "dinner" in telling["dinner"]
    assert "hotel" in telling["hotel"]
    assert not any({"the", "is"} & words for words in telling.values())
    many = tuple(fact(str(n), "what cost", "cost here", f"thing{n} thing{n}", f"thing{n}") for n in range(6))
    assert all("cost" not in words for words in telling_words(many).values())  # frequent in too many facts


def test_a_near_miss_has_lost_every_telling_word() -> None:
    rng = random.Random(0)
    telling = telling_words(FACTS)["dinner"]
    texts = {near_miss(FACTS[0], telling, rng) for _ in range(60)}
    assert len(texts) > 20
    assert all(text and "dinner" not in text.lower() for text in texts)
    assert near_miss(fact("x", "What is that?"), frozenset({"dinner"}), rng) is None


def test_every_shipped_fact_has_telling_words() -> None:
    facts = load_company().facts
    telling = telling_words(facts)
    assert [item.id for item in facts if not telling[item.id]] == []


def test_absent_things_are_absent_from_the_handbook() -> None:
    """A thing that is the value or the subject of a fact would teach a wrong "I don't know"."""
    questions = " | ".join(item.question.lower() for item in load_company().facts)
    values = {value.lower() for item in load_company().facts for value in item.accept}
    for frames, things in absent_table()[:10]:
        assert all("{x}" in frame for frame in frames)
        assert not {thing.lower() for thing in things} & values
        assert not [thing for thing in things if f" {thing.lower()}?" in questions]


def test_absent_questions_are_seeded_and_varied() -> None:
    asked = [ask_about_absent(random.Random(seed)) for seed in range(300)]
    assert asked == [ask_about_absent(random.Random(seed)) for seed in range(300)]
    assert len(set(asked)) > 200
    assert not [text for text in asked if "{x}" in text]


def test_a_bad_line_is_named(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "absent.txt"
    path.write_text("# c\nWhere is {x}?\n")
    with pytest.raises(ValueError, match=r"absent\.txt:2: write frames"):
        absent_table(path)
