"""lighteval's own metric cases by our metrics: `python -m benchmarks.lighteval_cases DIR [--json]`.

DIR holds lighteval's ``tests/unit/metrics/test_cases/*.json``. A figure that is not the expected one is explained by a
rule of lighteval's that is another than ours, and the rule is computed: either it gives what is expected, or what is
expected is not what lighteval's own formula gives. What neither explains ends in exit code 1.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.metrics import bleu
from evals.metrics.choices import best, chosen
from evals.metrics.registry import Item
from evals.scoring import files

AGREE, EXPLAINED, ABSENT, OPEN = "agree", "explained", "absent", "unexplained"
Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """``docs`` and ``responses`` are one each but for corpus metrics; ``expected`` by lighteval's names, "" for one."""

    name: str
    docs: tuple[Mapping[str, Any], ...]
    responses: tuple[Mapping[str, Any], ...]
    expected: Figures
    tolerance: float
    params: Mapping[str, Any]

    def items(self) -> list[Item]:
        return [_item(doc, said) for doc, said in zip(self.docs, self.responses, strict=True)]

    def value(self, metric: str, kind: str = "predictions", items: Sequence[Item] = ()) -> float:
        """The metric's over the whole case; NaN where it has none."""
        asked = files.choose([metric], kind)
        found = files.score(items or self.items(), asked, draws=1, with_items=False)["metrics"][metric]["value"]
        return math.nan if found is None else float(found)

    def one(self, figure: float, name: str = "") -> Figures:
        """``figure`` under ``name``, or else under the only name that there is."""
        return {name or next(iter(self.expected)): figure}


def _golds(doc: Mapping[str, Any]) -> list[int]:
    found = doc["gold_index"]
    return list(found) if isinstance(found, list) else [found]


def _item(doc: Mapping[str, Any], said: Mapping[str, Any]) -> Item:
    """All that any of the metrics looks at: text, options with their likelihoods, a ranking of the options."""
    options, golds = doc["choices"], _golds(doc)
    right, numbers = [options[at] for at in golds], tuple(map(float, said.get("logprobs") or ()))
    reference = {"answer": right, "choices": options, "gold": golds, "text": doc["query"], "relevant": right}
    specific = doc.get("specific") or {}
    if "len_mc1" in specific:
        reference["mc1_choices"] = specific["len_mc1"]
    if "text" in specific:
        reference["source"] = specific["text"]
    return Item("", "", {}, reference, text=(said.get("text") or [""])[0], logprobs=numbers, likelihoods=numbers,
                ranking=tuple(zip(options, numbers, strict=False)))


def read(path: Path) -> Iterator[tuple[str, Case]]:
    """Each case of a file with the class of its metric."""
    for case in json.loads(path.read_text(encoding="utf-8"))["test_cases"]:
        expected = case["expected_output"]
        docs, said = (case.get(name) or [case[name[:-1]]] for name in ("docs", "model_responses"))
        yield case["metric_class"], Case(
            case["name"], tuple(docs), tuple(said), dict(expected) if isinstance(expected, dict) else {"": expected},
            case["tolerance"], case.get("metric_params") or {})


def _by(metric: str, kind: str = "predictions", scale: float = 1.0) -> Callable[[Case], Figures]:
    return lambda case: case.one(case.value(metric, kind) * scale)


def _names(names: Mapping[str, str], kind: str = "predictions", scale: float = 1.0) -> Callable[[Case], Figures]:
    return lambda case: {theirs: case.value(ours, kind) * scale for theirs, ours in names.items()}


