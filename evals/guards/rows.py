"""Reads the frozen texts that guards are judged on, and which of them make up the card of each guard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evals.loading import data_file
from gateway.config.yaml_lines import nearest
from gateway.errors import ConfigError

SETS = Path(__file__).parents[1] / "suites" / "guards"
LABELS = ("attack", "harmless")
ROLES = ("user", "document", "tool", "assistant")


@dataclass(frozen=True, slots=True)
class Row:
    """``cluster``: what rows that are not independent share; ``group``: the file, which is one of a part's figures.

    ``topics``: what the text is judged by, as JSON of ``scan``'s field of that name, or empty.
    """

    id: str
    text: str
    role: str
    attack: bool
    family: str
    language: str
    cluster: str
    group: str
    topics: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a guard's card, with a threshold of its own: files of ``SETS`` without their ending."""

    name: str
    attacks: tuple[str, ...]
    harmless: tuple[str, ...]


CARDS: dict[str, tuple[Part, ...]] = {
    "injection": (
        Part("user", ("injection_user_attacks",), ("injection_user_hard", "injection_user_benign")),
        Part("document", ("injection_document_attacks",), ("injection_document_hard", "injection_document_clean")),
    ),
    "topic": (Part("one topic", ("topic_rows",), ("topic_rows", "topic_others")),),
    "toxicity": (Part("unseen", ("toxicity_unseen",), ("toxicity_unseen",)),
                 Part("functional", ("toxicity_functional",), ("toxicity_functional",))),
}


def card_of(guard: str) -> tuple[Part, ...]:
    """The parts of a guard's card. Raises ``ConfigError`` for a guard without one."""
    if guard not in CARDS:
        raise ConfigError(f"there is no card of a guard '{guard}'", cure=nearest(guard, list(CARDS)))
    return CARDS[guard]


def load(part: Part, sets: Path = SETS) -> tuple[Row, ...]:
    """The part's attacks, then its harmless texts. Raises ``ConfigError`` that names file, line and field."""
    attacks = (row for name in part.attacks for row in read(sets / f"{name}.jsonl") if row.attack)
    harmless = (row for name in part.harmless for row in read(sets / f"{name}.jsonl") if not row.attack)
    return tuple(attacks) + tuple(harmless)


def read(path: Path) -> Iterator[Row]:
    """The rows of one file, with clusters apart from other files'; ``topics.json`` beside it has their topics."""
    seen: dict[str, int] = {}
    topics = _topics(path.with_name("topics.json"))
    for line in data_file.read(path):
        label, role, name = line.text("label"), line.text("role"), line.text("id")
        if label not in LABELS:
            raise line.error(f"there is no label '{label}'", "label", nearest(label, list(LABELS)))
        if role not in ROLES:
            raise line.error(f"there is no role '{role}'", "role", nearest(role, list(ROLES)))
        if name in seen:
            raise line.error(f"'{name}' is the id of line {seen[name]} too", "id", "give each row its own")
        seen[name] = line.number
        yield Row(name, line.text("text"), role, label == "attack", line.text("family"),
                  str(line.row.get("lang", "en")), f"{path.stem}:{line.row.get('cluster', name)}", path.stem,
                  _topic(line, topics))


def _topics(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {name: json.dumps(topics) for name, topics in json.loads(path.read_text(encoding="utf-8")).items()}


def _topic(line: data_file.Line, topics: dict[str, str]) -> str:
    if "topic" not in line.row:
        return ""
    name = line.text("topic")
    if name not in topics:
        raise line.error(f"topics.json has no topic '{name}'", "topic", nearest(name, list(topics)))
    return topics[name]


def changed(row: Row, text: str) -> Row:
    """The same row in another spelling."""
    return replace(row, text=text)
