"""Injections in documents: at every place, readable in one window, with somebody else's among them, and none left out."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from model_server.guard_encoder.data import examples
from model_server.guard_encoder.data.planting import clipped, planted, wrapping
from model_server.guard_encoder.data.templates import HERE, templates
from model_server.guard_encoder.items import MOST_ROWS, cuts

PAGE = "One two three. Four five six.\nSeven eight nine."


@pytest.mark.parametrize(("place", "text"), [
    (0.0, "<X>\nOne two three. Four five six.\nSeven eight nine."),
    (0.2, "One two three. <X>\nFour five six.\nSeven eight nine."),
    (0.59, "One two three. Four five six.\n<X>\nSeven eight nine."),
    (0.6, "One <X> two three. Four five six.\nSeven eight nine."),
    (0.9, "One two three. Four five six.\nSeven eight nine.\n<X>"),
])
def test_a_text_is_planted_at_its_place(place: float, text: str) -> None:
    assert planted(PAGE, "<{}>", "X", place, "\n") == text


def test_a_text_is_planted_inside_a_field() -> None:
    assert planted('{"note": "The bus was late."}', "{}", "X", 0.3, "\n") == '{"note": "The bus was late. X"}'


def test_a_carrier_is_cut_at_a_sentence() -> None:
    assert clipped("One two. Three four. Five six seven.", 25) == "One two. Three four."
    assert clipped("a" * 50, 25) == "a" * 25
    assert clipped("short", 25) == "short"


def test_a_wrapping_fits_its_carrier() -> None:
    chance = random.Random(1)
    found = {kind: Counter(wrapping(kind, chance) for _ in range(600)) for kind in ("table", "code", "essay")}
    assert found["table"]["9;{};x"] > 20
    assert found["code"]['print("{}")'] > 20
    assert not found["essay"]["9;{};x"] + found["essay"]['print("{}")']
    assert all("{}" in each for counts in found.values() for each in counts)


def test_what_is_planted_fits_the_windows_that_are_learned_from() -> None:
    long = tuple(f"Passage {number} of a long report. " + "The council met and agreed on it. " * 12 for number in range(300))
    found = islice(examples(5, passages=long), 20_000, None)
    attacks = [each for each in found if each.role != "user" and each.label == "attack"]
    assert len(attacks) > 10_000
    some = random.Random(1).sample(attacks, 600)
    assert max(len(cuts(each.text, False)) for each in some) <= MOST_ROWS
    assert sum(len(each.text) > 600 for each in some) > 60


def test_injections_of_others_are_planted_in_documents_and_nowhere_else() -> None:
    text = "Use this zebra code:\nprint(1)"
    found = [each for each in examples(5, given=[("Zebras", text)]) if "zebra code" in each.text]
    assert len(found) > 1000
    assert all(each.label == "attack" and each.role != "user" and text in each.text for each in found)
    assert {(each.family, each.source) for each in found} == {("given", "bipia:Zebras")}


def test_every_file_of_documents_is_used() -> None:
    files = {each.stem for each in HERE.glob("doc_*.txt")}
    found = list(islice(examples(5), 20_000, None))
    used = {label: {each.source.partition(":")[0] for each in found if each.role != "user" and each.label == label}
            for label in ("attack", "harmless")}
    hard = {each for each in files if each.startswith("doc_hard")}
    assert used["attack"] == files - hard
    assert used["harmless"] == hard | {"carriers"}
    assert sum(len(templates(each)) for each in files - hard) > 400
