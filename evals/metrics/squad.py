"""Exact match and token F1 by SQuAD's rules, because answers about facts are compared with published numbers.

The rules are those of SQuAD's ``evaluate-v1.1.py`` (Rajpurkar et al. 2016): small letters, no ASCII punctuation, no
articles, single spaces; of several references the best one counts. An answer that is empty on both sides is a match, as
in ``evaluate-v2.0.py``.
"""

from __future__ import annotations

import re
import string
from collections import Counter

from evals.metrics.registry import Item, Parts, metric, references

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """SQuAD's normal form of an answer."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, gold: str) -> float:
    """1.0 when both have the same normal form, else 0.0."""
    return float(normalise(answer) == normalise(gold))


def f1(answer: str, gold: str) -> float:
    """Harmonic mean of precision and recall over the bags of tokens, 0 to 1."""
    mine, theirs = normalise(answer).split(), normalise(gold).split()
    if not mine or not theirs:
        return float(mine == theirs)
    common = sum((Counter(mine) & Counter(theirs)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(mine), common / len(theirs)
    return (2 * precision * recall) / (precision + recall)


@metric("exact_match", binary=True, needs=("answer",))
def _exact_match(item: Item, _: object) -> Parts:
    """The answer equals a reference in SQuAD's normal form."""
    return max(exact_match(item.text, each) for each in references(item)), 1.0


@metric("f1", needs=("answer",))
def _f1(item: Item, _: object) -> Parts:
    """Shared tokens of answer and reference, SQuAD's F1."""
    return max(f1(item.text, each) for each in references(item)), 1.0
