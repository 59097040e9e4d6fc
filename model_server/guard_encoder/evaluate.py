"""Scores the encoder on what it never saw: the frozen sets, unseen domains and other people's texts with tags.

Figures are of the encoder alone, at the thresholds that it ships with; patterns, which run beside it, come on top.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gateway.core.windows import Ask
from gateway.detectors.encoder import Encoder
from gateway.detectors.topic import TopicDetector
from gateway.guards.topic import Topic, TopicParams
from model_server.guard_encoder import measure, recipe, shared_sets
from model_server.guard_encoder.calibrate import highest
from model_server.guard_encoder.development import Judged
from model_server.guard_encoder.measure import Sample, Scores
from model_server.guard_encoder.people import people

DESCRIBED = {"travel": "Travel: flights, hotels, luggage, visas",
             "work": "Work: leave, meetings, pay, taxes, insurance",
             "kitchen_and_dining": "Cooking, recipes, restaurants and food"}

UNREAD = -20.0
"""The score of a text that the encoder does not read: it is found at no threshold."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts of one kind with the logits of their head."""

    texts: list[Judged]
    logits: Scores

    @property
    def sample(self) -> Sample:
        return Sample(self.logits, tuple(each.cluster for each in self.texts))

    def family(self, name: str) -> Scores:
        return self.logits[[each.family == name for each in self.texts]]


def frozen(encoder: Encoder, path: Path, head: str, foreign: bool) -> Rows:
    """A frozen file's rows; those in other languages than English only where ``foreign``."""
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if foreign or row["lang"] == "en":
            cluster = row.get("cluster") or row["id"]
            texts.append(Judged(row["text"], row["role"], head, row["label"] == "attack", row["family"], cluster))
    return Rows(texts, highest(encoder, texts, head, encoder.calibration.contrasts))


def _rate(threshold: float) -> Callable[[Scores], float]:
    return lambda scores: float((scores >= threshold).mean())


def _of(value: Callable[..., float], *samples: Sample) -> dict[str, Any]:
    low, high = measure.interval(value, samples)
    return {"value": round(value(*[each.scores for each in samples]), 4), "interval": [round(low, 4), round(high, 4)],
            "n": [len(each.scores) for each in samples]}


def judged(bad: Rows, good: Mapping[str, Rows], knots: Sequence[float]) -> dict[str, Any]:
    """AUC and recall at 1 % of each harmless set, rates at the three thresholds, recall by family and their mean."""
    out: dict[str, Any] = {"recall_by_family": {}}
    at = dict(zip(("high", "balanced", "low"), knots[1:4], strict=True))
    for name, rows in good.items():
        out[f"auc_against_{name}"] = _of(measure.auc, bad.sample, rows.sample)
        out[f"recall_at_1_percent_of_{name}"] = _of(measure.recall_at, bad.sample, rows.sample)
        for level, threshold in at.items():
            out[f"false_positives_{name}_{level}"] = _of(_rate(threshold), rows.sample)
    for level, threshold in at.items():
        out[f"recall_{level}"] = _of(_rate(threshold), bad.sample)
    for family in sorted({each.family for each in bad.texts}):
        scores = bad.family(family)
        out["recall_by_family"][family] = [int((scores >= at["balanced"]).sum()), len(scores)]
    out["macro_recall_balanced"] = round(float(np.mean([hits / n for hits, n in out["recall_by_family"].values()])), 4)
    return out


def injection(encoder: Encoder, suites: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for part, head in (("user", "injection_user"), ("document", "injection_outside")):
        names = ("hard", "benign" if part == "user" else "clean")
        bad = frozen(encoder, suites / f"injection_{part}_attacks.jsonl", head, foreign=False)
        good = {name: frozen(encoder, suites / f"injection_{part}_{name}.jsonl", head, foreign=True) for name in names}
        yield head, judged(bad, good, encoder.calibration.scores[head].knots)


def toxicity(encoder: Encoder, suites: Path) -> dict[str, Any]:
    rows = frozen(encoder, suites / "toxicity_functional.jsonl", "toxicity", foreign=False)
    bad, good = _split(rows)
    benign = frozen(encoder, suites / "injection_user_benign.jsonl", "toxicity", foreign=False)
    out = judged(bad, {"functional": good, "benign": benign}, encoder.calibration.scores["toxicity"].knots)
    middle = encoder.calibration.scores["toxicity"].knots[2]
    out["false_positives_by_family"] = {name: [int((good.family(name) >= middle).sum()), len(good.family(name))]
                                        for name in sorted({each.family for each in good.texts})}
    return out


def _split(rows: Rows) -> tuple[Rows, Rows]:
    bad = np.asarray([each.bad for each in rows.texts])
    return (Rows([each for each in rows.texts if each.bad], rows.logits[bad]),
            Rows([each for each in rows.texts if not each.bad], rows.logits[~bad]))


def topics(encoder: Encoder, guards: Path, examples: int) -> dict[str, Any]:
    """One topic against all other domains, for the domains that training never saw: phrases are the intents' names."""
    intents: dict[str, dict[str, list[str]]] = {}
    for text, intent, domain in shared_sets.clinc_intents(guards):
        intents.setdefault(domain, {}).setdefault(intent, []).append(text)
    tests = [(text, domain) for text, _, domain in shared_sets.clinc_intents(guards, "val")]
    seen = encoder.see([Ask("evaluate", 0, len(text), text, "", "user") for text, _ in tests], f"topics{examples}")
    read = np.asarray([len(each.topics) > 0 for each in seen])  # what is taken for another language is not
    vectors = np.stack([each.topics[0] for each in seen if len(each.topics)])
    detector, out = TopicDetector(encoder), {}
    for name in sorted(recipe.UNSEEN_DOMAINS):
        given = tuple(text for texts in intents[name].values() for text in texts[: examples // len(intents[name])])
        phrases = tuple(intent.replace("_", " ") for intent in intents[name])
        known = detector.known(TopicParams(deny=(Topic(name, phrases, DESCRIBED[name], given),)))[name]
        inside = detector.space(vectors)
        scores = np.full(len(tests), UNREAD)
        scores[read] = known.likeness(inside).astype(np.float64)
        on = np.asarray([domain == name for _, domain in tests])
        bad, good = Sample(scores[on]), Sample(scores[~on])
        middle = known.on.knots[2]
        out[name] = {"auc": _of(measure.auc, bad, good), "recall_at_1_percent": _of(measure.recall_at, bad, good),
                     "recall_balanced": _of(_rate(middle), bad), "false_positives_balanced": _of(_rate(middle), good)}
    return out


def everything(encoder: Encoder, guards: Path, suites: Path) -> dict[str, Any]:
    """All of it, for the model card."""
    return {**dict(injection(encoder, suites)), "toxicity": toxicity(encoder, suites),
            "people": people(encoder, guards),
            "topics_15_phrases": topics(encoder, guards, 0), "topics_45_examples": topics(encoder, guards, 45)}
