"""How the encoder's numbers become scores that mean the same for every detector, as fixed by the release's report card.

0.5 is what a rule of balanced sensitivity acts on, 0.8 low, 0.3 high (``gateway.config.policy_model.SENSITIVITIES``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AT = (0.001, 0.3, 0.5, 0.8, 0.999)
"""The scores of a curve's five knots: nothing, high, balanced, low, certain."""
LEAST = AT[1]
"""A reading through a gloss that is worth less says nothing."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising line through (``knots``, ``AT``); flat beyond its ends. Raises ``ValueError`` when it does not rise."""

    knots: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.knots) != len(AT) or any(one >= two for one, two in zip(self.knots, self.knots[1:], strict=False)):
            raise ValueError(f"a curve needs {len(AT)} rising knots, not {list(self.knots)}")

    def __call__(self, value: float) -> float:
        at = bisect_right(self.knots, value)
        if at == 0:
            return AT[0]
        if at == len(AT):
            return AT[-1]
        low, high = self.knots[at - 1], self.knots[at]
        return AT[at - 1] + (AT[at] - AT[at - 1]) * (value - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scores``: curves of the heads' logits by name, in the heads' order. ``tags``: the tags' names, "O" first.

    ``entities``: curves of the share of each tag. ``topic``: how similarities to a topic are read (``topic_scores``).
    """

    scores: Mapping[str, Curve]
    tags: tuple[str, ...]
    entities: Mapping[str, Curve]
    topic: Mapping[str, Any]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Calibration:
        return cls(_curves(data["scores"]), tuple(data["tags"]), _curves(data["entities"]), data["topic"])


def _curves(data: Mapping[str, Sequence[float]]) -> dict[str, Curve]:
    return {name: Curve(tuple(knots)) for name, knots in data.items()}


def worth(score: float, enough: float) -> float:
    """What ``score`` says that a gloss has: its odds divided by those of ``enough``, which is worth 0.5."""
    against = score * (1 - enough)
    return against / (against + (1 - score) * enough)
