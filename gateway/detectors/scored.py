"""What detectors of one thing have in common: a window gets the calibrated score of one of the encoder's heads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.core.types import Role
from gateway.core.windows import UNSCANNABLE, Answer, Ask, Reading
from gateway.detectors.encoder import SHIPPED, Encoder

_MACHINE = re.compile(r"[A-Za-z0-9+/=_.:-]{32,}")
"""Digests, tokens, encoded data: no language. What it decodes to is judged as a text of its own (``core.decode``)."""


def worded(ask: Ask) -> Ask:
    """``ask`` without what only machines read."""
    return replace(ask, text=_MACHINE.sub(" ", ask.text)) if _MACHINE.search(ask.text) else ask


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
        for ask, seen in zip(asks, self.encoder.see([worded(ask) for ask in asks], self.name), strict=True):
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