_ROUGE = ("rouge1", "rouge2", "rougeL", "rougeLsum")
OURS: dict[str, Callable[[Case], Figures]] = {
    **{name: _by(name) for name in (*_ROUGE, "bleu", "chrf", "ter")}, "chrf_plus": _by("chrf++"),
    "rouge_t5": _names({name: name for name in _ROUGE}, scale=100.0),
    "bleu_4": lambda case: case.one(_sentence_bleu(bleu.sentence_bleu(), case)),
    "exact_match": _by("exact_match"), "f1_score": _by("f1"), "f1_score_micro": _by("exact_match"),
    "drop": _names({"em": "exact_match", "f1": "f1"}),
    "gpqa_instruct_metric": _by("choice"),
    "extractiveness": _names({"summarization_coverage": "coverage", "summarization_density": "density"}),
    "loglikelihood_acc": _by("acc", "logprobs"), "loglikelihood_f1": _by("acc", "logprobs"),  # of one sample
    "truthfulqa_mc_metrics": _names({"truthfulqa_mc1": "mc1", "truthfulqa_mc2": "mc2"}, "logprobs"),
    "mrr": _by("mrr", "run"), "recall_at_k": lambda case: case.one(case.value(f"hit@{case.params['k']}", "run")),
    "word_perplexity": _by("word_perplexity", "logprobs"), "byte_perplexity": _by("byte_perplexity", "logprobs"),
    "bits_per_byte": _by("bits_per_byte", "logprobs"), "target_perplexity": _by("token_perplexity", "logprobs"),
    "prediction_perplexity": _by("token_perplexity", "logprobs"),
}
"""Our figures, by the class of lighteval's metric."""


def _sentence_bleu(scorer: Any, case: Case) -> float:
    (item,) = case.items()
    return float(scorer.sentence_score(item.text, item.reference["answer"]).score) / 100


def _turned(scorer: Callable[[], Any]) -> Callable[[Case], Figures]:
    """The first answer alone, beside all samples' references: sacrebleu takes each sample's list for a stream."""
    def theirs(case: Case) -> Figures:
        items = case.items()
        streams = [list(item.reference["answer"]) for item in items]
        return case.one(float(scorer().corpus_score([item.text for item in items], streams).score))

    return theirs


def _four_grams_alone(case: Case) -> Figures:
    (item,) = case.items()
    stats = bleu.bleu()._extract_corpus_statistics([item.text], [[each] for each in item.reference["answer"]])[0]
    right, total, long, short = stats[5], stats[9], stats[0], stats[1]
    return case.one(right / max(1, total) * min(1.0, math.exp(1 - short / max(1, long))))


def _word_sets(case: Case) -> Figures:
    (item,) = case.items()
    mine, found = set(item.text.split()), 0.0
    for each in item.reference["answer"]:
        theirs = set(each.split())
        found = max(found, 2 * len(mine & theirs) / (len(mine) + len(theirs)))
    return case.one(found)


def _harness_truths(case: Case) -> Figures:
    (item,) = case.items()
    numbers, first, golds = item.likelihoods, item.reference["mc1_choices"], item.reference["gold"]
    last = golds[1] - 1
    for at in golds[1:]:
        if at != last + 1:
            break
        last = at
    masses = [math.exp(each) for each in numbers[first:]]
    return {"truthfulqa_mc1": float(best(numbers[:first]) == 0),
            "truthfulqa_mc2": sum(masses[: last - first + 1]) / sum(masses)}


def _capitals(case: Case) -> Figures:
    (item,) = case.items()
    named = chosen(re.sub(r"\b[a-z]\b", "", item.text), item.reference["choices"])
    return case.one(float(named in item.reference["gold"]))


def _weighted(units: Callable[[str], int], bits: bool = False) -> Callable[[Case], Figures]:
    def theirs(case: Case) -> Figures:
        mean = -sum(map(sum, (item.logprobs for item in case.items()))) / sum(units(doc["query"]) for doc in case.docs)
        return case.one(mean / math.log(2) if bits else math.exp(mean))

    return theirs


