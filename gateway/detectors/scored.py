"""What detectors of one thing have in common: a window gets the calibrated score of one of the encoder's heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gateway.core.types import Role
from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.contrast import Logits, logits
from gateway.detectors.encoder import SHIPPED, Encoder, Part, Seen


class HeadDetector:
    """Reads one score of every window: that of the head that ``head`` names for the role of whoever wrote it."""

    def __init__(self, name: str, head: Callable[[Role], str], encoder: Encoder = SHIPPED) -> None:
        self.name, self._head, self.encoder = name, head, encoder
        self.version = encoder.version

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """One reading that covers the window, whatever the score; the highest where a window takes several rows.

        A long window of what is written in a notation has one for each part that would be a window in plain.
        """
        seen = self.encoder.see(asks, self.name, worded=True)
        known = self.encoder.calibration
        found = logits(self.encoder, self._head, asks, seen, list(known.scores), known.contrasts, worded=True)
        return [self._answer(*each) for each in zip(asks, seen, found, strict=True)]

    def _answer(self, ask: Ask, seen: Seen, found: Logits) -> Answer:
        curve = self.encoder.calibration.scores[self._head(ask.role)]

        def scored(part: Part) -> Iterator[Reading]:
            if seen.rows[part.rows]:
                yield Reading(part.start, part.end, curve(found[part.rows.start]))

        return seen.answered(scored)
