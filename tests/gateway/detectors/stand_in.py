"""A detector for tests: what it sees follows from the window's text alone, as simply as can be.

``vile`` makes its window 0.9 bad, ``grim`` 0.6, ``Zoe`` and ``Ned`` are a PERSON and ``Ulm`` a PLACE (spans), ``bonjour``
is a language that it cannot read, ``broken`` fails the window that it stands in. A word that begins in the window's run
is the window's where it ends there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.core.guard import GuardSpec, NoParams
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.core.windows import UNSCANNABLE, Answer, Ask, Question, Reading

_NAMES = re.compile("Zoe|Ned|Ulm")


def reading(ask: Ask) -> Answer:
    """The stand-in's answer to one question."""
    before, text = len(ask.run), ask.run + ask.text
    if text.find("broken", max(0, before - 5)) >= 0:
        return None
    if text.find("bonjour", max(0, before - 6)) >= 0:
        return UNSCANNABLE
    found = [
        Reading(max(0, each.start() - before), each.end() - before, 0.9, "PLACE" if each[0] == "Ulm" else "PERSON")
        for each in _NAMES.finditer(text) if each.end() > before
    ]
    for word, score in (("vile", 0.9), ("grim", 0.6)):
        if text.find(word, max(0, before - 3)) >= 0:
            found.append(Reading(0, len(ask.text), score))
    return tuple(found)


def answers(asks: Iterable[Ask]) -> dict[Question, Answer]:
    """The stand-in's answers to all of them."""
    return {ask.question: reading(ask) for ask in asks}


@dataclass
class StandIn:
    """The detector itself; ``asked`` has the sizes of its batches."""

    name: str = "tone"
    version: str = "1"

    def __post_init__(self) -> None:
        self.asked: list[int] = []

    def read(self, asks: Sequence[Ask]) -> list[Answer]:
        self.asked.append(len(asks))
        return [reading(ask) for ask in asks]


def nothing(view: View, params: object) -> Iterator[Finding]:
    """A guard that has no patterns."""
    return iter(())


def spec(name: str = "tone", detector: str = "tone") -> GuardSpec:
    """A guard that goes by what a detector reads, and by nothing else."""
    return GuardSpec(name, nothing, lambda _: (), NoParams, False, False, detector, "")
