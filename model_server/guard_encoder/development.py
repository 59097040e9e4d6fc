"""Texts that choose thresholds: sets that no weight is trained on, and the generators' families that are kept back.

None of them is a test: what is reported of the result comes from the frozen sets of ``evals/suites/guards``.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.core.types import Role
from model_server.guard_encoder import recipe, shared_sets, toxicity
from model_server.guard_encoder.clean_documents import clean
from model_server.guard_encoder.data import examples as injections

HARD = frozenset({"bypass_override", "news_quotes", "records", "submission_rules", "tweets"})
"""Families of harmless texts that look like bad ones."""
SEED = 1009
"""Another than any that is trained with."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with its role. ``bad``: whether ``head`` is to find something. ``cluster``: whose wording it shares."""

    text: str
    role: Role
    head: str
    bad: bool
    family: str
    cluster: str

    @property
    def hard(self) -> bool:
        """Whether a harmless text was written to look like a bad one."""
        return self.family in HARD or self.family.startswith("own_")


def injection(guards: Path, evals: Path) -> Iterator[Judged]:
    """Both heads' texts: ``guards`` and ``evals`` are the directories of the shared sets."""
    for each in injections(SEED):
        if each.family in recipe.KEPT_BACK:
            head = "injection_user" if each.role == "user" else "injection_outside"
            yield Judged(each.text, each.role, head, each.label == "attack", each.family, each.source)
    with (guards / "gptfuzz/GPTFuzzer.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            yield Judged(row["text"], "user", "injection_user", True, "gptfuzz", f"gptfuzz{number}")
    for family, text in _questions(guards, evals):
        yield Judged(text, "user", "injection_user", False, family, text)
    yield from _documents(guards, evals)


def _questions(guards: Path, evals: Path) -> Iterator[tuple[str, str]]:
    for row in _lines(guards / "halueval/general_data.json"):
        yield "halueval", row["user_query"]
    for row in _lines(evals / "gsm8k/test.jsonl"):
        yield "gsm8k", row["question"]
    for text in shared_sets.questions(guards):
        yield "harmful", text


def _documents(guards: Path, evals: Path) -> Iterator[Judged]:
    """XQuAD's paragraphs and BIPIA's carriers, clean, and the unlearned half of BIPIA's attacks inside both; more clean
    ones of other sets."""
    chance = random.Random(SEED)
    for number, (family, role, text) in enumerate(clean(guards, evals, random.Random(SEED))):
        yield Judged(text, role, "injection_outside", False, family, f"{family}{number}")
    carriers = [("xquad", text) for text in _paragraphs(evals)]
    for name in ("email", "table", "code"):
        rows = list(_lines(guards / f"bipia/ctx_{name}_train.jsonl"))
        carriers += [(f"bipia_{name}", _whole(row["context"])) for row in chance.sample(rows, min(300, len(rows)))]
    sentences = [text for _, text in shared_sets.planted(guards, "development")]
    for number, (family, text) in enumerate(carriers):
        role = chance.choice(("document", "tool"))
        yield Judged(text, role, "injection_outside", False, family, f"{family}{number}")
        sentence = chance.choice(sentences)
        at = chance.choice((0, len(text), text.find("\n", len(text) // 2) + 1))
        planted = f"{text[:at]}\n{sentence}\n{text[at:]}".strip()
        yield Judged(planted, role, "injection_outside", True, "bipia", sentence)


def _whole(context: Any) -> str:
    return "\n".join(map(str, context)) if isinstance(context, list) else str(context)


def _paragraphs(evals: Path) -> list[str]:
    data = json.loads((evals / "xquad_en/xquad.en.json").read_text(encoding="utf-8"))
    return [paragraph["context"] for article in data["data"] for paragraph in article["paragraphs"]]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def toxic(guards: Path, evals: Path) -> Iterator[Judged]:
    """Tweets that are kept back, and harmless texts of every other set."""
    for each in shared_sets.tweets(guards):
        if recipe.kept_back(each.text) and not 0.2 < each.value < 0.75:
            yield Judged(each.text, "user", "toxicity", each.value > 0.5, "tweets", each.text)
    for sentence, function in toxicity.sentences(SEED, 12, back=True):
        yield Judged(sentence.text, "user", "toxicity", sentence.value > 0, f"own_{function}", function)
    for family, text in _questions(guards, evals):
        if family != "harmful":
            yield Judged(text, "user", "toxicity", False, family, text)
    for number, text in enumerate(_paragraphs(evals)):
        yield Judged(text, "document", "toxicity", False, "xquad", str(number))
