"""Self-written prose, harmless in documents and answers, though it argues, recommends and tells people what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.core.types import Role

TEXTS = Path(__file__).with_name("prose")
"""A paragraph a line; a line break inside one is written as in a string."""
ROLES: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys(("essays", "arguments", "claims", "speech", "forum", "letters", "lessons", "ai_docs", "manuals",
                     "fiction", "work", "clauses"), ("document", "tool")),
    "answers": ("assistant", "document"), "asked": ("user",)}
"""Who says the texts of each file."""


def texts() -> Iterator[tuple[str, Role]]:
    """Every paragraph, once for each role."""
    for path in sorted(TEXTS.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                for role in ROLES[path.stem]:
                    yield line.replace("\\n", "\n"), role
