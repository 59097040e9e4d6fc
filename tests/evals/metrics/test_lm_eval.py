"""Perplexities beside the real lm-eval: its formulas, its wikitext task's counts, and a whole run of it (`make test-lm-eval`)."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.metrics.registry import Item
from evals.scoring import files

pytestmark = [pytest.mark.lm_eval, pytest.mark.filterwarnings("default")]
NAMES = ["word_perplexity", "byte_perplexity", "bits_per_byte"]
DOCUMENTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=80), st.lists(st.floats(-25, 0), min_size=1, max_size=40)),
    min_size=2, max_size=20,
)
TASK = """
task: pages
dataset_path: json
dataset_kwargs: {data_files: {test: PAGES}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{page}}"
process_results: !function counts.process_results
metric_list: [{metric: word_perplexity}, {metric: byte_perplexity}, {metric: bits_per_byte}]
"""


def ours(documents: list[tuple[str, list[float]]], names: list[str] = NAMES) -> dict[str, dict[str, Any]]:
    """What `wardgate eval score --logprobs` says of the same documents."""
    items = [Item(str(at), "", {}, {"text": text}, logprobs=tuple(numbers)) for at, (text, numbers) in enumerate(documents)]
    found: dict[str, dict[str, Any]] = files.score(items, files.choose(names, "logprobs"))["metrics"]
    return found


def drawn(n: int, seed: int) -> list[tuple[str, list[float]]]:
    """Pages of words, line breaks and letters of several bytes, with a log-likelihood for each of their tokens."""
    chance = random.Random(seed)
    words = ["gate", "warden", "Straße", "naïve", "日本", "🙂", "a", "\n", "  ", "the"]
    return [(" ".join(chance.choices(words, k=chance.randint(5, 120))), [-chance.expovariate(0.4) for _ in range(chance.randint(8, 90))])
            for _ in range(n)]


@given(DOCUMENTS)
@settings(max_examples=400, deadline=None)
def test_values_are_lm_evals_to_the_last_bit(documents: list[tuple[str, list[float]]]) -> None:
    """By its own functions, from what its own wikitext task counts."""
    from lm_eval.api import metrics as theirs
    from lm_eval.tasks.wikitext.preprocess_wikitext import process_results

    pairs: dict[str, list[tuple[float, int]]] = {name: [] for name in NAMES}
    for text, numbers in documents:
        for name, pair in process_results({"page": text}, (sum(numbers),)).items():
            pairs[name].append(pair)
    if all(theirs.weighted_mean(each) > -700 for each in pairs.values()):
        values = ours(documents)
        for name in NAMES[:2]:
            assert values[name]["value"] == theirs.weighted_perplexity(pairs[name])
        assert values["bits_per_byte"]["value"] == theirs.bits_per_byte(pairs["bits_per_byte"])
    tokens = [(sum(numbers), len(numbers)) for _, numbers in documents]
    assert ours(documents, ["token_perplexity"])["token_perplexity"]["value"] == theirs.weighted_perplexity(tokens)
    single = [(text, numbers[:1]) for text, numbers in documents]
    assert ours(single, ["token_perplexity"])["token_perplexity"]["value"] == theirs.perplexity([numbers[0] for _, numbers in single])


def test_a_whole_run_of_lm_eval_on_the_same_logprobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that answers with given likelihoods, through lm-eval's own task, instances and aggregation."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    documents = drawn(200, 7)
    known = {text: sum(numbers) for text, numbers in documents}
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps({"page": text}) + "\n" for text, _ in documents))
    (tmp_path / "pages.yaml").write_text(TASK.replace("PAGES", str(tmp_path / "pages.jsonl")))
    (tmp_path / "counts.py").write_text("from lm_eval.tasks.wikitext.preprocess_wikitext import process_results\n")

    class Given(LM):
        def loglikelihood_rolling(self, requests: Any) -> list[float]:
            return [known[request.args[0]] for request in requests]

        def loglikelihood(self, requests: Any) -> Any:
            raise NotImplementedError

        def generate_until(self, requests: Any) -> Any:
            raise NotImplementedError

    manager = TaskManager(include_path=str(tmp_path), include_defaults=False)
    theirs = simple_evaluate(model=Given(), tasks=["pages"], task_manager=manager, bootstrap_iters=1000)["results"]["pages"]
    mine = ours(documents)
    for name in NAMES:
        assert mine[name]["value"] == theirs[f"{name},none"]
        assert theirs[f"{name}_stderr,none"] == "N/A"  # an interval is what lm-eval lacks for these
        low, high = mine[name]["ci"]
        assert low < mine[name]["value"] < high
        assert mine[name]["n"] == 200


def test_the_interval_is_as_wide_as_lm_evals_bootstrap_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`perplexity` is the one of them that lm-eval resamples: one token a document, as in LAMBADA."""
    monkeypatch.setenv("DISABLE_MULTIPROC", "1")
    from lm_eval.api import metrics as theirs

    documents = [(text, numbers[:1]) for text, numbers in drawn(500, 11)]
    error = theirs.stderr_for_metric(theirs.perplexity, 4000)([numbers[0] for _, numbers in documents])
    low, high = ours(documents, ["token_perplexity"])["token_perplexity"]["ci"]
    assert (math.log(high) - math.log(low)) / 2 / 1.96 == pytest.approx(
        error / theirs.perplexity([numbers[0] for _, numbers in documents]), rel=0.08)
