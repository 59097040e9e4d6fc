"""Capitals raise and lower what the encoder, which sees none, says of names; some words are in no name."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.pii_words import CAPITAL, SMALL, SMALL_AT_ALL, Word, joins, weighed, without_names

TAGS = ("O", "PERSON", "DATE_TIME")


def odds(text: str, word: str, tag: str = "PERSON") -> float:
    """The change of the log-odds of ``word``, which the encoder takes for ``tag`` by six to four."""
    shares = np.zeros(len(TAGS))
    shares[0], shares[TAGS.index(tag)] = 0.4, 0.6
    start = text.index(word)
    [found] = weighed([Word(start, start + len(word), shares)], text, TAGS)
    assert found.shares.sum() == pytest.approx(1.0)
    return float(np.log((1 - found.shares[0]) / found.shares[0]) - np.log(0.6 / 0.4))


@pytest.mark.parametrize(("text", "word", "change"), [
    ("we met Rose there", "Rose", CAPITAL),
    ("we met Rose and a rose there", "rose", SMALL),
    ("We met rose there", "rose", SMALL_AT_ALL),
    ("Rose met us there", "Rose", 0),
    ("It rained. Rose left early", "Rose", 0),
    ("- Rose\n- milk and bread", "Rose", 0),
    ("we met rose there", "rose", 0),
    ("I met rose there", "rose", 0),
    ("WE MET ROSE THERE", "ROSE", 0),
    ("We Met Rose There", "Rose", 0),
    ("We Met Rose There At the New Club", "Rose", 0),
    ("we met Zoë there", "Zoë", CAPITAL),
])
def test_capitals(text: str, word: str, change: float) -> None:
    assert odds(text, word) == pytest.approx(change, abs=1e-9)


def test_dates_have_no_capitals_and_a_sure_word_stays_sure() -> None:
    assert odds("we met Monday there", "Monday", "DATE_TIME") == 0
    for share in (0.0, 1.0):
        [found] = weighed([Word(7, 11, np.asarray([share, 1 - share, 0.0]))], "we met Rose there", TAGS)
        assert found.shares[0] == pytest.approx(share)


@pytest.mark.parametrize(("text", "word", "joining"), [
    ("ask the man", "the", True), ("The man", "The", True), ("ASK THE MAN", "THE", True), ("so I left", "I", True),
    ("it isn’t so", "isn’t", True), ("we saw The Who", "The", False), ("ask Will", "Will", False),
    ("ask Du and So", "So", False), ("Fine. So what", "So", True),
])
def test_words_that_only_join(text: str, word: str, joining: bool) -> None:
    start = text.index(word)
    assert joins(text, start, start + len(word)) is joining


@pytest.mark.parametrize(("text", "left"), [
    ("she lives at 18 Hlavní, Horka nad Moravou", "she lives at , nad"),
    ("Degnehøjvej 19\nSkærbæk", ""),
    ("Κουκάκι 112, Athens", "Κουκάκι"),
    ("ICH HEISSE HANS", "ICH HEISSE HANS"),
    ("ich heiße Hans und wohne hier", "ich heiße und wohne hier"),
])
def test_what_tells_a_language(text: str, left: str) -> None:
    assert without_names(text).split() == left.split()
