"""What detectors of one thing have in common: a window gets the calibrated score of one of the encoder's heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.types import Role
from gateway.core.windows import UNSCANNABLE, Answer, Ask, Reading
from gateway.detectors.encoder import SHIPPED, Encoder


class HeadDetector:
    """Reads one score of every window: that of the head that ``head`` names for the role of whoever wrote it."""

    def __init__(self, name: str, head: Callable[[Role], str], encoder: Encoder = SHIPPED) -> None:
        self.name, self._head, self.encoder = name, head, encoder
        self.version = encoder.version

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """One reading that covers the window, whatever the score; the highest where a window takes several rows."""
        curves = self.encoder.calibration.scores
        order = list(curves)
        answers: list[Answer] = []
        for ask, seen in zip(asks, self.encoder.see(asks, self.name), strict=True):
            if not self.encoder.readable(ask.text):
                answers.append(UNSCANNABLE)
                continue
            if not seen.rows:
                answers.append(())
                continue
            name = self._head(ask.role)
            score = curves[name](float(seen.scores[:, order.index(name)].max()))
            answers.append((Reading(0, len(ask.text), score),))
        return answers
