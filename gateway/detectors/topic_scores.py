"""How near a window is to a topic, on a scale that each topic sets by itself.

A topic is the vectors of its description, phrases and examples; a window's likeness is the mean of its two nearest.
What counts as near follows from a background of everyday texts that ships with the weights, and from the topic's own
examples, each compared with the others. The threshold is as high as keeps nineteen of twenty examples, within what
lets a half to two in a hundred of the background pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.detectors.calibration import Curve

NEAREST = 2
ON_TOPIC = 0.1
"""The share of the background's groups, the nearest ones, that may be about the topic itself and do not count."""
ENOUGH = 5
"""Examples from which their own likeness to each other says something."""


def likeness(windows: Any, topic: Any) -> Any:
    """(n, H) unit vectors against (m, H): the mean of the ``NEAREST`` largest cosines, (n,)."""
    import numpy as np

    cosines = windows @ topic.T
    nearest = min(NEAREST, topic.shape[0])
    return np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)


def unrelated(background: Any, groups: Any, topic: Any) -> Any:
    """Likeness of the background to ``topic``, ascending, without the groups that seem to be about it."""
    import numpy as np

    scores = likeness(background, topic)
    names = np.unique(groups)
    means = np.asarray([scores[groups == name].mean() for name in names])
    kept = names[np.argsort(means)][: max(1, round(len(names) * (1 - ON_TOPIC)))]
    return np.sort(scores[np.isin(groups, kept)])


def own(topic: Any, examples: Sequence[int]) -> Any:
    """Likeness of each example, a row of ``topic``, to the rest of it, ascending; empty where there are too few."""
    import numpy as np

    if len(examples) < ENOUGH:
        return np.zeros(0)
    rest = [np.delete(topic, index, axis=0) for index in examples]
    return np.sort([likeness(topic[[index]], each)[0] for index, each in zip(examples, rest, strict=True)])


def curve(background: Any, examples: Any) -> Curve:
    """Likeness to the score of being on the topic; both arguments as ``unrelated`` and ``own`` give them."""
    import numpy as np

    high, low, middle, most, least = np.quantile(background, (0.97, 0.999, 0.99, 0.995, 0.98))
    if len(examples):
        middle = max(least, min(most, float(np.quantile(examples, 0.05))))
    high = min(high, middle - 0.01)
    low = max(low, middle + 0.02)
    return Curve((float(high) - 0.3, float(high), float(middle), float(low), max(float(low) + 0.05, 0.95)))
