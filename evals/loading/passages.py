"""The passages of a set of documents, and which of them answer a question."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.loading.data_file import Line
from evals.metrics.answers import contains
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph; ``id`` is ``FILE#NUMBER``, counted from 1 below the title."""

    id: str
    text: str


@cache
def passages(pattern: Path) -> tuple[Passage, ...]:
    """The paragraphs of the files that match ``pattern``, titles left out; raises ConfigError when there are none."""
    out = []
    for path in sorted(pattern.parent.glob(pattern.name)):
        blocks = [block.strip() for block in path.read_text(encoding="utf-8").split("\n\n") if block.strip()]
        bodies = [block for block in blocks if not block.startswith("#")]
        out += [Passage(f"{path.name}#{number}", block) for number, block in enumerate(bodies, 1)]
    if not out:
        raise ConfigError("holds no passages", file=str(pattern), cure="check `documents` of the suite")
    return tuple(out)


@cache
def digest(pattern: Path) -> str:
    """Twelve hex digits over ids and texts: a search over other passages is another question."""
    return hashlib.sha256(repr(passages(pattern)).encode()).hexdigest()[:12]


def relevant(pattern: Path, line: Line) -> tuple[str, ...]:
    """Ids of the passages of the row's ``doc`` that hold the value it asks for; raises ConfigError when none does."""
    document, forms = Path(line.text("doc")).name, [line.text("value"), *line.get("accept")]
    found = tuple(passage.id for passage in passages(pattern)
                  if passage.id.rpartition("#")[0] == document and contains(passage.text, forms))
    if not found:
        raise line.error(f"no passage of {document} holds the value that the row asks for", "doc", "correct `doc`")
    return found
