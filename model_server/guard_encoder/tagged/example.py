"""A text and what is personal in it, with the edits that move both together."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int, str]
"""``[start, end)`` in characters of the text, and the entity's name (Presidio's where it has one)."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """``spans`` are in order and do not overlap; ``source`` names the corpus or the templates (joined by "+"), to hold
    some out."""

    text: str
    spans: tuple[Span, ...]
    source: str


Marked = list[tuple[str, int]]
"""Characters, each with the index of the span it belongs to, or -1: a form in which text may be edited freely."""


def marked(text: str, spans: tuple[Span, ...]) -> Marked:
    """``text`` as characters that know their span."""
    owner = [-1] * len(text)
    for index, (start, end, _) in enumerate(spans):
        owner[start:end] = [index] * (end - start)
    return list(zip(text, owner, strict=True))


def unmarked(characters: Marked, entities: tuple[str, ...]) -> tuple[str, tuple[Span, ...]]:
    """The text and its spans again; spans lose blanks at their ends, and vanish when nothing is left of them."""
    text = "".join([each for each, _ in characters])
    bounds: dict[int, tuple[int, int]] = {}
    at = 0
    for each, owner in characters:
        if owner >= 0 and not each.isspace():
            bounds[owner] = (bounds[owner][0] if owner in bounds else at, at + len(each))
        at += len(each)
    return text, tuple([(start, end, entities[owner]) for owner, (start, end) in sorted(bounds.items())])
