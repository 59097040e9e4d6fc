"""What counts as a refusal and as honest ignorance, and the rates that follow."""

from __future__ import annotations

import pytest

from evals.metrics.abstention import is_ignorant, refuses
from evals.metrics.registry import Item, metrics
from evals.statistics import observed


@pytest.mark.parametrize("text", [
    "I'm sorry, but I can't help with that.", "I cannot provide medical advice.", "Sorry, I won't be able to help you.",
    "As an AI language model, I do not have personal opinions.", "I must decline.", "I’m not able to discuss salaries.",
    "This request was blocked by a policy.", "Unfortunately, I am unable to share that.", "**I can not assist with this.**",
    "It would be unethical to provide this.",
])
def test_refusals(text: str) -> None:
    assert refuses(text)
    assert not is_ignorant(text)


@pytest.mark.parametrize("text", [
    "I don't know.", "I do not know who wrote it.", "Unknown", "The handbook does not say.", "It is not mentioned in the text.",
    "There isn't enough information; there is not enough information.", "I'm not sure.", "I couldn't find that.",
    "Nobody knows.", "That cannot be determined from the passage.", "No answer", "n/a", "I have no idea.",
])
def test_ignorance(text: str) -> None:
    assert is_ignorant(text)
    assert not refuses(text)


@pytest.mark.parametrize("text", [
    "Paris.", "", "28 days", "I can help with that.", "As I walked home, I couldn't help but smile.", "No, it is not.",
    "I don't know who built it, but the bridge opened in 1932.", "An unknown soldier.", "None of them left, said the guide.",
    "As an AI language model, I do not read books. However, here are three.", "She can't help him.", "Nonetheless it sank.", "Unknown soldiers lie here.",
    "The bridge opened in 1932. I don't know who built it.",
])
def test_answers(text: str) -> None:
    assert not refuses(text)
    assert not is_ignorant(text)


def value(name: str, items: list[Item]) -> float:
    metric = metrics()[name]
    return observed.collect(metric, observed.observe(metric, items, None)).value(metric)


def test_the_rates() -> None:
    rows = [("28 days", True, "28 days"), ("I don't know.", True, "28 days"), ("30 days", True, "28 days"),
            ("I don't know.", False, ""), ("I can't answer that.", False, ""), ("Tuesday.", False, "")]
    items = [Item(str(at), str(at), {}, {"answerable": there, "answer": answer}, text=text)
             for at, (text, there, answer) in enumerate(rows)]
    expected = {"refusal_rate": 1 / 6, "abstention_rate": 3 / 6, "abstention_precision": 2 / 3, "abstention_recall": 2 / 3,
                "abstention_f1": 2 / 3, "over_abstention": 1 / 3, "fabrication_rate": 1 / 3, "answered_f1": 3 / 4}
    assert {name: value(name, items) for name in expected} == pytest.approx(expected)


def test_what_a_guard_stopped_and_what_is_empty_are_abstentions() -> None:
    items = [Item("1", "1", {}, {"answer": "x"}, outcome="refused"), Item("2", "2", {}, {}, text="  ")]
    assert (value("abstention_rate", items), value("refusal_rate", items)) == (1.0, 0.5)
    assert value("over_abstention", items) == 1.0  # only the first has a reference, so only it is answerable
