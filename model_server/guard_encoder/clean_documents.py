"""Documents of sets that no weight is trained on, all of them clean: what must not be taken for planted."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from gateway.core.types import Role

MOST = 240
"""Texts of each set, about as many as XQuAD has paragraphs."""
SENTENCES = 5
"""Of GUM, whose sentences come in no order, in one text."""
SHORTEST = 200
"""Characters; shorter lines of WikiText are headings and remains."""
_TIGHT = re.compile(r" (?=[.,;:!?%)\]]|'s\b|n't\b)|(?<=[(\[]) ")
_GLUED = re.compile(r" @(.)@ ")


def clean(guards: Path, evals: Path, chance: random.Random) -> Iterator[tuple[str, Role, str]]:
    """Family, role and text: WikiText-2's paragraphs, LSAT's passages, GUM's sentences.

    ``guards``, ``evals``: the directories of the shared sets.
    """
    parts: tuple[tuple[str, Role, list[str]], ...] = (
        ("wikitext", "document", _wikitext(evals / "wikitext2/valid.txt")),
        ("lsat", "document", _passages(evals / "agieval/lsat-rc.jsonl")),
        ("gum", "tool", _gum(guards / "gum_btc/gum-train.conll")),
    )
    for family, role, texts in parts:
        for text in chance.sample(texts, min(MOST, len(texts))):
            yield family, role, text


def _written(text: str) -> str:
    """Words and marks with a blank between each two, as people write them."""
    return _TIGHT.sub("", _GLUED.sub(r"\1", text)).replace("<unk>", "it").strip()


def _wikitext(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_written(line) for line in lines if len(line) > SHORTEST and not line.strip().startswith("=")]


def _passages(path: Path) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return sorted({row["passage"] for row in rows if row.get("passage")})


def _gum(path: Path) -> list[str]:
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    told = [_written(" ".join(line.partition("\t")[0] for line in block.splitlines())) for block in blocks]
    told = [each for each in told if each]
    return [" ".join(told[at : at + SENTENCES]) for at in range(0, len(told), SENTENCES)]
