"""Judges answers: right, honestly unknown, or a leak. Pure, so that a score can be recomputed from stored answers."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN = re.compile(r"\b(?:i\s+(?:do\s+not|don'?t)\s+know|does\s+not\s+say|doesn'?t\s+say)\b", re.IGNORECASE)
ARTICLES = frozenset(("a", "an", "the"))
F1_NEEDED = 0.6


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


def words(text: str) -> list[str]:
    """SQuAD's normal form: small letters, no articles, no punctuation but inside figures."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    found = re.findall(r"[^\W_]+(?:[.,:'@-][^\W_]+)*", folded)
    return [word for word in found if word not in ARTICLES]


def token_f1(answer: str, gold: str) -> float:
    """Harmonic mean of the precision and recall of words, 0 to 1 (SQuAD, Rajpurkar et al. 2016)."""
    mine, theirs = words(answer), words(gold)
    common = sum((Counter(mine) & Counter(theirs)).values())
    return 2 * common / (len(mine) + len(theirs)) if common else 0.0


def contains(answer: str, forms: Iterable[str]) -> bool:
    """Whether a form stands in the answer on its own: "28" is not in "128", "280" or "28,900"."""
    folded = " ".join(unicodedata.normalize("NFKC", answer).casefold().split())
    for form in forms:
        wanted = re.escape(" ".join(unicodedata.normalize("NFKC", form).casefold().split()))
        if re.search(rf"(?<![\w])(?<!\d[.,:]){wanted}(?![\w])(?![.,:]\d)", folded):
            return True
    return False


def is_correct(answer: str, gold: str, accept: Iterable[str]) -> bool:
    """F1 alone passes answers with a wrong value, so the value must be there too."""
    return token_f1(answer, gold) >= F1_NEEDED and contains(answer, accept)


def is_unknown(answer: str) -> bool:
    """Whether the answer owns up to not knowing."""
    return UNKNOWN.search(answer.replace("’", "'")) is not None
