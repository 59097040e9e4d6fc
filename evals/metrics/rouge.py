"""ROUGE-1, 2, L and Lsum, equal to Google's ``rouge-score`` to the last bit and many times as fast.

Lin, "ROUGE: a package for automatic evaluation of summaries" (2004), as ``rouge-score`` 0.1.2 computes it: words are
runs of a-z and 0-9, Lsum takes each line for a sentence, of several references the one with the best F-measure counts.
Its bootstrap is not used, as it draws from an unseeded global state.

Longest common subsequences are found bit by bit (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): a row
of the table is one integer, a reference word one bit of it. For Lsum all sentences of the reference lie side by side in
that integer, a zero between them, so one pass over a sentence of the answer makes its rows for all of them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from evals.metrics.porter import stem
from evals.metrics.registry import Item, Parts, metric, references

KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
_WORDS = bytes(code if code in b"abcdefghijklmnopqrstuvwxyz0123456789\n" else 32 for code in range(256))
"""What is no letter and no digit becomes a space; line breaks stay for Lsum."""


class Score(NamedTuple):
    """Precision, recall and F-measure, each 0 to 1."""

    precision: float
    recall: float
    fmeasure: float


def _score(hits: int, answer: int, reference: int) -> Score:
    if not hits:
        return Score(0.0, 0.0, 0.0)
    precision, recall = hits / answer, hits / reference
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


class Text:
    """A text cut into words, once for all kinds: ``lines`` holds the words of each line that is not empty."""

    __slots__ = ("counts", "lines", "pairs", "words")

    def __init__(self, text: str, *, stemmer: bool) -> None:
        plain = text.lower().encode("ascii", "replace").translate(_WORDS).decode("ascii")
        self.lines = [words for line in plain.split("\n") if (words := line.split())]
        if stemmer:
            self.lines = [[stem(word) if len(word) > 3 else word for word in line] for line in self.lines]
        self.words = self.lines[0] if len(self.lines) == 1 else [word for line in self.lines for word in line]
        self.counts: Counter[str] | None = None
        self.pairs: Counter[tuple[str, str]] | None = None


def _ones(text: Text) -> Counter[str]:
    if text.counts is None:
        text.counts = Counter(text.words)
    return text.counts


def _twos(text: Text) -> Counter[tuple[str, str]]:
    if text.pairs is None:
        text.pairs = Counter(zip(text.words, text.words[1:], strict=False))
    return text.pairs


def _common(first: Counter[str] | Counter[tuple[str, str]], second: Counter[str] | Counter[tuple[str, str]]) -> int:
    """How many n-grams two texts share, repeated ones as often as both have them."""
    both = first.keys() & second.keys()
    return sum(map(min, map(first.__getitem__, both), map(second.__getitem__, both)))  # type: ignore[arg-type]


def rouge1(answer: Text, reference: Text) -> Score:
    """Shared words."""
    return _score(_common(_ones(reference), _ones(answer)), len(answer.words), len(reference.words))


def rouge2(answer: Text, reference: Text) -> Score:
    """Shared pairs of neighbouring words, across lines, too."""
    return _score(_common(_twos(reference), _twos(answer)), len(answer.words) - 1, len(reference.words) - 1)


def _places(words: Iterable[str], at: int, into: dict[str, int]) -> int:
    """Sets in ``into`` the bit of each word's place, from ``at`` on; returns the place behind the last."""
    bit = 1 << at
    for word in words:
        into[word] = into.get(word, 0) | bit
        bit <<= 1
    return bit.bit_length() - 1


def rouge_l(answer: Text, reference: Text) -> Score:
    """Longest common subsequence of the whole texts."""
    if not answer.words or not reference.words:
        return _score(0, 0, 0)
    places: dict[str, int] = {}
    width = _places(reference.words, 0, places)
    row = full = (1 << width) - 1
    for word in answer.words:
        if here := places.get(word):
            taken = row & here
            row = (row + taken) | (row - taken)
    return _score(width - (row & full).bit_count(), len(answer.words), len(reference.words))


