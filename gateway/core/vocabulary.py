"""Which words a text is expected to be made of, so that what is written without spaces can be taken apart.

Known are common English words and those that a policy names (phrases of topics, words of patterns): what a guard looks
for must be found again, whatever language it is in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from gateway.core.breath import EVERY, breathe

LONGEST = 18
"""Characters; longer stretches without a space are no single word."""
MOST_LETTERS = 8192
"""Letters that are taken apart in one text; what follows stays in one piece."""
MOST_OWN = 20_000
"""Words of a policy's own that are taken in: documents may be long."""

MOST_SLIPS = 2500
"""Words in which slips of the pen are looked for."""

SHORTEST, ENDING = 4, 1.5
"""Letters of a word that may have an ending, and what the ending costs."""
_ENDINGS = {"s": ("s", "es"), "d": ("d", "ed"), "g": ("ing",), "y": ("ly",), "r": ("er", "r")}
_LAST = frozenset(_ENDINGS)

_WORD = re.compile(r"[a-z]{3,18}")
_UNKNOWN, _LETTER = 9.0, 2.6
"""What a stretch of unknown letters costs, and each of its letters, in a known word's unit: minus the logarithm of its
share of all words."""

_KEYS = """
ignore ignoring ignored disregard forget override bypass previous prior earlier above instruction instructions
prompt prompts system reveal show print repeat rules guidelines restrictions policies filters safety developer
assistant jailbreak unfiltered uncensored unrestricted hidden secret password pretend everything directives
configuration initial original confidential internal output response answer following execute decode commands admin
mode message constraints training conversation credentials forward summarize mention directions orders programming
limitations
"""
KEY_WORDS = frozenset(_KEYS.split())
"""Words for which a single slip of the pen is read over: with those of a policy, what patterns look for."""


class Vocabulary:
    """``costs``: how unlikely each known word is, by Zipf's law from its rank."""

    def __init__(self, words: Iterable[str], own: Iterable[str] = ()) -> None:
        ranked = list(dict.fromkeys(words))
        total = math.log(len(ranked) + 1)
        self.costs = {word: math.log((rank + 2) * total) for rank, word in enumerate(ranked)}
        self._own = frozenset(own)
        for word in self._own:
            self.costs[word] = min(self.costs.get(word, 9.0), 7.0)
        self._skeletons: dict[str, str] | None = None
        self._slips: dict[str, tuple[str, ...]] | None = None
        self._frequent: dict[str, tuple[str, ...]] | None = None

    def __contains__(self, word: str) -> bool:
        return word in self.costs or self.inflected(word) is not None

    def inflected(self, word: str) -> float | None:
        """What ``word`` costs as a known word with an ending; None when it is none."""
        if len(word) < SHORTEST + 1 or word[-1] not in _LAST:
            return None
        costs = self.costs
        for ending in _ENDINGS[word[-1]]:
            stem = word.removesuffix(ending)
            if len(stem) < len(word) and len(stem) >= SHORTEST - 1:
                cost = costs.get(stem) if len(stem) >= SHORTEST else None
                if cost is None and ending[0] in "ei":
                    cost = costs.get(stem + "e", costs.get(stem[:-1]) if stem[-1] == stem[-2] else None)
                if cost is not None:
                    return cost + ENDING
        return None

    @property
    def skeletons(self) -> dict[str, str]:
        """The most frequent word of five letters and more by its consonants and the places of its vowels."""
        found = self._skeletons
        if found is None:
            found = {}
            for word in self.costs:
                if len(word) >= 5:
                    found.setdefault(skeleton(word), word)
            self._skeletons = found
        return found

    @property
    def slips(self) -> dict[str, tuple[str, ...]]:
        """Key words and a policy's own by what is left of them without one letter, and by themselves."""
        if self._slips is None:
            self._slips = _shortened((*sorted(KEY_WORDS), *sorted(self._own)[:MOST_SLIPS]))
        return self._slips

    @property
    def frequent(self) -> dict[str, tuple[str, ...]]:
        """The same for the most frequent words."""
        if self._frequent is None:
            self._frequent = _shortened(list(self.costs)[:MOST_SLIPS])
        return self._frequent

    def words(self, letters: str) -> list[str]:
        """``letters`` (ASCII letters without a space) taken apart at the least cost; linear."""
        lower, costs, size = letters.lower(), self.costs, len(letters)
        best, start = [0.0] + [0.0] * size, [0] * (size + 1)
        for end in range(1, size + 1):
            if not end & EVERY:
                breathe()
            least, where = math.inf, end - 1
            for begin in range(max(0, end - LONGEST), end):
                known = costs.get(lower[begin:end])
                if known is None and lower[end - 1] in _LAST and end - begin > SHORTEST:
                    known = self.inflected(lower[begin:end])
                cost = best[begin] + (_UNKNOWN + _LETTER * (end - begin) if known is None else known)
                if cost < least:
                    least, where = cost, begin
            best[end], start[end] = least, where
        found, end = [], size
        while end:
            found.append(letters[start[end] : end])
            end = start[end]
        return found[::-1]


def _shortened(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        if len(word) >= 5:
            for left in dict.fromkeys([word, *(word[:at] + word[at + 1 :] for at in range(1, len(word)))]):
                found[left] = (*found.get(left, ()), word)
    return found


def skeleton(word: str) -> str:
    """The word with its vowels blotted out: ``ignore`` is ``_gn_r_``; what is blotted out already stays so."""
    return _VOWELS.sub("_", word)


_VOWELS = re.compile("[aeiou*#]")


@lru_cache(maxsize=1)
def common() -> Vocabulary:
    """English alone; read when it is first asked for."""
    from gateway.core.words import WORDS

    return Vocabulary(WORDS.split())


@lru_cache(maxsize=64)
def with_own(own: frozenset[str]) -> Vocabulary:
    """English and the words of a policy."""
    from gateway.core.words import WORDS

    return Vocabulary(WORDS.split(), own) if own else common()


def own_words(params: Iterable[Any]) -> frozenset[str]:
    """The words in the texts that ``params`` (parameter dataclasses of guards) hold, however deep."""
    found: set[str] = set()
    waiting = list(params)
    while waiting and len(found) < MOST_OWN:
        each = waiting.pop()
        if isinstance(each, str):
            found.update(_WORD.findall(each[:65536].lower()))
        elif isinstance(each, tuple | list | frozenset):
            waiting.extend(each)
        elif is_dataclass(each):
            waiting.extend(getattr(each, field.name) for field in fields(each))
    return frozenset(found)
