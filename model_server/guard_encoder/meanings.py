"""Groups of texts that mean the same kind of thing, from which the topic vector learns more than the teacher knew.

A policy describes a topic in a few phrases, and what is compared with them are questions: so names of intents and
phrases are drawn to the questions they stand for, and away from all others.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from gateway.detectors.encoder_input import Row, Tokens
from model_server.guard_encoder import shared_sets
from model_server.guard_encoder.data.overlap import Fence

TOPICS = Path(__file__).with_name("topics.txt")
HEAT = 0.07
"""Softmax temperature of the contrast."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """``names``: phrases for it; ``texts``: what people say; ``domain``: meanings of one domain are no contrast."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    domain: str


def own_topics(path: Path = TOPICS) -> Iterator[Meaning]:
    """Self-written topics: ``# name: description``, ``> phrases``, then questions, one a line."""
    for block in path.read_text(encoding="utf-8").split("# ")[1:]:
        head, phrases, *texts = block.strip().splitlines()
        name, _, about = head.partition(": ")
        names = (name, about, *(each.strip() for each in phrases.removeprefix(">").split("|")))
        yield Meaning(names, tuple(texts), name)


def intents(root: Path, without: frozenset[str]) -> Iterator[Meaning]:
    """CLINC150's intents but those of the domains ``without``, and BANKING77's."""
    found: dict[tuple[str, str], list[str]] = {}
    for text, intent, domain in shared_sets.clinc_intents(root):
        if domain not in without and domain != "out":
            found.setdefault((domain, intent), []).append(text)
    with (root / "banking77/train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(("bank", row["category"]), []).append(row["text"].strip())
    for (domain, intent), texts in found.items():
        yield Meaning((intent.replace("_", " ").strip("? "),), tuple(texts), domain)


def apart(meanings: Iterable[Meaning], fence: Fence) -> Iterator[Meaning]:
    """``meanings`` without the texts that stand in a frozen set."""
    for each in meanings:
        kept = tuple(text for text in each.texts if not fence.keeps_out(text, "meanings"))
        if kept:
            yield replace(each, texts=kept)


def drawn(tokens: Tokens, meanings: Sequence[Meaning], chance: random.Random, size: int = 20,
          each: int = 3) -> tuple[list[Row], list[int], list[int]]:
    """Rows of ``size`` meanings, a name and ``each`` texts of every one; their meanings and their domains, numbered."""
    domains: dict[str, int] = {}
    rows: list[Row] = []
    owner: list[int] = []
    of: list[int] = []
    for index, meaning in enumerate(chance.sample(list(meanings), size)):
        texts = [chance.choice(meaning.names), *chance.sample(meaning.texts, min(each, len(meaning.texts)))]
        for text in texts:
            row = next(tokens.rows(text, chance.choice(("user", "user", "document")), ""), None)
            if row is not None:
                rows.append(row)
                owner.append(index)
                of.append(domains.setdefault(meaning.domain, len(domains)))
    return rows, owner, of


def contrast(topic: Tensor, owner: Tensor, domain: Tensor) -> Tensor:
    """Supervised contrast (Khosla et al. 2020) of unit vectors (n, H), without others of one's own domain."""
    likeness = topic @ topic.T / HEAT
    same = owner[:, None] == owner[None, :]
    own = torch.eye(len(owner), dtype=torch.bool)
    out = own | ((domain[:, None] == domain[None, :]) & ~same)
    likeness = likeness.masked_fill(out, -1e9)
    shares = likeness - torch.logsumexp(likeness, 1, keepdim=True)
    positive = same & ~own
    return -(shares * positive).sum(1).div(positive.sum(1).clamp(min=1)).mean()
