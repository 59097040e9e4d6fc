"""Personal data that has no notation, so that only the encoder can see it: names, places, addresses.

A policy that names one of these asks for the encoder; one that names none goes by patterns alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.core.text import canonical
from gateway.core.windows import Ask, Reading, Readings

TAGS: tuple[str, ...] = (
    "PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "ZIP_CODE", "DATE_TIME", "NRP", "AGE", "TITLE",
)
"""The encoder's entities that no pattern finds, by Presidio's names where it has one."""
BOTH = ("DATE_OF_BIRTH",)
"""What patterns find where a word introduces it, and the encoder elsewhere."""


def detector(entities: tuple[str, ...]) -> str:
    """The detector that these entities need, empty for none."""
    return "pii" if any(each in TAGS for each in entities) else ""


def taken(ask: Ask, readings: Readings, entities: tuple[str, ...], allowed: Callable[[str], bool]) -> Iterator[Reading]:
    """Those of ``readings`` that are asked for and not allowed."""
    for each in readings:
        if each.entity in entities and not allowed(canonical(ask.text[each.start : each.end]).casefold()):
            yield each
