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
from gateway.detectors.calibration import Curve
from gateway.detectors.encoder import SHIPPED, Encoder, Part, Seen
from gateway.detectors.topic_scores import curve, likeness, own, unrelated
from gateway.guards.topic import OFF_TOPIC, Topic, TopicParams

KEPT = 64
"""Sets of topics whose vectors are remembered."""
FEWEST = 3
"""Words: a shorter window ("Thanks!") is about nothing, so it cannot be off the topic either."""


@dataclass(frozen=True, slots=True)
class Known:
    """A topic's vectors (m, H), and how likeness to them becomes a score."""

    vectors: Any
    curve: Curve


class TopicDetector:
    """One reading for each topic under ``deny``, whatever its score, and one for being off all those under ``only``."""

    name = "topic"

    def __init__(self, encoder: Encoder = SHIPPED) -> None:
        self.encoder = encoder
        self.version = encoder.version
        self._lock = threading.Lock()
        self._known: OrderedDict[TopicParams, dict[str, Known]] = OrderedDict()

    @cached_property
    def _background(self) -> tuple[Any, Any]:
        import numpy as np

        with np.load(self.encoder.directory / "background.npz") as file:
            return file["vectors"].astype(np.float32), file["groups"]

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See ``Detector.read``; ``Ask.params`` are the guard's ``TopicParams``."""
        return [
            seen.answered(partial(self._found, ask.params, seen))
            for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True)
        ]

    def _found(self, given: Hashable, seen: Seen, part: Part) -> Iterator[Reading]:
        vectors = seen.topics[part.rows]
        if not len(vectors):
            return
        known, params = self.known(given), _topics(given)
        found = {name: each.curve(float(likeness(vectors, each.vectors).max())) for name, each in known.items()}
        for topic in params.deny:
            yield Reading(part.start, part.end, found[topic.name], topic.name)
        if params.only and part.words >= FEWEST:
            nearest = max(found[topic.name] for topic in params.only)
            yield Reading(part.start, part.end, 1.0 - nearest, OFF_TOPIC)

    def known(self, params: Hashable) -> dict[str, Known]:
        """The topics of ``params`` by name, worked out once."""
        topics = _topics(params)
        with self._lock:
            found = self._known.get(topics)
            if found is None:
                found = self._known[topics] = {topic.name: self._learn(topic) for topic in (*topics.deny, *topics.only)}
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return found

    def _learn(self, topic: Topic) -> Known:
        import numpy as np

        says = list(_says(topic))
        rows = [tuple(self.encoder.tokens.rows(text, "user"))[:1] for text, _ in says]
        vectors = np.stack([seen.topics[0] for seen in self.encoder.compute(rows)])
        examples = [index for index, (_, example) in enumerate(says) if example]
        background, groups = self._background
        return Known(vectors, curve(unrelated(background, groups, vectors), own(vectors, examples)))


def _topics(params: Hashable) -> TopicParams:
    if not isinstance(params, TopicParams):
        raise TypeError("the topic detector is asked with the parameters of the topic guard")
    return params


def _says(topic: Topic) -> Iterator[tuple[str, bool]]:
    """What a topic says of itself, and whether that is an example."""
    for text in (topic.describe or topic.name.replace("-", " ").replace("_", " "), *topic.phrases):
        yield text, False
    for text in topic.examples:
        yield text, True


register(TopicDetector(), check=SHIPPED.check, share=SHIPPED.share)
