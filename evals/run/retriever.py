"""A small retriever over passages, so that search has a baseline that needs no model.

Okapi BM25 (Robertson and Zaragoza 2009) with Lucene's never-negative idf: a term in N of the D passages weighs
ln(1 + (D - N + 0.5) / (N + 0.5)).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from evals.loading.passage import Passage

K1, B = 1.2, 0.75
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))


class Bm25:
    """An index over ``passages``, built once."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.ids = tuple(passage.id for passage in passages)
        counted = [Counter(words(passage.text)) for passage in passages]
        lengths = [counts.total() for counts in counted]
        mean = sum(lengths) / len(lengths) or 1.0
        norms = [K1 * (1 - B + B * length / mean) for length in lengths]
        seen = Counter(word for counts in counted for word in counts)
        size = len(self.ids)
        weights = {word: math.log(1 + (size - n + 0.5) / (n + 0.5)) for word, n in seen.items()}
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for place, counts in enumerate(counted):
            for word, count in counts.items():
                gain = weights[word] * count * (K1 + 1) / (count + norms[place])
                self._postings.setdefault(word, []).append((place, gain))

    def search(self, query: str) -> tuple[tuple[str, float], ...]:
        """Every passage's (id, score), in the passages' order; ranking them, ties included, is the metric's part."""
        scores = [0.0] * len(self.ids)
        for word in words(query):
            for place, gain in self._postings.get(word, ()):
                scores[place] += gain
        return tuple(zip(self.ids, scores, strict=True))
