"""How the encoder's numbers become scores that mean the same for every detector, as fixed by the release's report card.

0.5 is what a rule of balanced sensitivity acts on, 0.8 low, 0.3 high (``gateway.config.policy_model.SENSITIVITIES``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

AT = (0.001, 0.3, 0.5, 0.8, 0.999)
"""The scores of a curve's five knots: nothing, high, balanced, low, certain."""
LEAST = AT[1]
"""A reading through a gloss that is worth less says nothing."""
EASE = 0.3
"""Logits within which a correction begins, and ends: a score that is a little higher is never another by much."""


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
class Contrast:
    """How a window's logit between ``low`` and ``high`` is corrected by its most foreign sentence (``contrast.py``).

    ``likeness``: logits for a mean cosine with the others that is higher by one; ``alone``: for a logit of the sentence
    itself that is. ``middle``: the cosine and the logit at which nothing is corrected. Raises ``ValueError`` when there
    is no room between ``low`` and ``high``.
    """

    low: float
    high: float
    likeness: float
    alone: float
    middle: tuple[float, float]

    def __post_init__(self) -> None:
        if not self.low + 2 * EASE < self.high:
            raise ValueError(f"a contrast needs more than {2 * EASE} from low to high, not {self.low} to {self.high}")

    def near(self, logit: float) -> bool:
        """Whether a window of this logit is looked at twice."""
        return self.low < logit < self.high

    def __call__(self, logit: float, likeness: float, alone: float) -> float:
        """The corrected logit of a window that is ``near``; stays between ``low`` and ``high``."""
        correction = self.likeness * (likeness - self.middle[0]) + self.alone * (alone - self.middle[1])
        share = min(1.0, (logit - self.low) / EASE, (self.high - logit) / EASE)
        return min(max(logit + share * correction, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scores``: curves of the heads' logits by name, in the heads' order. ``tags``: the tags' names, "O" first.

    ``entities``: curves of the share of each tag. ``topic``: how similarities to a topic are read (``topic_scores``).
    ``contrasts``: of the heads whose windows are looked at twice.
    """

    scores: Mapping[str, Curve]
    tags: tuple[str, ...]
    entities: Mapping[str, Curve]
    topic: Mapping[str, Any]
    contrasts: Mapping[str, Contrast] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Calibration:
        contrasts = {name: Contrast(**{**each, "middle": tuple(each["middle"])})
                     for name, each in data.get("contrasts", {}).items()}
        return cls(_curves(data["scores"]), tuple(data["tags"]), _curves(data["entities"]), data["topic"], contrasts)


def _curves(data: Mapping[str, Sequence[float]]) -> dict[str, Curve]:
    return {name: Curve(tuple(knots)) for name, knots in data.items()}


def worth(score: float, enough: float) -> float:
    """What ``score`` says that a gloss has: its odds divided by those of ``enough``, which is worth 0.5."""
    against = score * (1 - enough)
    return against / (against + (1 - score) * enough)
