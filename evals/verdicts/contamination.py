"""Whether a suite's questions and answers stood in the training text: a score on them would measure memory.

A sample's text becomes word n-grams (lower case, punctuation dropped; n = 13 as in Brown et al. 2020, appendix C; a
shorter text is one n-gram of all its words, if it has at least ``SHORTEST``). What is counted is how many of them stand
anywhere in the corpus. Documents are read one by one and only n-grams of the suites are kept, so memory follows the
suites and not the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.loading.suite import Sample, Suite
from gateway.errors import ConfigError

N = 13
SHORTEST = 6
"""Words below which a text is too common to prove anything."""
DIRTY = 0.5
"""The share of a sample's n-grams in the corpus from which it counts as contaminated."""
_WORD = re.compile(r"[^\W_]+")

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """One sample: ``found`` of its ``grams`` n-grams stand in the corpus, ``document`` is the first that holds one."""

    sample: str
    grams: int
    found: int
    document: str = ""

    @property
    def share(self) -> float:
        return self.found / self.grams if self.grams else 0.0


@dataclass(frozen=True, slots=True)
class Contamination:
    """One suite. ``short``: samples with too few words to say anything about; they are in no other figure."""

    suite: str
    samples: int
    short: int
    overlaps: tuple[Overlap, ...]

    @property
    def dirty(self) -> tuple[Overlap, ...]:
        """Contaminated samples, the worst first."""
        return tuple(sorted((each for each in self.overlaps if each.share >= DIRTY), key=lambda each: (-each.share,
                                                                                                       each.sample)))


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return _WORD.findall(text.casefold())


def grams(text: str, n: int = N) -> set[Gram]:
    """The n-grams of ``text``; all its words where it has fewer, nothing where it has fewer than ``SHORTEST``."""
    found = words(text)
    if len(found) < min(SHORTEST, n):
        return set()
    size = min(n, len(found))
    return {tuple(found[at : at + size]) for at in range(len(found) - size + 1)}


def text_of(sample: Sample) -> str:
    """What would give the sample away: what is asked and the answer that is expected."""
    answer = sample.reference.get("answer", "")
    return f"{sample.asked} {answer if isinstance(answer, str) else ''}"


def check(suites: Sequence[Suite], corpus: Iterable[tuple[str, str]], n: int = N) -> tuple[Contamination, ...]:
    """The overlap of every sample with ``corpus``, pairs of a document's name and its text."""
    if n < 2:
        raise ConfigError(f"n-grams of {n} words say nothing", cure=f"use --n {N}")
    mine = {suite.name: {sample.id: grams(text_of(sample), n) for sample in suite.samples} for suite in suites}
    wanted: dict[int, set[Gram]] = {}
    for samples in mine.values():
        for own in samples.values():
            for gram in own:
                wanted.setdefault(len(gram), set()).add(gram)
    seen = _seen(wanted, corpus)
    return tuple(_of(suite, mine[suite.name], seen) for suite in suites)


def _seen(wanted: Mapping[int, set[Gram]], corpus: Iterable[tuple[str, str]]) -> dict[Gram, str]:
    """The wanted n-grams that the corpus holds, each with the first document that does."""
    seen: dict[Gram, str] = {}
    for name, text in corpus:
        found = words(text)
        for size, of_size in wanted.items():
            for at in range(len(found) - size + 1):
                gram = tuple(found[at : at + size])
                if gram in of_size:
                    seen.setdefault(gram, name)
    return seen


def _of(suite: Suite, samples: Mapping[str, set[Gram]], seen: Mapping[Gram, str]) -> Contamination:
    overlaps = []
    for name, own in samples.items():
        hits = sorted(gram for gram in own if gram in seen)
        if own:
            overlaps.append(Overlap(name, len(own), len(hits), seen[hits[0]] if hits else ""))
    return Contamination(suite.name, len(samples), len(samples) - len(overlaps), tuple(overlaps))


def documents(paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Every file below ``paths`` as (name, text); of JSON Lines, every string of every row is a text of its own.

    Raises ConfigError for a path that is not there, and for a file that is not UTF-8.
    """
    files = 0
    for path in paths:
        if not path.exists():
            raise ConfigError("is not there", file=str(path), cure="check --corpus")
        for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
            files += 1
            yield from _texts(file)
    if not files:
        raise ConfigError("holds no file", file=", ".join(map(str, paths)), cure="check --corpus")


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    from evals.loading import data_file

    if file.suffix == ".jsonl":
        for line in data_file.read(file):
            yield f"{file}:{line.number}", "\n".join(_strings(line.row))
        return
    try:
        yield str(file), file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8 text", file=str(file), cure="name text files with --corpus") from None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
