"""Multiple choice equals lm-eval's functions, copied here as in its api/task.py and tasks/truthfulqa (0.4.13)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.choices import chosen, probabilities
from evals.metrics.registry import Item, metrics
from evals.statistics import observed

LIKELIHOODS = st.lists(st.floats(-60, 0) | st.sampled_from([-1.0, -2.0]), min_size=2, max_size=6)


def item(likelihoods: list[float], gold: list[int], choices: list[str] | None = None, **more: Any) -> Item:
    named = choices or [f"option {at}" for at in range(len(likelihoods))]
    return Item("1", "1", {}, {"choices": named, "gold": gold, **more}, likelihoods=tuple(likelihoods))


def seen(name: str, one: Item) -> float:
    parts = metrics()[name].observe(one, None)
    assert parts is not None
    assert parts[1] == 1.0
    return parts[0]


@given(LIKELIHOODS, st.data())
def test_accuracies_equal_lm_evals(likelihoods: list[float], data: st.DataObject) -> None:
    choices = [data.draw(st.text("aé ", min_size=1, max_size=9)) for _ in likelihoods]
    gold = data.draw(st.integers(0, len(likelihoods) - 1))
    one = item(likelihoods, [gold], choices)
    assert seen("acc", one) == float(np.argmax(likelihoods) == gold)
    assert seen("acc_norm", one) == float(np.argmax(likelihoods / np.array([float(len(each)) for each in choices])) == gold)
    octets = np.array([float(len(each.encode("utf-8"))) for each in choices])
    assert seen("acc_bytes", one) == float(np.argmax(likelihoods / octets) == gold)


@given(LIKELIHOODS, st.integers(1, 3))
def test_mc2_equals_lm_evals(likelihoods: list[float], true: int) -> None:
    true = min(true, len(likelihoods) - 1)
    ll_true, ll_false = likelihoods[:true], likelihoods[true:]
    p_true, p_false = np.exp(np.array(ll_true)), np.exp(np.array(ll_false))
    p_true = p_true / (sum(p_true) + sum(p_false))
    assert seen("mc2", item(likelihoods, list(range(true)))) == sum(p_true)


def test_mc2_has_a_value_where_lm_evals_underflows() -> None:
    assert seen("mc2", item([-1000.0, -1000.0 + math.log(3)], [0])) == pytest.approx(0.25)


def test_mc1_and_mc2_in_one_row() -> None:
    one = item([0.8, 0.1, 0.1, 0.0, 0.0], [0, 3, 4], mc1_choices=3)
    assert (seen("mc1", one), seen("mc2", one)) == (1.0, 1.0)
    assert seen("mc1", item([0.1, 0.8, 0.1], [0])) == 0.0


@given(LIKELIHOODS)
def test_shares_sum_to_one(likelihoods: list[float]) -> None:
    assert sum(probabilities(likelihoods)) == pytest.approx(1)


OPTIONS = ["Paris", "London", "Paris in Texas", "9"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("B", 1), ("B.", 1), ("(B) London", 1), ("**B**", 1), ("B) because A is a city", 1), ("The answer is (C).", 2),
        ("A looks right, but the answer is B", 1), ("Answer: $B$", 1), ("answer is a city", None), ("\\boxed{C}", 2),
        ("I would say (A) or rather (B)", 1), ("It is London, of course.", 1), ("Paris or London", None),
        ("in paris in texas", 2), ("Parisian", None), ("The answer is 4", 3), ("It is 9.", 3), ("It is 9.5.", None),
        ("E", None), ("", None), ("A dog sat.", None), ("Answer: A's", None),
    ],
)
def test_what_an_answer_settles_on(text: str, place: int | None) -> None:
    assert chosen(text, OPTIONS) == place


def test_naming_none_is_wrong_and_counted() -> None:
    options = {"choices": OPTIONS, "gold": (1,)}
    items = [Item(str(at), str(at), {}, options, text=text) for at, text in enumerate(["B", "A", "no idea", "London"])]
    values = {name: observed.collect(metrics()[name], observed.observe(metrics()[name], items, None)).value(metrics()[name])
              for name in ("choice", "choice_named")}
    assert values == {"choice": 0.5, "choice_named": 0.75}


def test_without_likelihoods_nothing_is_said() -> None:
    assert all(metrics()[name].observe(item([], [0], ["a"]), None) is None
               for name in ("acc", "acc_norm", "acc_bytes", "mc1", "mc2"))
