"""Keeps conversations off topics that an operator names, by the phrases that give a topic away.

``describe`` and ``examples`` say what a topic is to whoever compares meanings; here phrases alone decide. A phrase
under ``allow`` that holds a denied one takes it back ("tax" is denied, "tax-free lunch" is not).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, phrases
from gateway.core.types import Finding
from gateway.core.view import View


@dataclass(frozen=True, slots=True)
class Topic:
    """``phrases`` are matched word by word in any case, with common endings; ``name`` is the finding's entity."""

    name: str
    phrases: tuple[str, ...] = ()
    describe: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicParams:
    """``deny``: topics that are not to be talked about; ``allow``: phrases that are harmless all the same."""

    deny: tuple[Topic, ...] = ()
    allow: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def _compiled(params: TopicParams) -> tuple[tuple[str, Pattern], ...]:
    return tuple((topic.name, phrases((*topic.phrases, *params.allow))) for topic in params.deny)


@lru_cache(maxsize=64)
def _allowed(allow: tuple[str, ...]) -> Pattern | None:
    return phrases(allow) if allow else None


def _patterns(params: TopicParams) -> tuple[Pattern, ...]:
    if not params.deny:
        raise ValueError("denies no topic | add `deny: [{name: …, phrases: […]}]`")
    for topic in params.deny:
        if not topic.phrases:
            raise ValueError(f"topic '{topic.name}' has no phrases | add `phrases: [\"…\"]`")
    return tuple(each for _, each in _compiled(params))


def _names(params: TopicParams) -> tuple[str, ...]:
    return tuple(topic.name for topic in params.deny)


@guard("topic", patterns=_patterns, params=TopicParams, leet=True, entities=_names)
def find_topics(view: View, params: TopicParams) -> Iterator[Finding]:
    """One finding for each phrase of a denied topic."""
    allowed = _allowed(params.allow)
    for name, topic in _compiled(params):
        for match in view.matches(topic):
            if allowed is None or not allowed.fullmatch(match.text):
                yield view.finding(match, entity=name, score=0.9)