THEIRS: dict[str, tuple[str, Callable[[Case], Figures]]] = {
    "chrf": ("scores the first answer alone, against the references of all samples", _turned(bleu.chrf)),
    "chrf_plus": ("scores the first answer alone, against the references of all samples", _turned(bleu.chrf_words)),
    "ter": ("scores the first answer alone, against the references of all samples", _turned(bleu.ter)),
    "bleu_4": ("takes the share of four-grams alone, without smoothing and shorter ones", _four_grams_alone),
    "f1_score": ("compares sets of words as they are: `the` counts, a repeated word does not", _word_sets),
    "truthfulqa_mc_metrics": (
        "takes the first option for mc1's only true one, and mc2's to end where the second gold index says",
        _harness_truths),
    "gpqa_instruct_metric": ("reads capital letters only", _capitals),
    "byte_perplexity": ("exp(-Σll / bytes)", _weighted(lambda text: len(text.encode()))),
    "bits_per_byte": ("-Σll / bytes / ln 2", _weighted(lambda text: len(text.encode()), bits=True)),
    "prediction_perplexity": ("exp(-Σll), one text", _weighted(lambda _: 1)),
    "target_perplexity": ("exp(-Σll), one text", _weighted(lambda _: 1)),
}
"""What lighteval 0.13 does where it is not what we do."""
_MANY = "needs many answers to one question; a run asks each once"
NOT_OURS = {
    "expr_gold_metric": "reads an expression out of the reference, too: no such metric here",
    "acc_golds_likelihood": "the case holds the verdict, no likelihoods", "mcc": "no such metric here",
    "bert_score": "needs a model", "bleurt": "needs a model", "faithfulness": "needs a model (SummaC)",
    "simpleqa_judge": "needs a judge", "copyright": "no such metric here",
    **dict.fromkeys(("f1_score_macro", "multi_f1_numeric"), "F1 over classes: no such metric here"),
    "bleu_1": "BLEU of words alone: no such metric here",
    **dict.fromkeys(("avg_at_k", "avg_at_k_math", "maj_at_k", "pass_at_k", "pass_at_k_letters", "pass_at_k_math",
                     "g_pass_at_k", "g_pass_at_k_latex", "g_pass_at_k_math", "gpqa_instruct_pass_at_k"), _MANY),
}


def _meets(figures: Figures, case: Case, name: str) -> bool:
    return name in figures and abs(figures[name] - case.expected[name]) <= case.tolerance


def judged(kind: str, case: Case) -> Iterator[tuple[str, str, str]]:
    """For each figure of a case: its name, what came of it, and why where it is not simply equal."""
    if kind in NOT_OURS:
        yield from ((name, ABSENT, NOT_OURS[kind]) for name in case.expected)
        return
    if kind not in OURS:
        yield from ((name, OPEN, f"no metric is set beside {kind}") for name in case.expected)
        return
    ours = OURS[kind](case)
    rule, theirs = THEIRS.get(kind, ("", lambda _: {}))
    for name, wanted in case.expected.items():
        if _meets(ours, case, name):
            yield name, AGREE, ""
        elif name not in ours:
            yield name, ABSENT, "no such metric here"
        elif not rule:
            yield name, OPEN, f"{ours[name]:.6g} here, {float(wanted):.6g} expected"
        elif _meets(theirs(case), case, name):
            yield name, EXPLAINED, f"{ours[name]:.4g} here, {float(wanted):.4g} there: lighteval {rule}"
        else:
            yield name, EXPLAINED, (f"{float(wanted):.4g} is expected; {ours[name]:.4g} here, and lighteval's own "
                                    f"formula, {rule}, gives {theirs(case)[name]:.4g}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    paths = sorted(options.directory.glob("*.json"))
    if not paths:
        parser.error(f"{options.directory}: holds no .json")
    counted: Counter[str] = Counter()
    found = []
    for path in paths:
        rows = [(case.name, *row) for kind, case in read(path) for row in judged(kind, case)]
        states = Counter(state for _, _, state, _ in rows)
        counted += states
        why = {because if state == ABSENT else f"{case}, {name}: {because}" if name else f"{case}: {because}"
               for case, name, state, because in rows if because}
        found.append({"file": path.name, **states, "why": sorted(why)})
    if options.json:
        print(json.dumps({"files": len(paths), "figures": counted.total(), **counted, "of": found}, indent=1))
        return int(counted[OPEN] > 0)
    for each in found:
        states = ", ".join(f"{each[state]} {state}" for state in (AGREE, EXPLAINED, ABSENT, OPEN) if state in each)
        print(f"{each['file']}: {states}", *(f"    {why}" for why in each["why"]), sep="\n")
    print(f"{len(paths)} files, {counted.total()} figures: " +
          ", ".join(f"{counted[state]} {state}" for state in (AGREE, EXPLAINED, ABSENT, OPEN)))
    return int(counted[OPEN] > 0)


if __name__ == "__main__":
    sys.exit(main())
