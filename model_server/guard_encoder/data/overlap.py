"""Refuses a split of which the tested part can be found in the learned part: such a score measures memory.

Two texts overlap where they share ``WORDS`` words in a row (letters and digits only, any case), or where they were
filled from the same template.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

WORDS = 8
_WORD = re.compile(r"[^\W_]+")


class Leak(ValueError):
    """A split that leaks. The message names up to five of the texts by their place and source, never by their words."""


class Sourced(Protocol):
    """A learned text. ``source``: the template it was filled from, or empty."""

    @property
    def text(self) -> str: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A text that is held back for a test; ``name``: its id."""

    text: str
    source: str = ""
    name: str = ""


def shingles(text: str, words: int = WORDS) -> Iterator[int]:
    """Hashes of each ``words`` words in a row; of a shorter text its only one, from three words on."""
    found = _WORD.findall(text.casefold())
    if len(found) < min(3, words):
        return
    for at in range(max(1, len(found) - words + 1)):
        yield hash(" ".join(found[at : at + words]))


def check(learned: Iterable[Sourced], tested: Iterable[Held], words: int = WORDS) -> None:
    """Raises ``Leak`` where a text of ``tested`` shares a shingle or a template with one of ``learned``."""
    __tracebackhide__ = True  # a test that fails here names the texts, but doesn't print them
    known: set[int] = set()
    sources: set[str] = set()
    for each in learned:
        known.update(shingles(each.text, words))
        sources.add(each.source)
    sources.discard("")
    leaks = [f"{each.name or number} (same template: {each.source})" if each.source in sources else
             f"{each.name or number} (same {words} words)"
             for number, each in enumerate(tested, 1)
             if each.source in sources or not known.isdisjoint(shingles(each.text, words))]
    if leaks:
        more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise Leak(f"{len(leaks)} texts of the tested part stand in the learned part: {', '.join(leaks[:5])}{more}")


class Fence:
    """Keeps what is learned apart from what is ``tested``: chance may build what somebody else has written."""

    def __init__(self, tested: Iterable[Held], words: int = WORDS) -> None:
        self._words = words
        self._theirs = frozenset(one for each in tested for one in shingles(each.text, words))
        self.refused: Counter[str] = Counter()
        """How many texts of each family were refused."""

    def keeps_out(self, text: str, family: str) -> bool:
        """Whether ``text`` shares a shingle with what is tested, so that nobody may learn it; counted."""
        found = not self._theirs.isdisjoint(shingles(text, self._words))
        self.refused[family] += found
        return found


def frozen(directory: Path) -> tuple[Held, ...]:
    """All texts of the sets in ``directory`` (``*.jsonl``, with ``text`` and ``id``).

    Raises ``FileNotFoundError`` where there are none: nothing may be learned while nobody knows what is tested.
    """
    files = sorted(directory.glob("*.jsonl"))
    if not files:
        raise FileNotFoundError(f"there are no frozen sets in {directory}: name their directory (--suites)")
    lines = (line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return tuple(Held(row["text"], name=row["id"]) for row in map(json.loads, lines))
