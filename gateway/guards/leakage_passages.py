"""Passages: word sequences of protected prose that no public text holds, found even when lightly reworded."""

from __future__ import annotations

import re

from gateway.core.pattern import Pattern, phrases
from gateway.guards.leakage_documents import words_of

_LENGTH = 4
"""Words of more than four letters in a row that make a passage."""
_MOST = 180
"""Passages looked for; with more, those that begin with the longest words are kept."""
_TOGETHER = 45
"""Passages of one pattern: a large one takes long to compile, and the event loop stands still for it."""


def passages(prose: tuple[str, ...], public_words: frozenset[str]) -> tuple[Pattern, ...]:
    """Patterns for the passages of ``prose``, each beginning with a word that public documents do not use."""
    found: dict[str, int] = {}
    for text in prose:
        for sentence in re.split(r"(?<=[.!?:;])\s", text):
            words = [word for word in words_of(sentence) if len(word) > 4 and word.isalpha()]
            first = 0
            while first + _LENGTH <= len(words):
                if len(words[first]) >= 6 and words[first] not in public_words:
                    found[" ".join(words[first : first + _LENGTH])] = len(words[first])
                    first += 1
                first += 1
    kept = sorted(sorted(found, key=lambda each: (-found[each], each))[:_MOST])
    together = [kept[at : at + _TOGETHER] for at in range(0, len(kept), _TOGETHER)]
    return tuple(phrases(each, skip_short_words=True) for each in together)
