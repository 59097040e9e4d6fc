"""What detectors of one thing have in common: a window gets the calibrated score of one of the encoder's heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gateway.core.types import Role
from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.calibration import LEAST, worth
from gateway.detectors.contrast import Logits, logits
from gateway.detectors.encoder import SHIPPED, Encoder, Part, Seen


class HeadDetector:
    """Reads one score of every window: that of the head that ``head`` names for the role of whoever wrote it.

    ``enough``: by head the score that a gloss must have to be worth 0.5, as words in another language's order are less
    sure than those of a text that the encoder knows.
    """

    def __init__(self, name: str, head: Callable[[Role], str], enough: Mapping[str, float],
                 encoder: Encoder = SHIPPED) -> None:
        self.name, self._head, self.encoder, self._enough = name, head, encoder, enough
        self.version = encoder.version

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """One reading that covers the window, whatever the score; the highest where a window takes several rows.

        A long window of what is written in a notation has one for each part that would be a window in plain. A part in
        a language that the encoder does not know has one where its gloss is worth one.
        """
        seen = self.encoder.see(asks, self.name, worded=True)
        known = self.encoder.calibration
        found = logits(self.encoder, self._head, asks, seen, list(known.scores), known.contrasts, worded=True)
        return [self._answer(*each) for each in zip(asks, seen, found, strict=True)]

    def _answer(self, ask: Ask, seen: Seen, found: Logits) -> Answer:
        name = self._head(ask.role)
        curves = self.encoder.calibration.scores
        column, curve = list(curves).index(name), curves[name]

        def scored(part: Part) -> Iterator[Reading]:
            if seen.rows[part.rows]:
                yield Reading(part.start, part.end, curve(found[part.rows.start]))

        def through(part: Part) -> Iterator[Reading]:
            if part.glossed is not None and seen.rows[part.glossed]:
                score = worth(curve(float(seen.scores[part.glossed, column].max())), self._enough[name])
                if score >= LEAST:
                    yield Reading(part.start, part.end, score)

        return seen.answered(scored, through)
