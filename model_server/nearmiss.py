"""Questions that miss a fact by one thing: its telling words replaced by something no document knows.

They teach the model to look for the thing that is asked about, not only for the manner of asking.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

from model_server.augment import STOP_WORDS
from model_server.documents import Fact
from model_server.strangers import absent_table

WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
TELLING = 0.12  # a telling word stands in at least this part of its fact's wordings …
SHARED = 4  # … and is frequent in at most this many facts


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)} - STOP_WORDS


def telling_words(facts: Sequence[Fact]) -> dict[str, frozenset[str]]:
    """By fact id, the words that set its questions apart from those of other facts."""
    frequent: dict[str, set[str]] = {}
    for fact in facts:
        texts = (fact.question, *fact.wordings)
        counts = Counter(word for text in texts for word in _words(text))
        frequent[fact.id] = {word for word, count in counts.items() if count >= max(2, TELLING * len(texts))}
    spread = Counter(word for words in frequent.values() for word in words)
    return {fact: frozenset(word for word in words if spread[word] <= SHARED) for fact, words in frequent.items()}


def near_miss(fact: Fact, telling: frozenset[str], rng: random.Random) -> str | None:
    """A wording of the fact with every telling word replaced; None when the wording has none."""
    text = rng.choice((fact.question, *fact.wordings))
    if not telling & _words(text):
        return None
    _, things = rng.choice(absent_table())
    thing = rng.choice(things)

    def swap(match: re.Match[str]) -> str:
        return thing if match.group().lower() in telling else match.group()

    swapped = WORD.sub(swap, text)
    return re.sub(rf"({re.escape(thing)})(?:[ -]+{re.escape(thing)})+", r"\1", swapped)
