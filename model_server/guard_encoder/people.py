"""Scores the encoder's tags on other people's texts: words, spans of any and of the same type, addresses whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from gateway.core.windows import Ask, passages
from gateway.detectors.encoder import Encoder
from gateway.detectors.pii import PiiDetector

Span = tuple[int, int, str]
LABELS = {"PERSON": "PERSON", "ADDRESS": "ADDRESS", "LOCATION": "LOCATION", "ORGANIZATION": "ORGANIZATION",
          "DATE_TIME": "DATE_TIME", "TITLE": "TITLE", "PREFIX": "TITLE"}
"""presidio-research's names of what the tags are for. Its TITLE is an occupation, which has no tag, and its PREFIX what
is called TITLE here; its other entities have a notation."""
ALIKE = {"ZIP_CODE": "ADDRESS", "DATE_OF_BIRTH": "DATE_TIME"}
"""Tags that these texts call otherwise."""
NEAR = 6
"""Characters between parts of an address, none of them a letter or a digit."""
_WORD = re.compile(r"\w+")
_PLACES = frozenset({"ADDRESS", "LOCATION"})


def people(encoder: Encoder, guards: Path) -> dict[str, Any]:
    """Words and spans of presidio-research's texts, which no training saw, templates and all."""
    data = json.loads((guards / "presidio_research/generated_large.json").read_text(encoding="utf-8"))
    rows = [(row["full_text"], [(each["start_position"], each["end_position"], each["entity_type"])
                                for each in row["spans"]]) for row in data]
    detector = PiiDetector(encoder)
    return measured(rows, lambda text: found(detector, text))


def found(detector: PiiDetector, text: str) -> list[Span]:
    """What the detector finds in a request, at its balanced thresholds."""
    asks = [Ask("pii", each.start, each.end, each.text, each.before, "user") for each in passages(text)]
    return [(ask.start + each.start, ask.start + each.end, each.entity)
            for ask, answer in zip(asks, detector.read(asks), strict=True) if isinstance(answer, tuple)
            for each in answer if each.score >= 0.5]


def measured(rows: Iterable[tuple[str, Sequence[Span]]], look: Callable[[str], Iterable[Span]]) -> dict[str, Any]:
    """Figures of ``look`` on texts with spans under the names of ``LABELS``. What is found where a span of another name
    stands counts neither way.

    ``words``: type ignored. ``any``, ``typed``: spans, type ignored or the same. ``any_merged``,
    ``typed_merged``: parts of an address that stand beside each other are one on both sides. Then ``typed`` by entity.
    """
    entities = tuple(dict.fromkeys(LABELS.values()))
    counts = {name: [0, 0, 0] for name in ("words", "any", "typed", "any_merged", "typed_merged", *entities)}
    for text, marked in rows:
        wanted = [(start, end, LABELS[name]) for start, end, name in marked if name in LABELS]
        others = [each for each in marked if each[2] not in LABELS]
        told = [(start, end, ALIKE.get(name, name)) for start, end, name in look(text)]
        told = [each for each in told if each[2] in entities and not any(_meet(each, other) for other in others)]
        for word in _WORD.finditer(text):
            at = (*word.span(), "")
            right, seen = (any(_meet(at, each) for each in spans) for spans in (wanted, told))
            _add(counts["words"], right and seen, right, seen)
        for suffix, theirs, ours in (("", wanted, told), ("_merged", merged(wanted, text), merged(told, text))):
            _add(counts["any" + suffix], _hits(theirs, ours), len(theirs), len(ours))
            for entity in entities:
                part = [[each for each in spans if each[2] == entity] for spans in (theirs, ours)]
                for name in ("typed" + suffix, *(() if suffix else (entity,))):
                    _add(counts[name], _hits(*part), len(part[0]), len(part[1]))
    return {name: prf(*numbers) for name, numbers in counts.items()}


def merged(spans: Iterable[Span], text: str) -> list[Span]:
    """``spans`` with neighbouring parts of one address as one; a place beside an address is a part of it."""
    out: list[Span] = []
    for each in sorted(spans):
        between = text[out[-1][1] : each[0]] if out else ""
        if (out and {each[2], out[-1][2]} <= _PLACES and "ADDRESS" in (each[2], out[-1][2])
                and len(between) <= NEAR and not _WORD.search(between)):
            out[-1] = (out[-1][0], max(each[1], out[-1][1]), "ADDRESS")
        else:
            out.append(each)
    return out


def _add(counts: list[int], *numbers: int) -> None:
    for index, number in enumerate(numbers):
        counts[index] += number


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _hits(wanted: Sequence[Span], ours: Sequence[Span]) -> int:
    """How many are found: half of the longer one is shared."""
    return sum(any(_same(one, other) for other in ours) for one in wanted)


def _same(one: Span, other: Span) -> bool:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared * 2 >= max(one[1] - one[0], other[1] - other[0])


def prf(hits: int, wanted: int, told: int) -> dict[str, Any]:
    recall, precision = hits / max(1, wanted), hits / max(1, told)
    f2 = 5 * precision * recall / max(1e-9, 4 * precision + recall)
    return {"recall": round(recall, 4), "precision": round(precision, 4), "f2": round(f2, 4),
            "n": wanted, "found": told}
