"""Reads names, places and other personal data that has no notation, as spans with Presidio's entity names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.core.windows import UNSCANNABLE, Answer, Ask, Partly, Reading
from gateway.detectors.api import register
from gateway.detectors.calibration import Calibration
from gateway.detectors.encoder import SHIPPED, Encoder, Seen

_EDGES = " \t\n.,;:!?\"'()[]{}<>-/"
_INSIDE = frozenset(" -'.")
"""What may stand between two words of one name."""
FURTHEST = 3
"""Characters between two words of one run."""
FAINT = 0.3
"""Words below this score belong to no run: what a rule of high sensitivity would not act on."""


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
    best: list[float] = []
    run: tuple[int, int, str] | None = None
    for word in words(seen, text):
        others = word.shares.copy()
        others[0] = 0.0
        name = calibration.tags[int(others.argmax())]
        curve = calibration.entities.get(name)
        score = curve(float(1.0 - word.shares[0])) if curve else 0.0
        mark = not text[word.start : word.end].strip(_EDGES)
        if run is not None and (score < FAINT or run[2] != name or not _near(text[run[1] : word.start], name)):
            if mark and score < FAINT and text[word.start : word.end] in _INSIDE:
                continue  # a full stop after an initial, a hyphen in a name: the next word decides
            yield from _closed(run, best, text)
            run, best = None, []
        if score >= FAINT and (run is not None or not mark):
            run = (run[0] if run else word.start, word.end, name)
            best = best if mark else [*best, score]
    if run is not None:
        yield from _closed(run, best, text)


def _near(between: str, name: str) -> bool:
    """Whether a run goes on behind ``between``; an address also does behind a comma or on the next line."""
    more = frozenset(",\n#/") if name == "ADDRESS" else frozenset()
    return len(between) <= FURTHEST and set(between) <= _INSIDE | more


def _closed(run: tuple[int, int, str], scores: list[float], text: str) -> Iterator[Reading]:
    start, end, name = run
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    if start < end:
        yield Reading(start, end, max(scores, default=0.0), name)


class PiiDetector:
    """Spans of ``Calibration.tags``; what has a notation is found by the guard's patterns."""

    name = "pii"

    def __init__(self, encoder: Encoder = SHIPPED) -> None:
        self.encoder = encoder
        self.version = encoder.version

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        calibration = self.encoder.calibration
        return [
            self._answer(calibration, ask, seen)
            for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True)
        ]

    @staticmethod
    def _answer(calibration: Calibration, ask: Ask, seen: Seen) -> Answer:
        """Runs may go on from one part to the next, so all parts in a known language are read together."""
        kept = [index for part in seen.parts if part.known for index in range(len(seen.rows))[part.rows]]
        known = Seen(tuple(seen.rows[index] for index in kept), seen.scores, seen.topics,
                     tuple(seen.tags[index] for index in kept))
        found = tuple(readings(calibration, known, ask.text))
        if all(part.known for part in seen.parts):
            return found
        return Partly(found, UNSCANNABLE) if any(part.known for part in seen.parts) else UNSCANNABLE


register(PiiDetector(), check=SHIPPED.check)
