"""Perplexities equal lm-eval's, whose functions stand here as in its api/metrics.py and tasks/wikitext (0.4.13)."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.registry import Item, metrics
from evals.statistics import observed

DOCUMENTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=60), st.lists(st.floats(-25, 0), min_size=1, max_size=40)),
    min_size=1, max_size=20,
)


def weighted_mean(items):  # type: ignore[no-untyped-def]
    a, b = zip(*items, strict=True)
    return sum(a) / sum(b)


def weighted_perplexity(items):  # type: ignore[no-untyped-def]
    return math.exp(-weighted_mean(items))


def bits_per_byte(items):  # type: ignore[no-untyped-def]
    return -weighted_mean(items) / math.log(2)


def mine(name: str, documents: list[tuple[str, list[float]]]) -> float:
    metric = metrics()[name]
    items = [Item(str(at), str(at), {}, {"text": text}, logprobs=tuple(numbers))
             for at, (text, numbers) in enumerate(documents)]
    return observed.collect(metric, observed.observe(metric, items, None)).value(metric)


@given(DOCUMENTS)
def test_all_four_equal_lm_eval_to_the_last_bit(documents: list[tuple[str, list[float]]]) -> None:
    words = [(sum(numbers), len(re.split(r"\s+", text))) for text, numbers in documents]
    octets = [(sum(numbers), len(text.encode("utf-8"))) for text, numbers in documents]
    tokens = [(sum(numbers), len(numbers)) for _, numbers in documents]
    assert mine("bits_per_byte", documents) == bits_per_byte(octets)
    for name, items in (("word_perplexity", words), ("byte_perplexity", octets), ("token_perplexity", tokens)):
        if weighted_mean(items) > -700:
            assert mine(name, documents) == weighted_perplexity(items)


def test_a_fair_die() -> None:
    assert mine("token_perplexity", [("x y", [math.log(1 / 6)] * 5)]) == pytest.approx(6)
    assert mine("bits_per_byte", [("ab", [math.log(1 / 2)] * 4)]) == pytest.approx(2)
