"""Strings without sense: by rule, never the same twice, and odd data beside them that is short and in one line."""

from __future__ import annotations

import random

from model_server.guard_encoder.data import examples
from model_server.guard_encoder.data.garbage import oddity, suffix

WORDS = tuple(first + last for first in ("river", "lamp", "green", "town", "oak", "sand", "cloud", "stone")
              for last in ("", "side", "light", "er", "way", "mill", "land", "bird"))


def test_suffixes_are_long_and_hardly_repeat() -> None:
    chance = random.Random(3)
    made = [suffix(chance, WORDS) for _ in range(500)]
    assert len(set(made)) > 470
    assert all(len(each) > 10 for each in made)
    tokens = {token for each in made for token in each.split()}
    assert len(tokens) > 1500
    assert [suffix(random.Random(3), WORDS) for _ in range(2)] == [suffix(random.Random(3), WORDS) for _ in range(2)]


def test_odd_strings_are_of_many_kinds() -> None:
    chance = random.Random(5)
    made = [oddity(chance, WORDS) for _ in range(500)]
    assert len(set(made)) > 490
    assert not any(letter in each.split() for each in made for letter in "WONSL"), "a place that nothing fills"
    assert all("\n" not in each and 3 < len(each) < 80 for each in made)
    assert sum(each.isalnum() for each in made) > 30
    assert sum(" " in each for each in made) > 30


def test_garbage_is_learned_with_the_reserve_only_and_odd_strings_always() -> None:
    plain = {each.family for each in examples(7)}
    assert "odd_strings" in plain
    assert {"suffixes", "harmless_suffixes"}.isdisjoint(plain)
