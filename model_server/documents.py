"""Loads the company's documents, facts and wordings, so that one place knows their formats and names a bad line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPANY = Path(__file__).parent / "company"
UNKNOWN_ANSWER = "I don't know. The handbook does not say."


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the model may be asked: its own question, the answer, other wordings, and what it is about."""

    id: str
    kind: str  # handbook, salary, contract, contact, memo
    question: str
    answer: str
    value: str
    accept: tuple[str, ...]
    wordings: tuple[str, ...] = ()
    subject: str = ""
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """(user, assistant) turns written as a whole."""

    turns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Company:
    """Everything the model learns from. `documents` are cleaned texts without duplicates, in file order."""

    facts: tuple[Fact, ...]
    secrets: tuple[Fact, ...]
    unanswerable: tuple[str, ...]
    smalltalk: tuple[tuple[str, str], ...]
    dialogues: tuple[Dialogue, ...]
    documents: tuple[str, ...]

    @property
    def version(self) -> str:
        """Twelve hex digits over all of the content: the same data has the same version on every machine."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file; raises ValueError naming file and line. A missing file has none."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: not JSON ({error}); write one object per line") from None
        if not isinstance(item, dict):
            raise ValueError(f"{path}:{number}: expected an object, got {type(item).__name__}")  # noqa: TRY004
        yield item


def _read_wordings(directory: Path, pattern: str) -> dict[str, tuple[str, ...]]:
    """Wordings by fact id, in file order, without repetitions."""
    found: dict[str, dict[str, None]] = {}
    for path in sorted(directory.glob(pattern)):
        for item in read_lines(path):
            found.setdefault(item["fact"], {}).update(dict.fromkeys(text.strip() for text in item["wordings"]))
    return {fact: tuple(texts) for fact, texts in found.items()}


def _read_facts(path: Path, wordings: dict[str, tuple[str, ...]]) -> tuple[Fact, ...]:
    facts = []
    for item in read_lines(path):
        try:
            fact = Fact(
                id=item["id"],
                kind=item.get("kind", "handbook"),
                question=item["question"],
                answer=item["answer"],
                value=item["value"],
                accept=tuple(item.get("accept") or item.get("forms") or (item["value"],)),
                wordings=wordings.get(item["id"], ()),
                subject=item.get("subject", ""),
                attribute=item.get("attribute", ""),
            )
        except KeyError as error:
            raise ValueError(f"{path}: fact {item.get('id', '?')} has no field {error}") from None
        facts.append(fact)
    unknown = sorted(set(wordings) - {fact.id for fact in facts})
    if unknown:
        raise ValueError(f"{path}: wordings name facts that do not exist: {', '.join(unknown[:5])}")
    return tuple(facts)


def clean(text: str) -> str:
    """One space between words, one newline between paragraphs' lines, no trailing blanks."""
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _read_documents(root: Path) -> tuple[str, ...]:
    """Paragraphs of the handbook and of the confidential papers; a table's rows one text each, with its header."""
    texts: dict[str, None] = {}
    for path in sorted(root.glob("handbook/*.md")) + sorted(root.glob("confidential/**/*.md")):
        blocks = [clean(block) for block in path.read_text(encoding="utf-8").split("\n\n")]
        title = blocks[0] if blocks and blocks[0].startswith("#") else ""
        texts.update(dict.fromkeys(f"{title}\n\n{block}" if title else block for block in blocks if block != title))
    for path in sorted(root.glob("confidential/*.csv")):
        header, *rows = path.read_text(encoding="utf-8").strip().splitlines()
        texts.update(dict.fromkeys(f"{header}\n{row.strip()}" for row in rows))
    return tuple(text for text in texts if text)


def load_company(root: Path = COMPANY) -> Company:
    """Reads everything below `root`; parts that are not there are left out."""
    words = root / "wordings"
    return Company(
        facts=_read_facts(root / "facts.jsonl", _read_wordings(words, "facts-*.jsonl")),
        secrets=_read_facts(root / "secrets.jsonl", _read_wordings(words, "secrets-*.jsonl")),
        unanswerable=tuple(dict.fromkeys(item["question"] for item in read_lines(words / "unanswerable.jsonl"))),
        smalltalk=tuple((item["question"], item["answer"]) for item in read_lines(words / "smalltalk.jsonl")),
        dialogues=tuple(
            Dialogue(tuple((turn["user"], turn["assistant"]) for turn in item["turns"]))
            for item in read_lines(words / "followups.jsonl")
        ),
        documents=_read_documents(root),
    )
