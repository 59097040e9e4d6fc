"""Self-written prose, harmless in documents and answers, though it argues, recommends and tells people what to do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from gateway.core.types import Role

TEXTS = Path(__file__).with_name("prose")
"""A paragraph a line; a line break inside one is written as in a string."""
SHARE = 800
"""Paragraphs that a course of the whole network is shown, each course others; its heads are shown all."""
ROLES: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys(("essays", "arguments", "claims", "speech", "forum", "letters", "lessons", "ai_docs", "manuals",
                     "fiction", "work", "clauses", "passages", "opinion", "explained", "steps", "errands", "guidebook",
                     "machine_made", "talks", "stories", "rulings", "studies"), ("document", "tool")),
    **dict.fromkeys(("answers", "code_answers"), ("assistant", "document")), "asked": ("user",)}
"""Who says the texts of each file."""


def drawn(chance: random.Random, most: int | None = None) -> Iterator[tuple[str, Role]]:
    """Every paragraph once, or ``most`` of them, in one of its roles: in all, prose would outweigh other documents."""
    roles: dict[str, list[Role]] = {}
    for text, role in texts():
        roles.setdefault(text, []).append(role)
    for text in roles if most is None else chance.sample(list(roles), most):
        yield text, chance.choice(roles[text])


def texts() -> Iterator[tuple[str, Role]]:
    """Every paragraph, once for each role."""
    for path in sorted(TEXTS.glob("*.txt")):
        for text in read(path):
            for role in ROLES[path.stem]:
                yield text, role


def read(path: Path) -> list[str]:
    """The paragraphs of one file."""
    return [line.replace("\\n", "\n") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
