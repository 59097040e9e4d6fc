"""A small retriever over passages, so that search has a baseline that needs no model.

Okapi BM25 (Robertson and Zaragoza 2009) with Lucene's never-negative idf: a term in N of the D passages weighs
ln(1 + (D - N + 0.5) / (N + 0.5)).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from evals.loading.passages import Passage

K1, B = 1.2, 0.75
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))


class Bm25:
    """An index over ``passages``, built once."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.ids = tuple(passage.id for passage in passages)
        self._counts = [Counter(words(passage.text)) for passage in passages]
        lengths = [counts.total() for counts in self._counts]
        mean = sum(lengths) / len(lengths)
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]
        seen = Counter(word for counts in self._counts for word in counts)
        size = len(self.ids)
        self._weights = {word: math.log(1 + (size - n + 0.5) / (n + 0.5)) for word, n in seen.items()}

    def search(self, query: str) -> tuple[tuple[str, float], ...]:
        """Every passage's (id, score), in the passages' order; ranking them, ties included, is the metric's part."""
        asked = words(query)
        return tuple(
            (name, sum(self._weights[word] * counts[word] * (K1 + 1) / (counts[word] + norm)
                       for word in asked if word in counts))
            for name, counts, norm in zip(self.ids, self._counts, self._norms, strict=True)
        )
