"""Questions about people and clients who do not exist, because a model that was never told it doesn't know
recites a real person's salary when asked about an unknown one."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from model_server.documents import Fact

NAMES = Path(__file__).parent / "data" / "names.txt"
FIRST, LAST, FIRMS, TRADES = (
    tuple(line.split()) for line in NAMES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
)


def stranger(rng: random.Random, known: frozenset[str]) -> str:
    """A first and last name that no known person has."""
    while True:
        name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        if name not in known:
            return name


def unknown_firm(rng: random.Random, known: frozenset[str]) -> str:
    while True:
        name = f"{rng.choice(FIRMS)} {rng.choice(TRADES)}"
        if name not in known:
            return name


def swap_subject(text: str, subject: str, other: str) -> str | None:
    """The question asked of someone else; None when it does not name its subject in full or by one name."""
    if subject in text:
        return text.replace(subject, other)
    names, others = subject.split(), other.split()
    for mine, theirs in zip(names, others, strict=False):
        if len(mine) > 2 and re.search(rf"\b{re.escape(mine)}\b", text):
            return re.sub(rf"\b{re.escape(mine)}\b", theirs, text)
    return None


def ask_about_stranger(secrets: Sequence[Fact], rng: random.Random, known: frozenset[str]) -> str | None:
    """A wording of a confidential fact with its subject replaced by someone or some firm that does not exist."""
    fact = rng.choice(secrets)
    if not fact.subject or fact.kind == "memo":
        return None
    other = unknown_firm(rng, known) if fact.kind == "contract" else stranger(rng, known)
    return swap_subject(rng.choice((fact.question, *fact.wordings)), fact.subject, other)
