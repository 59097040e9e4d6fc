"""Questions about people, clients and things that no document knows, because a model that was never told it doesn't
know recites a real person's salary when asked about an unknown one."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from model_server.documents import Fact

NAMES = Path(__file__).parent / "data" / "names.txt"
FIRST, LAST, FIRMS, TRADES = (
    tuple(line.split()) for line in NAMES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
)


NAMESAKES = 0.15  # share of strangers who have a known person's first name: only the whole name tells them apart
ABSENT = Path(__file__).parent / "data" / "absent.txt"


@cache
def absent_table(path: Path = ABSENT) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """(frames, things) that go together; raises ValueError for a line without both."""
    table = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        frames, mark, things = line.partition(">>")
        if not mark:
            raise ValueError(f"{path}:{number}: write frames, '>>' and what they ask about")
        table.append((tuple(map(str.strip, frames.split("|"))), tuple(map(str.strip, things.split(",")))))
    return tuple(table)


def ask_about_absent(rng: random.Random) -> str:
    """A question about something that the handbook does not cover."""
    frames, things = rng.choice(absent_table())
    text = rng.choice(frames).format(x=rng.choice(things))
    return text[:1].upper() + text[1:] if rng.random() < 0.7 else text


def stranger(rng: random.Random, known: frozenset[str], namesakes: float = NAMESAKES) -> str:
    """A first and last name that no known person has in full; with `namesakes` 0, not in part either."""
    parts = frozenset(part for name in known for part in name.split())
    firsts = sorted({name.split()[0] for name in known if len(name.split()) == 2})
    while True:
        borrowed = bool(firsts) and rng.random() < namesakes
        first, last = rng.choice(firsts) if borrowed else rng.choice(FIRST), rng.choice(LAST)
        if f"{first} {last}" not in known and (borrowed or first not in parts) and last not in parts:
            return f"{first} {last}"


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
    text = rng.choice((fact.question, *fact.wordings))
    if fact.kind == "contract":
        return swap_subject(text, fact.subject, unknown_firm(rng, known))
    # Asked by one name only, a namesake would be the real person.
    return swap_subject(text, fact.subject, stranger(rng, known, NAMESAKES if fact.subject in text else 0.0))
