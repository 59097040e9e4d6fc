"""Sentences of abuse and their harmless doubles, filled in from ``toxicity_data`` by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import count

from model_server.guard_encoder.shared_sets import Labelled
from model_server.guard_encoder.toxicity_data import ABUSE, FILLERS, HARMLESS

_SLOT = re.compile(r"\{(\w+)\}")
_TAILS = ("", "", "", "", " lol", " smh", "!!", " Just saying.", " Think about it.", " Seriously.", " 😂", " Thanks.", " Please help.")
_OPENINGS = ("", "", "", "", "Honestly, ", "ok so ", "Hi, ", "@user ", "lmao ", "Well, ", "Listen: ", "To be clear, ", "Question: ")


def filled(template: str, chance: random.Random) -> str:
    """``template`` with each slot filled from its list."""
    text = _SLOT.sub(lambda slot: chance.choice(FILLERS[slot.group(1)]), template)
    text = re.sub(r"\ba (?=[AEIOUaeiou])", "an ", re.sub(r"\bA (?=[aeiouAEIOU]\w)", "An ", text))
    return text[0].upper() + text[1:] if chance.random() < 0.8 else text


def sentences(seed: int, each: int) -> Iterator[tuple[Labelled, str]]:
    """``each`` fillings of every template, with the function they stand for; abuse is 1, its doubles 0."""
    chance = random.Random(seed)
    for value, functions in ((1.0, ABUSE), (0.0, HARMLESS)):
        for function, templates in functions:
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
    for number in count():
        if number >= size:
            return
        parts = chance.sample(calm, chance.randint(2, 5))
        if number % 2:
            parts.insert(chance.randrange(len(parts) + 1), chance.choice(abuse))
        yield Labelled(" ".join(parts), float(number % 2))
