"""How near a window is to a topic, on a scale that each topic sets by itself.

A topic is the vectors of its description, phrases and examples (``topic_space``). A window's likeness is how near it is
to all of them, of which the nearest count most: near one phrase is enough, and so is being not far from many. It is
counted in standard deviations of the background, so it means the same for every topic and for any weights. What lies
among many everyday texts about something else is less like the topic by half as many again: it is rather one of them.
Kinds of everyday texts that are about the topic don't count.

What counts as near follows from the background too, and from the topic's own examples, each compared with the others.
The threshold of being on a topic is as high as keeps nineteen of twenty examples, within what lets three to eight in
a thousand everyday texts pass. Being off it is another question, asked by who allows nothing else: there nineteen of
twenty texts on the topic must pass, so its threshold follows from them; where a topic has no examples, from how other
topics' texts, kept back for that, lie to what their topics say of themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.detectors.calibration import Curve
from gateway.detectors.topic_space import Neighbours, Space

SHARPNESS = 5.0
"""How much more the nearest of a topic's vectors count: near 0 all alike, beyond 20 hardly any but the nearest."""
ON_TOPIC = 0.1
"""The share of the background's groups, the nearest ones, that may be about the topic itself and do not count."""
ABOUT = 2.0
"""Deviations from which on a group of the background, in the mean of its texts, is about the topic itself."""
TAKEN = 1.5
"""Deviations that are taken from the likeness for each deviation of what lies around a window."""
ENOUGH = 5
"""Examples from which their own likeness to each other says something."""
TRUSTED = 10
"""Examples that say as much of where a topic's texts lie as what is known of other topics does."""
ENDS = 12.0
"""Deviations beyond the thresholds within which one score still differs from the next: further out lies hardly any."""
LEVELS = (0.1, 0.05, 0.02)
"""The shares of a topic's own texts that high, balanced and low sensitivity may take to be off it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """``mean`` and ``deviation`` of the background: calling it counts values in deviations from the mean."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Any, weights: Any) -> Scale:
        import numpy as np

        mean = float(np.average(values, weights=weights))
        return cls(mean, max(float(np.average((values - mean) ** 2, weights=weights)) ** 0.5, 1e-6))

    def __call__(self, values: Any) -> Any:
        return (values - self.mean) / self.deviation


@dataclass(frozen=True, slots=True)
class Others:
    """What lies around a window that is not about the topic. ``counts``: which of the everyday texts are not, (n,).

    ``unit``: what a deviation of the density takes from the likeness.
    """

    space: Space
    counts: Any
    unit: float

    def __call__(self, near: Neighbours) -> Any:
        """What the neighbours of windows take from their likeness, (n,): nothing where hardly any text lies."""
        import numpy as np

        above = (near.density(self.counts) - self.space.sparse) / self.space.varies
        return self.unit * np.nan_to_num(np.maximum(above, 0.0))


@dataclass(frozen=True, slots=True)
class Likeness:
    """To one topic. ``texts``: its vectors (m, H) in the space, of which the last ``examples`` are examples.

    ``near``, ``whole``: scales of being near and of what is left of it; ``others``: what is taken from it.
    """

    texts: Any
    examples: int
    near: Scale
    whole: Scale
    others: Others | None = None

    def __call__(self, seen: Any, neighbours: Neighbours | None = None) -> Any:
        """Of windows (n, H) in the space: standard deviations, (n,). ``neighbours``: theirs, where they are known."""
        return self._to(self.texts, self.examples, seen, neighbours)

    def _to(self, texts: Any, examples: int, seen: Any, neighbours: Neighbours | None = None) -> Any:
        found = self.near(nearness(seen @ texts.T, examples))
        if self.others is not None:
            found = found - self.others(neighbours or self.others.space.neighbours(seen))
        return self.whole(found)

    def own(self) -> Any:
        """Of each example to the rest of the topic, ascending; empty where there are too few."""
        import numpy as np

        if self.examples < ENOUGH:
            return np.zeros(0)
        first = len(self.texts) - self.examples
        return np.sort([self._to(np.delete(self.texts, index, axis=0), self.examples - 1, self.texts[[index]])[0]
                        for index in range(first, len(self.texts))])


def nearness(likeness: Any, examples: int = 0) -> Any:
    """To a topic, by the likeness to each of its vectors (n, m): the logarithm of the mean of exponentials, (n,).

    What it says of itself and its ``examples``, the last ones, count the same, however many there are.
    """
    import numpy as np

    grown = np.exp(SHARPNESS * likeness)
    said = likeness.shape[1] - examples
    means = [part.mean(axis=1) for part in (grown[:, :said], grown[:, said:]) if part.shape[1]]
    return np.log(np.mean(means, axis=0)) / SHARPNESS


def learnt(space: Space, texts: Any, examples: int) -> tuple[Likeness, Any, Any]:
    """The likeness to a topic of ``texts`` (m, H) in ``space``, and that of the background with its weights.

    The groups of the background that seem to be about the topic are left out.
    """
    import numpy as np

    plain = nearness(space.everyday @ texts.T, examples)
    kept, weights = _unrelated(space, plain), space.weights
    near = Scale.of(plain[kept], weights[kept])
    plain = near(plain)
    others = Others(space, _means(space, plain)[space.groups] < ABOUT, TAKEN)
    rest = plain - others(space.nearest)
    likeness = Likeness(texts, examples, near, Scale.of(rest[kept], weights[kept]), others)
    values = likeness.whole(rest[kept])
    order = np.argsort(values, kind="stable")
    return likeness, values[order], weights[kept][order] / weights[kept].sum()


def _unrelated(space: Space, values: Any) -> Any:
    """Which of the background, (n,), are of groups that do not seem to be about the topic."""
    import numpy as np

    means = _means(space, values)
    return np.isin(space.groups, np.argsort(means, kind="stable")[: max(1, round(len(means) * (1 - ON_TOPIC)))])


def _means(space: Space, values: Any) -> Any:
    """Of each group of the background, (G,)."""
    import numpy as np

    return np.bincount(space.groups, values) / np.bincount(space.groups)


def quantile(values: Any, weights: Any, share: float) -> float:
    """The smallest of ascending ``values`` that, with all below, has ``share`` of the ``weights``, whose sum is 1."""
    import numpy as np

    return float(values[min(int(np.searchsorted(np.cumsum(weights), share)), len(values) - 1)])


def on_topic(background: Any, weights: Any, own: Any) -> Curve:
    """Likeness to the score of being on the topic; see ``learnt`` and ``Likeness.own``."""
    import numpy as np

    high, low, middle, most, least = (quantile(background, weights, at) for at in (0.975, 0.999, 0.995, 0.997, 0.992))
    if len(own):
        middle = max(least, min(most, float(np.quantile(own, 0.05))))
    high = min(high, middle - 0.05)
    low = max(low, middle + 0.1)
    return Curve((high - ENDS, high, middle, low, low + ENDS))


def off_topic(usual: Sequence[float], own: Any) -> Curve:
    """Likeness, turned round, to the score of being off the topic.

    ``usual``: the likeness below which the shares ``LEVELS`` of other topics' texts lie, descending.
    """
    import numpy as np

    trust = len(own) / (len(own) + TRUSTED)
    at = [(1 - trust) * known + (trust * float(np.quantile(own, level)) if len(own) else 0.0)
          for level, known in zip(LEVELS, usual, strict=True)]
    high, middle = -at[0], max(-at[1], -at[0] + 0.05)
    low = max(-at[2], middle + 0.05)
    return Curve((high - ENDS, high, middle, low, low + ENDS))