def rouge_lsum(answer: Text, reference: Text) -> Score:
    """Union of the longest common subsequences of each line of the reference with the answer's lines."""
    if len(answer.lines) == 1 and len(reference.lines) == 1:
        return rouge_l(answer, reference)  # one subsequence is its own union, and no word of it is counted twice
    places: dict[str, int] = {}
    starts, at = [], 0
    for line in reference.lines:
        starts.append(at)
        at = _places(line, at, places) + 1
    starts.append(at)
    between = sum(1 << (start - 1) for start in starts[1:])
    lines = [(start, (1 << (behind - 1)) - (1 << start)) for start, behind in itertools.pairwise(starts)]
    united = 0
    for line in answer.lines:
        united |= _subsequences(line, places, lines, (1 << at) - 1 - between)
    counts = _ones(answer)
    hits = sum(min((united & here).bit_count(), counts[word]) for word, here in places.items() if united & here)
    return _score(hits, len(answer.words), len(reference.words))


def _subsequences(words: Sequence[str], places: dict[str, int], lines: list[tuple[int, int]], full: int) -> int:
    """The places that the subsequences of ``words`` with each line take; of equally long ones, rouge-score's choice.

    ``lines``: the first place of each line, and the bits of its places; ``full``: those of all lines.
    """
    row, steps = full, []
    for word in words:
        if here := places.get(word):
            taken = row & here
            row = ((row + taken) | (row - taken)) & full
            steps.append((here, here | full ^ row))
        elif steps and steps[-1][0]:
            steps.append((0, full ^ row))
    grown = full ^ row
    steps.reverse()
    found = 0
    for start, mine in lines:
        if grown & mine:
            found |= _walk_back(steps, start, mine)
    return found


def _walk_back(steps: list[tuple[int, int]], start: int, left: int) -> int:
    """Reads one subsequence out of the rows, from the last word to the first, as ``rouge-score`` does.

    At (i, j) it takes a match; else goes to j - 1 where the row grew at i, and to i - 1 where it did not. So the next i
    is the highest bit that is a match or grew.
    """
    found = 0
    for here, stop in steps:
        height = (stop & left).bit_length()
        if height <= start:
            break
        bit = 1 << (height - 1)
        if here & bit:
            found |= bit
            left &= bit - 1
        else:
            left &= (bit << 1) - 1
    return found


_FUNCTIONS: dict[str, Callable[[Text, Text], Score]] = {
    "rouge1": rouge1, "rouge2": rouge2, "rougeL": rouge_l, "rougeLsum": rouge_lsum}


def score(answer: str, against: Sequence[str], *, kinds: Iterable[str] = KINDS,
          stemmer: bool = False) -> dict[str, Score]:
    """Each kind's score against the reference that suits it best, the first of equals; ``against`` is not empty."""
    mine, others = Text(answer, stemmer=stemmer), [Text(each, stemmer=stemmer) for each in against]
    return {kind: max((_FUNCTIONS[kind](mine, other) for other in others), key=lambda found: found.fmeasure)
            for kind in kinds}


@lru_cache(maxsize=1 << 14)
def fmeasures(answer: str, against: tuple[str, ...], stemmer: bool) -> tuple[float, ...]:
    """F-measures of all kinds, remembered so that four metrics of a suite cut a text once."""
    return tuple(found.fmeasure for found in score(answer, against, stemmer=stemmer).values())


def signature() -> str:
    """What the numbers are comparable with."""
    return "rouge-score 0.1.2, F-measure, no stemmer"


def signature_stemmed() -> str:
    """The same with the Porter stemmer (``use_stemmer=True``)."""
    return "rouge-score 0.1.2, F-measure, Porter stemmer"


def _register(place: int, kind: str, stemmer: bool) -> None:
    def observe(item: Item, _: object) -> Parts:
        return fmeasures(item.text, references(item), stemmer)[place], 1.0

    what = {"rouge1": "words", "rouge2": "word pairs", "rougeL": "longest common subsequence",
            "rougeLsum": "longest common subsequence, line by line"}
    observe.__doc__ = f"ROUGE F-measure over {what[kind]}{', stemmed' if stemmer else ''}."
    metric(f"{kind}_stemmed" if stemmer else kind, needs=("answer",),
           signature=signature_stemmed if stemmer else signature)(observe)


for _place, _kind in enumerate(KINDS):
    _register(_place, _kind, stemmer=False)
    _register(_place, _kind, stemmer=True)
