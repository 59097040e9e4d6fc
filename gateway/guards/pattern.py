"""The operator's own words and expressions: what no shipped guard can know, found in linear time like the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, pattern
from gateway.core.text import canonical
from gateway.core.types import Finding
from gateway.core.view import View

_ENTITY = re.compile(r"[A-Z][A-Z_]{1,30}")


@dataclass(frozen=True, slots=True)
class PatternParams:
    """``patterns``: regular expressions (Python's syntax without look-around and back-references).

    ``words``: words or phrases that are found whole, with any spacing between their words. ``ignore_case``: for
    both. ``entity``: what findings are called (capitals and underscores). Raises ``ValueError`` for an entity
    of another form and for an empty word.
    """

    patterns: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    ignore_case: bool = True
    entity: str = "PATTERN"

    def __post_init__(self) -> None:
        if not _ENTITY.fullmatch(self.entity):
            raise ValueError("entity must be 2 to 31 capitals and underscores, like 'PROJECT_NAME'")
        if not all(canonical(word).strip() for word in self.words):
            raise ValueError("words holds an empty word, which would be found everywhere: remove it")


@lru_cache(maxsize=256)
def _patterns(params: PatternParams) -> tuple[Pattern, ...]:
    """Raises ``Unsupported`` for an expression that no linear-time engine runs, ``ValueError`` where there is none."""
    if not params.patterns and not params.words:
        raise ValueError("looks for nothing | add `patterns: [\"…\"]` or `words: [\"…\"]`")
    sources = [_folded(each) for each in params.patterns] + [_whole(each) for each in params.words]
    return tuple(pattern(each, ignore_case=params.ignore_case) for each in dict.fromkeys(sources))


def _folded(expression: str) -> str:
    """Letters as they stand in canonical text; everything that could be syntax stays as it is."""
    return "".join(canonical(char) if char.isalnum() else char for char in expression)


def _whole(word: str) -> str:
    """The word between word boundaries, where it begins and ends with a letter or digit that has them."""
    parts = canonical(word).split()
    first, last = parts[0][0], parts[-1][-1]
    body = r"\s{1,8}".join(re.escape(part) for part in parts)
    before = r"\b" if first.isascii() and (first.isalnum() or first == "_") else ""
    after = r"\b" if last.isascii() and (last.isalnum() or last == "_") else ""
    return f"{before}{body}{after}"


@guard("pattern", patterns=_patterns, params=PatternParams, entities=lambda params: (params.entity,))
def find_patterns(view: View, params: PatternParams) -> Iterator[Finding]:
    """Every match, with score 1: the operator has said what it is."""
    for each in _patterns(params):
        for match in view.matches(each):
            yield view.finding(match, entity=params.entity)
