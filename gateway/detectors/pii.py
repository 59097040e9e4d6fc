"""Reads names, places and other personal data that has no notation, as spans with Presidio's entity names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.core.windows import UNSCANNABLE, Answer, Ask, Reading
from gateway.detectors.api import register
from gateway.detectors.calibration import Calibration
from gateway.detectors.encoder import SHIPPED, Encoder, Seen

_EDGES = " \t\n.,;:!?\"'()[]{}<>-/"
_INSIDE = frozenset(" -'.")
"""What may stand between two words of one name."""


class Word(NamedTuple):
    """Characters ``[start, end)`` of the window and the shares of the tags (T,), of all its tokens."""

    start: int
    end: int
    shares: Any


def shares(logits: Any) -> Any:
    """Softmax over the last axis."""
    import numpy as np

    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def words(seen: Seen, text: str) -> list[Word]:
    """The window's words: tokens that follow each other inside letters and digits are one, as one name is one."""
    import numpy as np

    tokens: dict[tuple[int, int], list[Any]] = {}
    for row, logits in zip(seen.rows, seen.tags, strict=True):
        for place, each in zip(row.places, shares(logits)[: len(row.places)], strict=True):
            if place is not None:
                tokens.setdefault(place, []).append(each)
    found: list[tuple[int, int, list[Any]]] = []
    for (start, end), parts in sorted(tokens.items(), key=lambda item: item[0]):
        share = np.mean(parts, axis=0)
        if found and found[-1][1] >= start and text[start - 1 : start].isalnum() and text[start : start + 1].isalnum():
            found[-1] = (found[-1][0], max(end, found[-1][1]), [*found[-1][2], share])
        else:
            found.append((start, end, [share]))
    return [Word(start, end, np.mean(parts, axis=0)) for start, end, parts in found]


def readings(calibration: Calibration, seen: Seen, text: str) -> Iterator[Reading]:
    """Runs of words with the same tag; the score is that of the tag's surest word, by the tag's curve."""
    best: list[Any] = []
    run: tuple[int, int, str] | None = None
    for word in words(seen, text):
        others = word.shares.copy()
        others[0] = 0.0
        name = calibration.tags[int(others.argmax())]
        curve = calibration.entities.get(name)
        score = curve(float(1.0 - word.shares[0])) if curve else 0.0
        if score < 0.1 or not text[word.start : word.end].strip(_EDGES):
            if run is not None and score < 0.1:
                yield from _closed(run, best, text)
                run, best = None, []
            continue
        if run is not None and run[2] == name and set(text[run[1] : word.start]) <= _INSIDE | _comma(name):
            run, best = (run[0], word.end, name), [*best, score]
            continue
        if run is not None:
            yield from _closed(run, best, text)
        run, best = (word.start, word.end, name), [score]
    if run is not None:
        yield from _closed(run, best, text)


def _comma(name: str) -> frozenset[str]:
    """An address goes on behind a comma or on the next line."""
    return frozenset(",\n#/") if name == "ADDRESS" else frozenset()


def _closed(run: tuple[int, int, str], scores: list[Any], text: str) -> Iterator[Reading]:
    start, end, name = run
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    if start < end:
        yield Reading(start, end, max(scores), name)


class PiiDetector:
    """Spans of ``Calibration.tags``; what has a notation is found by the guard's patterns."""

    name = "pii"

    def __init__(self, encoder: Encoder = SHIPPED) -> None:
        self.encoder = encoder
        self.version = encoder.version

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        calibration = self.encoder.calibration
        return [
            tuple(readings(calibration, seen, ask.text)) if self.encoder.readable(ask.text) else UNSCANNABLE
            for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True)
        ]


register(PiiDetector(), check=SHIPPED.check)
