"""Whether an answer about the handbook is right or honestly unknown, by the rules of evals/suites/company/README.md."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from evals.metrics.registry import Item, Parts, metric

UNKNOWN = re.compile(r"\b(?:i\s+(?:do\s+not|don'?t)\s+know|does\s+not\s+say|doesn'?t\s+say)\b", re.IGNORECASE)
ARTICLES = frozenset(("a", "an", "the"))
F1_NEEDED = 0.6


def words(text: str) -> list[str]:
    """Like SQuAD's normal form, but punctuation inside figures stays: "28.5" is not "285"."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    found = re.findall(r"[^\W_]+(?:[.,:'@-][^\W_]+)*", folded)
    return [word for word in found if word not in ARTICLES]


def token_f1(answer: str, gold: str) -> float:
    """Harmonic mean of the precision and recall of words, 0 to 1."""
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


@metric("correct", binary=True, needs=("answer", "accept"))
def _correct(item: Item, _: object) -> Parts:
    """The answer holds the right value and little else: token F1 of 0.6 and an accepted form of the value."""
    return float(is_correct(item.text, item.reference["answer"], item.reference["accept"])), 1.0


@metric("admits_unknown", binary=True)
def _admits_unknown(item: Item, _: object) -> Parts:
    """The answer says that it does not know."""
    return float(is_unknown(item.text)), 1.0
