"""Factuality from what is already known of an answer: labelled claims, and figures that its source does not hold.

``reference.claims`` are the labels that a judge or a person gave the answer's claims: ``supported``, ``neutral`` (the
source says nothing about it) or ``contradicted``. An answer without claims, as one that abstains, says nothing wrong
and counts in none of the rates. All rates are over claims, not answers (FActScore, Min et al. 2023; RefChecker, Hu et
al. 2024). ``reference.source`` is the text that an answer has to keep to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from evals.metrics.registry import Item, Parts, metric

SUPPORTED = frozenset(("supported", "entailed", "entailment"))
NEUTRAL = frozenset(("neutral", "unsupported", "not enough information"))
CONTRADICTED = frozenset(("contradicted", "contradiction", "refuted"))
LABELS = SUPPORTED | NEUTRAL | CONTRADICTED
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_WORD = re.compile(r"[^\W_]+")


def label(text: str) -> str:
    """One of ``supported``, ``neutral``, ``contradicted``; raises ValueError for what is no label."""
    folded = text.strip().casefold()
    for name, known in (("supported", SUPPORTED), ("neutral", NEUTRAL), ("contradicted", CONTRADICTED)):
        if folded in known:
            return name
    raise ValueError("is no label of a claim")


def numbers(text: str) -> list[str]:
    """The figures of a text in one spelling: 1,600 and 1600.0 are 1600."""
    found = []
    for each in _NUMBER.findall(unicodedata.normalize("NFKC", text)):
        plain = each.replace(",", "") if _GROUPED.fullmatch(each) else each.replace(",", ".")
        whole, point, part = plain.partition(".")
        part = part.rstrip("0")
        found.append((whole.lstrip("0") or "0") + (point + part if part else ""))
    return found


def words(text: str) -> list[str]:
    """Words and figures in small letters."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def fragments(answer: Sequence[str], source: Sequence[str]) -> list[int]:
    """Lengths of the longest runs of words that the answer shares with its source, found greedily from the left.

    Grusky et al., "Newsroom" (2018), figure 3.
    """
    starts: dict[str, list[int]] = {}
    for place, word in enumerate(source):
        starts.setdefault(word, []).append(place)
    found, at = [], 0
    while at < len(answer):
        longest = max((_run(answer, at, source, place) for place in starts.get(answer[at], ())), default=0)
        if longest:
            found.append(longest)
        at += max(1, longest)
    return found


def _run(answer: Sequence[str], at: int, source: Sequence[str], place: int) -> int:
    length = 0
    while at + length < len(answer) and place + length < len(source) and answer[at + length] == source[place + length]:
        length += 1
    return length


def _count(item: Item, name: str) -> Parts | None:
    labels = [label(each) for each in item.reference["claims"]]
    return (float(labels.count(name)), float(len(labels))) if labels else None


@metric("claim_precision", needs=("claims",))
def _claim_precision(item: Item, _: object) -> Parts | None:
    """Claims that the source supports."""
    return _count(item, "supported")


@metric("hallucination_rate", better="lower", needs=("claims",))
def _hallucination_rate(item: Item, _: object) -> Parts | None:
    """Claims that the source contradicts or says nothing about."""
    found = _count(item, "supported")
    return None if found is None else (found[1] - found[0], found[1])


@metric("contradiction_rate", better="lower", needs=("claims",))
def _contradiction_rate(item: Item, _: object) -> Parts | None:
    """Claims that the source contradicts."""
    return _count(item, "contradicted")


@metric("unsupported_numbers", better="lower", needs=("source",))
def _unsupported_numbers(item: Item, _: object) -> Parts | None:
    """Figures in the answer that its source does not hold."""
    mine, known = numbers(item.text), set(numbers(item.reference["source"]))
    return (float(sum(each not in known for each in mine)), float(len(mine))) if mine else None


@metric("coverage", needs=("source",))
def _coverage(item: Item, _: object) -> Parts | None:
    """Words of the answer that stand in runs taken from its source (extractive fragment coverage)."""
    mine = words(item.text)
    return (float(sum(fragments(mine, words(item.reference["source"])))), float(len(mine))) if mine else None


@metric("density", unit="words", needs=("source",))
def _density(item: Item, _: object) -> Parts | None:
    """How long a run from the source the average word of an answer stands in (extractive fragment density)."""
    mine = words(item.text)
    found = fragments(mine, words(item.reference["source"]))
    return (sum(length * length for length in found) / len(mine), 1.0) if mine else None
