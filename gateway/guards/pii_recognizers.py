"""A policy's own recognizers, in Presidio's terms: patterns with scores, words of context, lists of what is denied.

They mean what they mean in Presidio: case does not count, a word of context among the five before a value adds 0.35 to
its score and makes it at least 0.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from gateway.core.pattern import Pattern, pattern

NEAR = 64
"""Bytes before a value in which five words stand."""
_WORDS_BEFORE = 5
_BONUS, _LEAST = 0.35, 0.4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RecognizerPattern:
    """One expression, in Python's syntax, and how sure it makes us (0 to 1)."""

    name: str
    regex: str
    score: float


@dataclass(frozen=True, slots=True)
class Recognizer:
    """``deny_list``: words that are findings wherever they stand whole, with ``deny_list_score``."""

    name: str
    entity: str
    patterns: tuple[RecognizerPattern, ...] = ()
    context: tuple[str, ...] = ()
    deny_list: tuple[str, ...] = ()
    deny_list_score: float = 1.0


class Found(NamedTuple):
    """A compiled expression of a recognizer."""

    entity: str
    found: Pattern
    score: float
    context: tuple[str, ...]


def compiled(regex: str) -> Pattern:
    """The expression with Presidio's flags: any case, and ``.`` matches line ends. Raises ``Unsupported``."""
    return pattern(f"(?s:{regex})", ignore_case=True)


@cache
def expressions(recognizers: tuple[Recognizer, ...]) -> tuple[Found, ...]:
    """Everything that ``recognizers`` look for. Raises ``Unsupported``."""
    return tuple(_expressions(recognizers))


def _expressions(recognizers: tuple[Recognizer, ...]) -> Iterator[Found]:
    for each in recognizers:
        context = tuple([word.casefold() for word in each.context])
        for one in each.patterns:
            yield Found(each.entity, compiled(one.regex), one.score, context)
        if each.deny_list:
            yield Found(each.entity, compiled(denied(each.deny_list)), each.deny_list_score, context)


def denied(words: tuple[str, ...]) -> str:
    """An expression for whole words, the longest first."""
    def whole(word: str) -> str:
        left, right = (r"\b" if edge.isascii() and edge.isalnum() else "" for edge in (word[0], word[-1]))
        return left + re.escape(word) + right

    return "|".join([whole(each) for each in sorted(words, key=len, reverse=True)])


def score(found: Found, before: str) -> float:
    """The score of a match that stands after ``before``."""
    if not found.context:
        return found.score
    words = [each.casefold() for each in _WORD.findall(before)[-_WORDS_BEFORE:]]
    near = any(context in word for word in words for context in found.context) or any(
        " " in context and context in before.casefold() for context in found.context
    )
    return min(1.0, max(found.score + _BONUS, _LEAST)) if near else found.score
