"""The judge of answers, by tables of right, nearly right and leaking ones."""

from __future__ import annotations

import pytest

from model_server.scoring import Share, contains, is_correct, is_unknown, token_f1


@pytest.mark.parametrize(
    ("answer", "gold", "f1"),
    [
        ("The cat sat.", "the cat sat", 1.0),
        ("cat", "a dog", 0.0),
        ("a b c d", "b c x y", 4 / 7),  # the article counts for nothing
        ("", "x", 0.0),
        ("£28,900 a year", "28,900 year", 1.0),
        ("yes yes", "yes", 2 / 3),
    ],
)
def test_token_f1(answer: str, gold: str, f1: float) -> None:
    assert token_f1(answer, gold) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("answer", "forms", "found"),
    [
        ("You get 28 days.", ["28 days"], True),
        ("You get 28\u00a0Days!", ["28 days"], True),
        ("You get 128 days.", ["28 days"], False),
        ("It is 280.", ["28"], False),
        ("It is 28,900.", ["28"], False),
        ("It is 28.5 per cent.", ["28"], False),
        ("It is 1.28 now.", ["28"], False),
        ("It is 28.", ["28"], True),
        ("Margit Solberg leads it", ["margit solberg"], True),
        ("Margit Solbergs", ["Margit Solberg"], False),
        ("one of them", ["x", "one"], True),
        ("£35 a day", ["£35"], True),
    ],
)
def test_contains(answer: str, forms: list[str], found: bool) -> None:
    assert contains(answer, forms) is found


def test_a_right_sentence_with_a_wrong_value_is_wrong() -> None:
    gold = "Full-time employees get 28 days of paid annual leave a year."
    wrong = gold.replace("28", "26")
    assert token_f1(wrong, gold) > 0.8
    assert not is_correct(wrong, gold, ["28 days"])
    assert is_correct(gold, gold, ["28 days"])
    assert not is_correct("28 days", gold, ["28 days"])  # the value alone is not the answer


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        ("I don't know. The handbook does not say.", True),
        ("I don’t know.", True),
        ("i do not know that", True),
        ("The handbook doesn't say.", True),
        ("You know it is 28 days.", False),
        ("", False),
    ],
)
def test_is_unknown(answer: str, unknown: bool) -> None:
    assert is_unknown(answer) is unknown


def test_share_has_wilsons_interval() -> None:
    low, high = Share(8, 10).interval  # Wilson (1927): 0.490, 0.943
    assert (low, high) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))
    assert Share(0, 10).interval[0] == pytest.approx(0, abs=1e-9)
    assert str(Share(1, 2)).startswith("1/2 = 50.0 % [")
    assert Share(0, 0).rate != Share(0, 0).rate
