"""ROUGE beside rouge-score: texts a second in one run, and equality on every pair that it reads.

    python -m benchmarks.rouge                       # texts of the company's documents, 50 and 250 words
    python -m benchmarks.rouge --pairs FILE          # equality on JSON lines {"prediction", "references"}

Each round scores all four kinds with both, in turns, in CPU time, with no cache warm: the stems that are remembered are
forgotten before a round, and a text is scored once a round. As most of what the stemmer costs can be had by remembering
stems, rouge-score with such a memory is a third contestant there.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer

from evals.metrics import porter, rouge
from tests.evals.metrics.texts import house_pairs

Pairs = list[tuple[str, str]]


def windows(words_each: int, count: int) -> Pairs:
    """Windows of that many words, a sentence a line, beside themselves with a quarter of the words gone and rotated."""
    chance = random.Random(words_each)
    words = " ".join(dict.fromkeys(answer for answer, _ in house_pairs())).split()
    out = []
    for _ in range(count):
        at = chance.randrange(len(words) - words_each)
        whole = words[at : at + words_each]
        kept = [word for word in whole if chance.random() > 0.25]
        turn = chance.randrange(len(kept))
        out.append((_lines(kept[turn:] + kept[:turn]), _lines(whole)))
    return out


def _lines(words: list[str]) -> str:
    return " ".join(words).replace(". ", ".\n")


def ours(pairs: Pairs, stemmer: bool) -> None:
    porter.stem.cache_clear()
    for answer, reference in pairs:
        rouge.score(answer, [reference], stemmer=stemmer)


def theirs(pairs: Pairs, stemmer: bool, remember: bool = False) -> None:
    scorer = RougeScorer(list(rouge.KINDS), use_stemmer=stemmer)
    if remember:
        stem = functools.lru_cache(maxsize=1 << 16)(scorer._tokenizer._stemmer.stem)
        scorer._tokenizer._stemmer = type("Remembering", (), {"stem": staticmethod(stem)})
    for answer, reference in pairs:
        scorer.score(reference, answer)


def seconds(work: Callable[..., None], *arguments: Any) -> float:
    before = time.process_time()
    work(*arguments)
    return time.process_time() - before


def compare(words: int, count: int, rounds: int) -> Iterator[str]:
    for stemmer in (False, True):
        contestants: dict[str, list[float]] = {"wardgate": [], "rouge-score": []}
        remembering: list[float] = []
        for seed in range(rounds):
            pairs = windows(words, count)
            random.Random(seed).shuffle(pairs)
            contestants["wardgate"].append(seconds(ours, pairs, stemmer))
            contestants["rouge-score"].append(seconds(theirs, pairs, stemmer))
            if stemmer:
                remembering.append(seconds(theirs, pairs, True, True))
        mine, other = (statistics.median(each) for each in contestants.values())
        ratios = sorted(b / a for a, b in zip(*contestants.values(), strict=True))
        line = (f"{words} words, {'stemmer' if stemmer else 'no stemmer'}: {count / mine:.0f} pairs/s, rouge-score "
                f"{count / other:.0f}; {statistics.median(ratios):.1f}x (lowest of {rounds} rounds {ratios[0]:.1f}x)")
        if remembering:
            line += f"; rouge-score that remembers stems {count / statistics.median(remembering):.0f} pairs/s"
        yield line


def differing(path: Path) -> tuple[int, int]:
    """Pairs read, and those of them on which any number is not rouge-score's."""
    scorers = {stemmer: RougeScorer(list(rouge.KINDS), use_stemmer=stemmer) for stemmer in (False, True)}
    read = wrong = 0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for stemmer, scorer in scorers.items():
                expected = scorer.score_multi(row["references"], row["prediction"])
                found = rouge.score(row["prediction"], row["references"], stemmer=stemmer)
                if any(tuple(expected[kind]) != tuple(found[kind]) for kind in rouge.KINDS):
                    wrong += 1
            read += 1
    return read, wrong


def main() -> int:
    """Exit code 1 when a number differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--pairs", type=Path, help="check equality on this file instead")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.pairs:
        read, wrong = differing(options.pairs)
        print(f"{read} pairs, with and without the stemmer: {wrong} differ")
        return int(wrong > 0)
    for words, count in ((50, 200), (250, 40)):
        for line in compare(words, count, options.rounds):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
