"""Texts for comparisons with references: real ones from the company's documents, and made-up ones that hurt."""

from __future__ import annotations

import json
import random
from functools import cache
from itertools import permutations
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMPANY = ROOT / "model_server" / "company"
HELD_OUT = ROOT / "evals" / "suites" / "text" / "heldout.jsonl"
_WORDS = ("the", "The", "a", "cat", "cats", "running", "runs", "ran", "skies", "dying", "28", "28,900", "news", "é", "naïve",
          "—", "…", "don't", "U.S.", "happily", "conditional", "relational", "controlling", "ſ", "İstanbul", "ΣΑΣ", "日本",
          "\n", "\n\n", "\r\n", "\t", "\x1c", "\u2028", "\u00a0", "'", "x" * 40, "yyyy", "agreed", "fizzed", "oed", "ies")


@cache
def house_pairs() -> tuple[tuple[str, str], ...]:
    """Every ordered pair of paragraphs and lists: real English with lines, figures and shared words."""
    paths = sorted((COMPANY / "handbook").glob("*.md")) + sorted((COMPANY / "confidential").rglob("*.md"))
    paragraphs = [each for path in paths for each in path.read_text(encoding="utf-8").split("\n\n")
                  if len(each.split()) > 3]
    paragraphs += [json.loads(line)["text"] for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]
    return tuple(permutations(paragraphs, 2))


def fuzzed(chance: random.Random) -> str:
    """A few words that repeat, with letters of any script and any white space between them."""
    if chance.random() < 0.15:
        return "".join(chr(chance.choice((chance.randrange(128), chance.randrange(0x500), chance.randrange(0x11_0000))))
                       for _ in range(chance.randrange(40)))
    few = chance.sample(_WORDS, chance.randrange(2, 14))
    return chance.choice((" ", " ", "\n", ". ", "")).join(chance.choices(few, k=chance.randrange(26)))
