"""What the encoder is shown: texts cut into windows as the gateway cuts them, with what is to be said of them.

A long attack is a *bag*: at least one of its windows must score high, and which one is not known beforehand.
Of a harmless text every window must score low. A text that stands in a frozen set is shown in no form (``Taught``).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.types import Role
from gateway.core.windows import Windows, passages
from gateway.detectors.encoder_input import OUTSIDE, TYPES, Row, Tokens
from model_server.guard_encoder.data.overlap import Fence
from model_server.guard_encoder.names import SCORES, TAGS

UNTAGGED = -100
ATTACK = "ATTACK"
MARKS = ("O", ATTACK)
MOST_ROWS = 5


class Taught(Tokens):
    """The tokenizer of what is taught; ``fence``: what may not be, as it stands in a frozen set."""

    def __init__(self, path: Path, fence: Fence) -> None:
        super().__init__(path)
        self.fence = fence


@dataclass(slots=True)
class Item:
    """``head``: which of ``SCORES`` is taught, -1 for none. ``tags``: by token of the only row, or empty.

    ``marks``: for each row, by token, whether it is part of an attack (1) or of what surrounds it (0); or empty.
    """

    rows: tuple[Row, ...]
    head: int
    value: float
    family: str
    weight: float = 1.0
    tags: tuple[int, ...] = ()
    marks: tuple[tuple[int, ...], ...] = ()
    vector: int = field(default=-1)
    """Which of the teacher's vectors the only row is drawn to; -1 for none."""

    @property
    def length(self) -> int:
        return max(len(row.ids) for row in self.rows)


def cuts(text: str, fine: bool) -> list[tuple[str, str]]:
    """``(before, window)`` of the whole text: as an answer is cut while it streams, or as a request is."""
    found = Windows().take(text, final=True) if fine else passages(text)
    return [(each.before, each.text) for each in found]


def bag(tokens: Tokens, text: str, role: Role, chance: random.Random) -> tuple[Row, ...]:
    """Up to ``MOST_ROWS`` rows that follow each other; the whole text where it is that short."""
    return tuple(row for row, _ in _placed(tokens, text, role, chance))


def _placed(tokens: Tokens, text: str, role: Role, chance: random.Random) -> list[tuple[Row, int]]:
    """The same with where each row's window begins in ``text``."""
    rows: list[tuple[Row, int]] = []
    for fine in (chance.random() < 0.4, False):
        rows, at = [], 0
        for before, part in cuts(text, fine):
            rows += [(row, at) for row in tokens.rows(part, role, before)]
            at += len(part)
        if len(rows) <= MOST_ROWS:
            return rows
    start = chance.randrange(len(rows) - MOST_ROWS + 1) if chance.random() < 0.5 else 0
    return rows[start : start + MOST_ROWS]


def judged(tokens: Taught, text: str, role: Role, value: float, family: str, chance: random.Random,
           *, toxicity: bool = False, weight: float = 1.0, attack: str = "") -> Iterator[Item]:
    """``text`` with what its head is to say; a harmless text's windows each on its own, an attack's as one bag.

    ``attack``: the part of ``text`` that is the attack, where that is known.
    """
    if tokens.fence.keeps_out(text, family):
        return
    head = SCORES.index("toxicity") if toxicity else int(TYPES[role] >= OUTSIDE)
    placed = _placed(tokens, text, role, chance)
    if not placed:
        return
    rows = tuple(row for row, _ in placed)
    if value > 0:
        start = text.find(attack) if attack else -1
        span = (start, start + len(attack), ATTACK)
        marks = tuple(tuple(_marks(row, at, [span], MARKS)) for row, at in placed) if start >= 0 else ()
        yield Item(rows, head, value, family, weight, marks=marks)
        return
    for row in rows:
        marks = () if toxicity else (tuple(_marks(row, 0, (), MARKS)),)
        yield Item((row,), head, value, family, weight / len(rows) ** 0.5, marks=marks)


def whole_and_cut(tokens: Taught, text: str, role: Role, family: str, chance: random.Random) -> Iterator[Item]:
    """A harmless ``text`` whole, and as the windows of a request or of an answer, no row twice.

    A detector that knows a paragraph as a whole still mistakes a sentence of it that stands alone.
    """
    if tokens.fence.keeps_out(text, family):
        return
    seen = set[tuple[int, ...]]()
    for parts in ([("", text)], cuts(text, chance.random() < 0.4)):
        rows = [row for before, part in parts for row in tokens.rows(part, role, before)]
        for row in rows:
            if row.ids not in seen:
                seen.add(row.ids)
                marks = (tuple(_marks(row, 0, (), MARKS)),)
                yield Item((row,), int(TYPES[role] >= OUTSIDE), 0.0, family, 1 / len(rows) ** 0.5, marks=marks)


def tagged(tokens: Taught, text: str, spans: Iterable[tuple[int, int, str]], family: str,
           chance: random.Random) -> Iterator[Item]:
    """``text`` as windows whose tokens say which entity they belong to; entities beyond ``TAGS`` are "O"."""
    if tokens.fence.keeps_out(text, family):
        return
    role: Role = chance.choice(("user", "document", "assistant"))
    known = [span for span in spans if span[2] in TAGS]
    at = 0
    for before, part in cuts(text, chance.random() < 0.4):
        for row in tokens.rows(part, role, before):
            yield Item((row,), -1, 0.0, family, 1.0, tuple(_marks(row, at, known, TAGS)))
        at += len(part)


def _marks(row: Row, at: int, spans: Sequence[tuple[int, int, str]], names: Sequence[str]) -> Iterator[int]:
    """For each token of ``row``, whose window begins at ``at``, which of ``names`` the span has that it is part of."""
    for place in row.places:
        if place is None:
            yield UNTAGGED
            continue
        middle = at + (place[0] + place[1] - 1) // 2
        yield next((names.index(name) for start, end, name in spans if start <= middle < end), 0)


def plain(tokens: Taught, text: str, family: str, chance: random.Random) -> Iterator[Item]:
    """A text of which only the teacher's vector is taught."""
    if tokens.fence.keeps_out(text, family):
        return
    role: Role = chance.choice(("user", "user", "document", "assistant"))
    for row in bag(tokens, text, role, chance):
        yield Item((row,), -1, 0.0, family)


def batches(items: Sequence[Item], budget: int, chance: random.Random) -> Iterator[list[Item]]:
    """All ``items`` once, in batches of similar lengths of at most ``budget`` tokens, in a drawn order."""
    order = list(items)
    chance.shuffle(order)
    found: list[list[Item]] = []
    for start in range(0, len(order), 4096):
        part, longest, rows = list[Item](), 0, 0
        for item in sorted(order[start : start + 4096], key=lambda each: each.length):
            longest = max(longest, item.length)
            if part and (rows + len(item.rows)) * longest > budget:
                found.append(part)
                part, longest, rows = [], item.length, 0
            part.append(item)
            rows += len(item.rows)
        found.append(part)
    chance.shuffle(found)
    yield from found
