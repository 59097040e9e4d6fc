"""Reads how near a window is in meaning to the topics of the policy that asks, whatever its words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.api import register
from gateway.detectors.calibration import LEAST, Curve, worth
from gateway.detectors.encoder import SHIPPED, Encoder, Part, Seen
from gateway.detectors.topic_scores import Likeness, learnt, off_topic, on_topic
from gateway.detectors.topic_space import Space
from gateway.guards.topic import OFF_TOPIC, Topic, TopicParams, says

KEPT = 64
"""Sets of topics whose vectors are remembered."""
ENDINGS = ("", "?", ".")
"""How a description and phrases are read: bare, as a question, as a statement; what counts is the middle of the three.
A phrase without a sign at its end lies further from what people say on the topic than the same phrase with one."""
SIGNS = " .?!"
"""What a phrase may end with already: it is left out."""
FEWEST = 3
"""Words: a shorter window ("Thanks!") is about nothing, so it cannot be off the topic either."""

ENOUGH = 0.75
"""What a gloss must score to be a finding at ``balanced``; ``python -m benchmarks.glosses --levels`` derives it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A topic: likeness to it, how that becomes the score of being ``on`` it, and turned round, of being ``off``."""

    likeness: Likeness
    on: Curve
    off: Curve


class TopicDetector:
    """One reading for each topic under ``deny``, whatever its score, and one for being off all those under ``only``."""

    name = "topic"

    def __init__(self, encoder: Encoder = SHIPPED) -> None:
        self.encoder = encoder
        self.version = encoder.version
        self._lock = threading.Lock()
        self._known: OrderedDict[TopicParams, dict[str, Known]] = OrderedDict()

    @cached_property
    def space(self) -> Space:
        """Where windows and topics are compared."""
        import numpy as np

        with np.load(self.encoder.directory / "background.npz") as file:
            return Space.of(file["vectors"], file["groups"])

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See ``Detector.read``; ``Ask.params`` are the guard's ``TopicParams``."""
        return [
            seen.answered(partial(self._found, ask.params, seen), partial(self._through, ask.params, seen))
            for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True)
        ]

    def _found(self, given: Hashable, seen: Seen, part: Part) -> Iterator[Reading]:
        found = self.likenesses(given, seen, part.rows)
        if not found:
            return
        known, params = self.known(given), _topics(given)
        for topic in params.deny:
            near = known[topic.name].on(found[topic.name]) if topic.name in known else 0.0
            yield Reading(part.start, part.end, near, topic.name)
        if params.only and part.words >= FEWEST:
            nearest = min(known[topic.name].off(-found[topic.name]) for topic in params.only)
            yield Reading(part.start, part.end, nearest, OFF_TOPIC)

    def _through(self, given: Hashable, seen: Seen, part: Part) -> Iterator[Reading]:
        """What a gloss is about, not what it is not about: words that no glossary knows are about something, too."""
        found = {} if part.glossed is None else self.likenesses(given, seen, part.glossed)
        known = self.known(given)
        for topic in _topics(given).deny:
            if topic.name in known and topic.name in found:
                near = worth(known[topic.name].on(found[topic.name]), ENOUGH)
                if near >= LEAST:
                    yield Reading(part.start, part.end, near, topic.name)

    def likenesses(self, given: Hashable, seen: Seen, rows: slice) -> dict[str, float]:
        """How like each topic the rows are, at most; empty where there are none."""
        vectors = seen.topics[rows]
        if not len(vectors):
            return {}
        inside = self.space(vectors)
        around = self.space.neighbours(inside)
        return {name: float(each.likeness(inside, around).max()) for name, each in self.known(given).items()}

    def known(self, params: Hashable) -> dict[str, Known]:
        """The topics of ``params`` that say something in English, by name, worked out once."""
        topics = _topics(params)
        with self._lock:
            found = self._known.get(topics)
            if found is None:
                found = self._known[topics] = {
                    topic.name: self._learn(topic) for topic in (*topics.deny, *topics.only) if any(says(topic))}
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return found

    def _learn(self, topic: Topic) -> Known:
        likeness, background, weights = self.likeness(topic)
        own, usual = likeness.own(), self.encoder.calibration.topic["usual"]
        return Known(likeness, on_topic(background, weights, own), off_topic(usual, own))

    def likeness(self, topic: Topic) -> tuple[Likeness, Any, Any]:
        """Likeness to ``topic``, and that of the background with its weights; see ``learnt``."""
        import numpy as np

        said = [text.rstrip(SIGNS) for text, example in says(topic) if not example]
        examples = [text for text, example in says(topic) if example]
        parts = []
        if said:
            read = sum(self._vectors([text + end for text in said]) for end in ENDINGS)
            parts.append(read / np.linalg.norm(read, axis=1, keepdims=True))
        if examples:
            parts.append(self._vectors(examples))
        return learnt(self.space, self.space(np.concatenate(parts)), len(examples))

    def _vectors(self, texts: Sequence[str]) -> Any:
        """What the encoder makes of the beginning of each of ``texts``, (n, H)."""
        import numpy as np

        rows = [tuple(self.encoder.tokens.rows(text, "user"))[:1] for text in texts]
        return np.stack([seen.topics[0] for seen in self.encoder.compute(rows)])


def _topics(params: Hashable) -> TopicParams:
    if not isinstance(params, TopicParams):
        raise TypeError("the topic detector is asked with the parameters of the topic guard")
    return params


register(TopicDetector(), check=SHIPPED.check, share=SHIPPED.share)
