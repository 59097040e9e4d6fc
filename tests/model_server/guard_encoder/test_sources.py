"""Self-written texts: the same for the same seed, filled in, and none of them stands in a frozen set."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from model_server.guard_encoder import toxicity
from model_server.guard_encoder.data.overlap import Held, check, shingles
from model_server.guard_encoder.shared_sets import Labelled

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
    lists = toxicity.functions()[1]
    rows = [sentence for sentence, _ in toxicity.sentences(1, 40)]
    for name in ("group", "one", "adj"):
        for word in lists[name]:
            named = re.compile(rf"\b{re.escape(word)}\b")
            values = [row.value for row in rows if named.search(row.text)]
            assert len(values) > 30, word
            assert 0.3 < sum(values) / len(values) < 0.7, word


def test_both_sides_have_many_templates_and_every_list_they_name() -> None:
    functions, lists = toxicity.functions()
    sides = {value: [each for _, side, templates in functions if side == value for each in templates] for value in (0.0, 1.0)}
    assert min(len(side) for side in sides.values()) > 1500
    assert 0.75 < len(sides[1.0]) / len(sides[0.0]) < 1.3
    texts = [each for side in sides.values() for each in side]
    assert len(set(texts)) == len(texts)
    assert {name for each in texts for name in re.findall(r"\{(\w+)\}", each)} == set(lists)
    assert all(len(set(words)) == len(words) for words in lists.values())


def test_only_what_stands_around_a_quotation_tells_its_side() -> None:
    """The same sentences of abuse are quoted by who reports and by who agrees, and kind ones by who mocks them."""
    functions, lists = toxicity.functions()
    back = {each for name, _, templates in functions if name in toxicity.KEPT_BACK for each in templates}
    for slot, value in (("said", 1.0), ("kind", 0.0)):
        quoting = [side for _, side, templates in functions for each in templates if f"{{{slot}}}" in each]
        assert min(quoting.count(0.0), quoting.count(1.0)) >= 10, slot
        sides = {each: side for _, side, templates in functions for each in templates}
        assert {sides[each] for each in lists[slot]} == {value}
        assert back.isdisjoint(lists[slot])
    chance = random.Random(5)
    found = [toxicity.filled('"{said}" he wrote. {said} {kind}', chance) for _ in range(200)]
    assert not any("{" in each or "[" in each for each in found)
    assert 40 < sum(bool(re.match(r'"[^"]*[.!?]" ', each)) for each in found) < 160
    assert all(re.search(r"[.!?]$", each) for each in found)


def test_answers_to_abuse_are_kept_back_for_development() -> None:
    kept = {function for _, function in toxicity.sentences(1, 1, back=True)}
    assert "rebuttal" in kept
    assert kept == toxicity.KEPT_BACK
    assert kept.isdisjoint(function for _, function in toxicity.sentences(1, 1))


def test_choices_and_articles_are_filled() -> None:
    chance = random.Random(4)
    found = {toxicity.filled("a [user|Indian|[old|new] hat|one-off] is a {adj} X", chance) for _ in range(300)}
    assert {each.split(" is ")[0].lower() for each in found} == {"a user", "an indian", "an old hat", "a new hat", "a one-off"}
    assert all(" is an " in each for each in found if each.split(" is ")[1].split()[1][0] in "aeioAEIO")


def test_a_curse_at_nobody_weighs_less_than_abuse() -> None:
    curse, abuse, calm = (toxicity.tweet(Labelled(text, value)) for text, value in (
        ("this shit is wild", 0.6), ("shut up you stupid clown", 0.6), ("see you at the shop", 0.0)))
    assert calm[0] == 0.0
    assert curse[0] < abuse[0]
    assert curse[1] * curse[2] < 0.2 * abuse[1] * abuse[2]
    assert [toxicity.rude(text) for text in ("What the hell", "Garbage!", "Hello, classic skillet")] == [True, True, False]


def test_half_of_the_passages_hold_abuse() -> None:
    found = list(toxicity.passages(2, 400, ["The shop opens at nine in summer.", "Two trains were late again."] * 20))
    assert sum(passage.value for passage in found) == 200
    assert all(passage.text.count(" ") > 3 for passage in found)
    assert 0.3 < sum("opens at nine" in each.text or "trains were" in each.text for each in found) / 400 < 0.7
    for value in (0.0, 1.0):
        assert sum("\n" in each.text for each in found if each.value == value) > 40


def test_no_frozen_text_is_learnt() -> None:
    learnt = [Held(sentence.text) for back in (False, True) for sentence, _ in toxicity.sentences(9, 30, back=back)]
    learnt += [Held(line) for line in TOPICS.read_text("utf-8").splitlines()]
    for name in ("toxicity_functional.jsonl", "injection_user_benign.jsonl", "injection_user_hard.jsonl"):
        check(learnt, frozen(name))
    known = {each for held in learnt for each in shingles(held.text, 5)}
    same = [held.name for held in frozen("toxicity_functional.jsonl") if not known.isdisjoint(shingles(held.text, 5))]
    assert len(same) <= 3, same
