"""The space in which windows and topics are compared: the encoder's vectors, less what all texts have in common.

An encoder's vectors lean one way, and vary most in what says little about a topic (a question or an order, long or
short). The background of everyday texts shows both, so it is made round: after that, what two texts share beyond what
any two share counts (a linear discriminant's metric). Nothing here is trained; all of it follows from the background.

The background also shows where texts of other kinds lie close together: what lies among them is rather one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SHRINKAGE = 0.6
"""The share of the covariance that is as if all directions varied alike; those that hardly vary are mostly noise."""
LOOKED_AT, COUNTED = 60, 10
"""Everyday texts nearest to a window that are looked at, and those of them, about another topic, that count."""
ITSELF = 0.9999
"""Likeness from which on an everyday text is the window itself, and says nothing of what lies around it."""
SPARSE = 0.4
"""The share of everyday texts whose surroundings are so thin that they say nothing."""
AT_ONCE = 500
"""Windows whose neighbours are looked for at once: more hold memory."""


def _unit(vectors: Any) -> Any:
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class Neighbours(NamedTuple):
    """Of windows: the places of the ``LOOKED_AT`` nearest everyday texts, and their likeness, the nearest first."""

    places: Any
    likeness: Any

    def density(self, counts: Any) -> Any:
        """The mean likeness of the ``COUNTED`` nearest of those that ``counts`` (of each everyday text), (n,).

        Where too few of them are looked at, the others lie no nearer than the last. NaN where none counts at all.
        """
        import numpy as np

        count = min(COUNTED, int(np.count_nonzero(counts)))
        if not count:
            return np.full(len(self.places), np.nan)
        right = counts[self.places]
        right &= np.cumsum(right, axis=1) <= count
        missing = count - right.sum(axis=1)
        return ((self.likeness * right).sum(axis=1) + missing * self.likeness[:, -1]) / count


@dataclass(frozen=True, slots=True)
class Space:
    """Made of a background by ``of``; calling it takes vectors (n, H) into the space, as unit vectors.

    ``everyday``: the background there, (n, H); ``groups``: which group each is of, 0 to G; ``weights``: how much each
    counts, their sum is 1, groups by the root of their size. ``nearest``: the neighbours of the background's own texts;
    ``sparse``, ``varies``: up to which density surroundings say nothing, and the densities' deviation.
    """

    mean: Any
    turn: Any
    everyday: Any
    groups: Any
    weights: Any
    nearest: Neighbours
    sparse: float
    varies: float

    @classmethod
    def of(cls, vectors: Any, names: Sequence[str]) -> Space:
        """The space of a background: ``vectors`` (n, H) and the name of the group of each."""
        import numpy as np

        _, groups, sizes = np.unique(np.asarray(names), return_inverse=True, return_counts=True)
        weights = sizes[groups] ** -0.5
        weights /= weights.sum()
        given = np.asarray(vectors, dtype=np.float64)
        mean = weights @ given
        spread = (given - mean) * weights[:, None] ** 0.5
        covariance = spread.T @ spread
        alike = np.trace(covariance) / len(mean) * np.eye(len(mean))
        covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * alike
        turn = np.linalg.inv(np.linalg.cholesky(covariance)).T.astype(np.float32)
        everyday = _unit((given - mean).astype(np.float32) @ turn)
        nearest = _neighbours(everyday, everyday)
        densities = nearest.density(np.ones(len(everyday), dtype=bool))
        return cls(mean.astype(np.float32), turn, everyday, groups, weights, nearest,
                   float(np.quantile(densities, SPARSE)), max(float(densities.std()), 1e-6))

    def __call__(self, vectors: Any) -> Any:
        return _unit((vectors - self.mean) @ self.turn)

    def neighbours(self, seen: Any) -> Neighbours:
        """Of windows (n, H) in the space."""
        return _neighbours(seen, self.everyday)


def _neighbours(seen: Any, everyday: Any) -> Neighbours:
    import numpy as np

    count, places, likeness = min(LOOKED_AT, len(everyday)), [], []
    for start in range(0, len(seen), AT_ONCE):
        found = seen[start : start + AT_ONCE] @ everyday.T
        found[found > ITSELF] = -1.0
        where = np.argpartition(found, -count, axis=1)[:, -count:]
        near = np.take_along_axis(found, where, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        places.append(np.take_along_axis(where, order, axis=1))
        likeness.append(np.take_along_axis(near, order, axis=1))
    return Neighbours(np.concatenate(places), np.concatenate(likeness))
