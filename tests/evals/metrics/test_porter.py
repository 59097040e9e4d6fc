"""The stemmer is nltk's, as rouge-score uses it, word by word."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

import pytest

from evals.metrics.porter import stem
from tests.evals.metrics.texts import COMPANY

ENDS = ["ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator", "alism", "iveness", "fulness", "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize", "iciti", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "s", "es", "ies", "ied", "sses", "eed", "ed", "ing", "y", "e", "ee", "ll", "ly", "at", "bl", "iz", "ss", "zz"]


@pytest.fixture(scope="module")
def theirs() -> Callable[[str], str]:
    """nltk's: reading it takes seconds, and every process of a run collects this file."""
    from nltk.stem.porter import PorterStemmer

    stemmed: Callable[[str], str] = PorterStemmer().stem
    return stemmed


def test_every_word_of_the_company(theirs: Callable[[str], str]) -> None:
    texts = [path.read_text(encoding="utf-8") for path in COMPANY.rglob("*") if path.suffix in (".md", ".jsonl", ".csv")]
    words = {word for text in texts for word in re.findall(r"[a-z0-9]+", text.lower())}
    assert len(words) > 2000
    assert {word: stem(word) for word in words} == {word: theirs(word) for word in words}


def test_every_short_word_of_telling_letters(theirs: Callable[[str], str]) -> None:
    for length in (1, 2, 3, 4):
        for letters in itertools.product("aelsyg1", repeat=length):
            word = "".join(letters)
            assert stem(word) == theirs(word), word


def test_stems_with_one_or_two_endings(theirs: Callable[[str], str]) -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        start = "".join(chance.choices("abeilnosstuvwxyz1", k=chance.randrange(6)))
        word = start + "".join(chance.choices(ENDS, k=chance.randrange(1, 3)))
        assert stem(word) == theirs(word), word


@pytest.mark.parametrize(("word", "stemmed"), [("skies", "sky"), ("dying", "die"), ("ponies", "poni"), ("ties", "tie"),
                                               ("agreed", "agre"), ("fizzed", "fizz"), ("hopping", "hop"), ("relational", "relat")])
def test_words_of_porters_paper(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed
