"""How many answers were right, with an interval; evals/metrics/answers.py says what right means."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evals.metrics.answers import contains, is_correct, is_unknown, token_f1, words

__all__ = ["Share", "contains", "is_correct", "is_unknown", "token_f1", "words"]


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the Wilson score interval at 95 % (E. B. Wilson, JASA 1927)."""

    hits: int
    n: int

    @property
    def rate(self) -> float:
        return self.hits / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        if not self.n:
            return (math.nan, math.nan)
        z, p, n = 1.959964, self.rate, self.n
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.n} = {100 * self.rate:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
