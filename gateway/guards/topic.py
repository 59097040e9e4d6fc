"""Keeps conversations off topics that an operator names, or on those that are named: by phrases, and by meaning.

Phrases match word by word. Description, phrases and examples are also what the encoder compares every window with, for
what is said in other words. A phrase under ``allow`` that holds a denied one takes it back ("tax" is denied, "tax-free
lunch" is not).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, phrases
from gateway.core.text import canonical
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.core.windows import Ask, Reading, Readings

OFF_TOPIC = "OFF_TOPIC"
"""What a window is called that is near none of the topics under ``only``."""


@dataclass(frozen=True, slots=True)
class Topic:
    """``phrases`` are matched word by word in any case, with common endings; ``name`` is the finding's entity."""

    name: str
    phrases: tuple[str, ...] = ()
    describe: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicParams:
    """``deny``: topics that are not to be talked about; ``allow``: phrases that are harmless all the same.

    ``only``: what may be talked about; a window that is near none of these is a finding. ``model``: compare meanings,
    too; ``auto``: where the encoder is installed; off: phrases alone decide.
    """

    deny: tuple[Topic, ...] = ()
    allow: tuple[str, ...] = ()
    only: tuple[Topic, ...] = ()
    model: Literal["on", "auto", "off"] = "on"


def says(topic: Topic) -> Iterator[tuple[str, bool]]:
    """What ``topic`` says of itself that the encoder, which knows English, can read, and whether that is an example."""
    own = topic.describe or topic.name.replace("-", " ").replace("_", " ")
    said = [*((each, False) for each in (own, *topic.phrases)), *((each, True) for each in topic.examples)]
    for text, example in said:
        if any(char.isascii() and char.isalnum() for char in canonical(text)):
            yield text, example


@lru_cache(maxsize=64)
def _compiled(params: TopicParams) -> tuple[tuple[str, Pattern], ...]:
    return tuple((topic.name, phrases((*topic.phrases, *params.allow))) for topic in params.deny if topic.phrases)


@lru_cache(maxsize=64)
def _allowed(allow: tuple[str, ...]) -> Pattern | None:
    return phrases(allow) if allow else None


def _check(params: TopicParams) -> None:
    """Raises ValueError for a topic that could not be found, or not be told from another."""
    names = [topic.name for topic in (*params.deny, *params.only)]
    for topic in (*params.deny, *params.only):
        if names.count(topic.name) > 1:
            raise ValueError(f"topic '{topic.name}' is named twice | put both into one, or rename one")
        for kind, texts in (("phrase", topic.phrases), ("example", topic.examples)):
            if not all(canonical(each).strip() for each in texts):
                raise ValueError(f"topic '{topic.name}' has an empty {kind} | remove it")
    for topic in params.deny:
        if not topic.phrases and not (params.model == "on" and (topic.describe or topic.examples)):
            raise ValueError(f"topic '{topic.name}' has no phrases | add `phrases: [\"…\"]`, or `describe:` and "
                             "`examples:` for the model")
        if not topic.phrases and not any(says(topic)):
            raise ValueError(f"topic '{topic.name}' says nothing that the encoder can read | describe it in English, "
                             "or add `phrases: [\"…\"]`")
    for topic in params.only:
        if not (topic.phrases or topic.describe or topic.examples):
            raise ValueError(f"topic '{topic.name}' says nothing of itself | "
                             "add `describe:`, `phrases:` and `examples:`")
        if not any(says(topic)):
            raise ValueError(f"topic '{topic.name}' says nothing that the encoder can read | describe it in English")


def _patterns(params: TopicParams) -> tuple[Pattern, ...]:
    if not params.deny and not params.only:
        raise ValueError("denies no topic | add `deny: [{name: …, phrases: […]}]`, or `only:` with what is allowed")
    if params.only and params.model != "on":
        raise ValueError("`only` needs the model, as nothing can be known by its phrases to be off the topic | "
                         "leave `model` out")
    _check(params)
    return tuple(each for _, each in _compiled(params))


def _names(params: TopicParams) -> tuple[str, ...]:
    return (*(topic.name for topic in params.deny), *((OFF_TOPIC,) if params.only else ()))


def _detector(params: TopicParams) -> str:
    return "topic" if params.model != "off" else ""


def _take(ask: Ask, readings: Readings) -> Iterator[Reading]:
    """What was read at once and has an allowed phrase is on no denied topic, for all that the encoder can tell."""
    params = ask.params
    allowed = _allowed(params.allow) if isinstance(params, TopicParams) else None
    harmless = set() if allowed is None else {
        span for span in {(each.start, each.end) for each in readings}
        if allowed.search(canonical(ask.text[slice(*span)]))}
    for each in readings:
        if each.entity == OFF_TOPIC or (each.start, each.end) not in harmless:
            yield each


@guard("topic", patterns=_patterns, params=TopicParams, leet=True, entities=_names, detector=_detector, take=_take)
def find_topics(view: View, params: TopicParams) -> Iterator[Finding]:
    """One finding for each phrase of a denied topic; the encoder's cover whole windows."""
    allowed = _allowed(params.allow)
    for name, topic in _compiled(params):
        for match in view.matches(topic):
            if allowed is None or not allowed.fullmatch(match.text):
                yield view.finding(match, entity=name, score=0.9)
