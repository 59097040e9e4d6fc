"""Sentences of abuse, hate, threats and stereotypes and their harmless doubles, filled in from templates by a seed.

``toxicity.txt``: ``= name: word | word`` is a list of what may stand in the templates' braces; ``- function`` begins
templates of abuse, ``+ function`` harmless ones. These use the same words on purpose: negation, counter-speech,
quotation, reclaimed words, anger at things, talk about abuse; and groups are named in the same ways on both sides, so
that none is the label.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from model_server.guard_encoder.shared_sets import Labelled

TEMPLATES = Path(__file__).with_name("toxicity.txt")
Function = tuple[str, float, tuple[str, ...]]
"""A function's name, 1 for abuse or 0, and its templates."""
_SLOT = re.compile(r"\{(\w+)\}")
_TAILS = ("", "", "", "", " lol", " smh", "!!", " Just saying.", " Think about it.", " Seriously.", " 😂", " Thanks.",
          " Please help.")
_OPENINGS = ("", "", "", "", "Honestly, ", "ok so ", "Hi, ", "@user ", "lmao ", "Well, ", "Listen: ", "To be clear, ",
             "Question: ")


@cache
def functions() -> tuple[tuple[Function, ...], dict[str, tuple[str, ...]]]:
    """The functions in their order, and the lists by name."""
    lists: dict[str, tuple[str, ...]] = {}
    found: list[tuple[str, float, list[str]]] = []
    for line in TEMPLATES.read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "=":
            name, _, words = rest.partition(": ")
            lists[name] = tuple(words.split(" | "))
        elif mark in ("-", "+"):
            found.append((rest, float(mark == "-"), []))
        else:
            found[-1][2].append(line)
    return tuple((name, value, tuple(templates)) for name, value, templates in found), lists


def filled(template: str, chance: random.Random) -> str:
    """``template`` with each slot filled from its list."""
    lists = functions()[1]
    text = _SLOT.sub(lambda slot: chance.choice(lists[slot.group(1)]), template)
    text = re.sub(r"\ba (?=[AEIOUaeiou])", "an ", re.sub(r"\bA (?=[aeiouAEIOU]\w)", "An ", text))
    return text[0].upper() + text[1:] if chance.random() < 0.8 else text


def sentences(seed: int, each: int) -> Iterator[tuple[Labelled, str]]:
    """``each`` fillings of every template, with the function they stand for; abuse is 1, its doubles 0."""
    chance = random.Random(seed)
    for function, value, templates in functions()[0]:
        for template in templates:
            seen: set[str] = set()
            for _ in range(each if "{" in template else max(2, each // 3)):
                text = filled(template, chance)
                text = chance.choice(_OPENINGS) + text + chance.choice(_TAILS)
                if text not in seen:
                    seen.add(text)
                    yield Labelled(text, value), function


def passages(seed: int, size: int) -> Iterator[Labelled]:
    """Longer texts: a few harmless sentences, in half of them with one of abuse somewhere in between."""
    chance = random.Random(seed)
    calm = [text.text for text, _ in sentences(seed + 1, 3) if text.value == 0]
    abuse = [text.text for text, _ in sentences(seed + 2, 6) if text.value == 1]
    for number in range(size):
        parts = chance.sample(calm, chance.randint(2, 5))
        if number % 2:
            parts.insert(chance.randrange(len(parts) + 1), chance.choice(abuse))
        yield Labelled(" ".join(parts), float(number % 2))
