"""Slips and masks change letters only: the words can still be told, and the same draw gives the same text."""

from __future__ import annotations

import random
import re

import pytest

from model_server.guard_encoder.typed import masked, slip, typed

TEXT = "What a stupid idea, it doesn't work and I hate it."


def test_typed_text_keeps_its_words() -> None:
    found = [typed(TEXT, random.Random(seed)) for seed in range(400)]
    assert found == [typed(TEXT, random.Random(seed)) for seed in range(400)]
    assert 0.5 < sum(each == TEXT for each in found) / 400 < 0.9
    assert {TEXT.upper(), TEXT.lower().replace("'", "").rstrip(".")} <= set(found)
    assert sum("stupid" not in each.lower() for each in found) > 10


def test_any_long_word_may_be_hidden() -> None:
    """Else a hidden word would be a sign of abuse."""
    calm = "Seven people watered their gardens before sunset."
    found = [typed(calm, random.Random(seed)).lower() for seed in range(3000)]
    for word in ("seven", "people", "watered", "gardens", "before", "sunset"):
        hidden = [each for each in found if word not in each]
        assert 30 < len(hidden) < 150, word
        assert any(re.search(r"[*@310$_-]|\b\w[. ]\w[. ]", each) for each in hidden), word


@pytest.mark.parametrize("word", ["stupid", "hate", "Fucking", "die"])
def test_a_masked_word_keeps_its_first_letter_and_can_be_told(word: str) -> None:
    found = {masked(word, random.Random(seed)) for seed in range(100)}
    assert len(found) >= 6
    for each in found:
        assert each[0].lower() == word[0].lower()
        assert 2 <= len(re.sub(r"(.)\1\1", r"\1", re.sub(r"[ .\-_]", "", each))) <= len(word)


def test_a_slip_is_one_letter() -> None:
    found = {slip("people", random.Random(seed)) for seed in range(200)}
    assert len(found) > 8
    assert all(5 <= len(each) <= 8 and each[0] == "p" and each[-1] == "e" for each in found)
    assert slip("the", random.Random(1)) == "the"
