"""Reads names, places and other personal data that has no notation, as spans with Presidio's entity names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.core.windows import UNSCANNABLE, Answer, Ask, Partly, Reading
from gateway.detectors.api import register
from gateway.detectors.calibration import Calibration
from gateway.detectors.encoder import SHIPPED, Encoder, Seen
from gateway.detectors.pii_spans import spans
from gateway.detectors.pii_words import Word, weighed

SPANS = ".4"
"""Changes with the way that spans are made."""


def shares(logits: Any) -> Any:
    """Softmax over the last axis."""
    import numpy as np

    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def words(seen: Seen, text: str, tags: Sequence[str]) -> list[Word]:
    """The window's words, weighed by their capitals: tokens that follow each other inside letters and digits are one,
    as one name is one."""
    tokens: dict[tuple[int, int], list[Any]] = {}
    for row, logits in zip(seen.rows, seen.tags, strict=True):
        for place, each in zip(row.places, shares(logits)[: len(row.places)], strict=True):
            if place is not None:
                tokens.setdefault(place, []).append(each)
    found: list[tuple[int, int, list[Any]]] = []
    for (start, end), parts in sorted(tokens.items(), key=lambda item: item[0]):
        share = _mean(parts)
        if found and found[-1][1] >= start and text[start - 1 : start].isalnum() and text[start : start + 1].isalnum():
            found[-1] = (found[-1][0], max(end, found[-1][1]), [*found[-1][2], share])
        else:
            found.append((start, end, [share]))
    return weighed([Word(start, end, _mean(parts)) for start, end, parts in found], text, tags)


def _mean(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else sum(parts[1:], parts[0]) / len(parts)


def readings(calibration: Calibration, seen: Seen, text: str) -> tuple[Reading, ...]:
    """The spans of the window."""
    return tuple(spans(calibration, words(seen, text, calibration.tags), text))


class PiiDetector:
    """Spans of ``Calibration.tags``; what has a notation is found by the guard's patterns."""

    name = "pii"

    def __init__(self, encoder: Encoder = SHIPPED) -> None:
        self.encoder = encoder
        self.version = f"{encoder.version}{SPANS}"

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        calibration = self.encoder.calibration
        return [
            self._answer(calibration, ask, seen)
            for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True)
        ]

    @staticmethod
    def _answer(calibration: Calibration, ask: Ask, seen: Seen) -> Answer:
        """Runs may go on from one part to the next, so all parts in a known language are read together."""
        read = [part for part in seen.parts if part.known or part.around]
        kept = [index for part in read for index in range(len(seen.rows))[part.rows]]
        known = Seen(tuple(seen.rows[index] for index in kept), seen.scores, seen.topics,
                     tuple(seen.tags[index] for index in kept))
        found = readings(calibration, known, ask.text)
        if len(read) == len(seen.parts):
            return found
        return Partly(found, UNSCANNABLE) if read else UNSCANNABLE


register(PiiDetector(), check=SHIPPED.check, share=SHIPPED.share)
