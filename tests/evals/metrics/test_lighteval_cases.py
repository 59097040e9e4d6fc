"""Cases in lighteval's format, of our own making: what agrees, what is explained and how, and what is neither."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import lighteval_cases
from benchmarks.lighteval_cases import ABSENT, AGREE, EXPLAINED, OPEN


def case(metric: str, expected: Any, text: str = "", choices: tuple[str, ...] = ("a blue door",), gold: Any = 0,
         **more: Any) -> dict[str, Any]:
    doc = {"query": "Which door?", "choices": list(choices), "gold_index": gold, **more.pop("doc", {})}
    said = {"text": [text], **({"logprobs": more.pop("logprobs")} if "logprobs" in more else {})}
    return {"name": "one", "metric_class": metric, "metric_params": {}, "doc": doc, "model_response": said,
            "expected_output": expected, "tolerance": 0.01, **more}


def corpus(metric: str, expected: float, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {"name": "all", "metric_class": metric, "docs": [{"query": "", "choices": [right], "gold_index": 0} for _, right in pairs],
            "model_responses": [{"text": [text]} for text, _ in pairs], "expected_output": expected, "tolerance": 0.01}


def states(path: Path, *cases: dict[str, Any]) -> list[tuple[str, str]]:
    file = path / "cases.json"
    file.write_text(json.dumps({"test_cases": list(cases)}))
    return [(name, state) for kind, each in lighteval_cases.read(file) for name, state, _ in lighteval_cases.judged(kind, each)]


@pytest.mark.parametrize(
    "made",
    [
        case("rouge1", {"rouge1": 0.8}, "a blue"),
        case("f1_score", {"f1": 1.0}, "the blue door"),
        case("drop", {"em": 1.0}, "Seven", choices=("7", "seven"), gold=[0, 1]),
        case("loglikelihood_acc", {"acc": 1}, choices=("x", "y"), gold=1, logprobs=[-2.0, -1.0]),
        case("mrr", {"mrr": 0.5}, choices=("x", "y"), gold=0, logprobs=[-2.0, -1.0]),
        case("recall_at_k", {"recall:k=2": 1}, choices=("x", "y", "z"), gold=0, logprobs=[-2.0, -1.0, -3.0], metric_params={"k": 2}),
        case("word_perplexity", {"word_perplexity": math.exp(1.5)}, logprobs=[-1.0, -2.0]),
        case("extractiveness", {"summarization_coverage": 1.0}, "blue door", doc={"specific": {"text": "one blue door"}}),
        case("gpqa_instruct_metric", {"extractive_match": 1.0}, "So the answer is B.", choices=("A", "B"), gold=1),
        corpus("bleu", 100.0, [("one two three four", "one two three four"), ("a b c d", "a b c d")]),
    ],
    ids=lambda made: made["metric_class"],
)
def test_what_agrees(tmp_path: Path, made: dict[str, Any]) -> None:
    assert {state for _, state in states(tmp_path, made)} == {AGREE}


def test_a_difference_is_explained_where_the_other_rule_gives_what_is_expected(tmp_path: Path) -> None:
    repeated = case("f1_score", {"f1": 1.0}, "blue blue door", choices=("door blue",))
    assert states(tmp_path, repeated) == [("f1", EXPLAINED)]
    first_alone = corpus("chrf", 100.0, [("one two", "one two"), ("three", "nothing at all")])
    assert states(tmp_path, first_alone) == [("", EXPLAINED)]
    four = case("bleu_4", {"bleu_4": 0.0}, "one two three", choices=("one two three",))
    assert states(tmp_path, four) == [("bleu_4", EXPLAINED)]


def test_an_expectation_that_the_other_formula_does_not_meet_either_says_so(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"test_cases": [case("byte_perplexity", {"byte_perplexity": 1.0}, logprobs=[-11.0])]}))
    ((kind, each),) = lighteval_cases.read(file)
    ((_, state, why),) = lighteval_cases.judged(kind, each)
    assert state == EXPLAINED
    assert why == "1 is expected; 2.718 here, and lighteval's own formula, exp(-Σll / bytes), gives 2.718"


def test_what_is_not_ours_and_what_nothing_explains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert states(tmp_path, case("pass_at_k", {"pass@k:k=1": 1.0}), case("extractiveness", {"summarization_compression": 1.5},
                  "blue", doc={"specific": {"text": "blue"}})) == [("pass@k:k=1", ABSENT), ("summarization_compression", ABSENT)]
    monkeypatch.setattr(sys, "argv", ["lighteval_cases", str(tmp_path)])
    assert lighteval_cases.main() == 0
    wrong = (case("rouge1", {"rouge1": 0.3}, "a blue door"), case("newly_made", {"x": 1.0}))
    assert states(tmp_path, *wrong) == [("rouge1", OPEN), ("x", OPEN)]
    assert lighteval_cases.main() == 1
    assert "1 files, 2 figures: 0 agree, 0 explained, 0 absent, 2 unexplained" in capsys.readouterr().out
