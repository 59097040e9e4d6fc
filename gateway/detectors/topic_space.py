"""The space in which windows and topics are compared: the encoder's vectors, less what all texts have in common.

An encoder's vectors lean one way, and vary most in what says little about a topic (a question or an order, long or
short). The background of everyday texts shows both, so it is made round: after that, what two texts share beyond what
any two share counts (a linear discriminant's metric). Nothing here is trained; all of it follows from the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SHRINKAGE = 0.6
"""The share of the covariance that is as if all directions varied alike; those that hardly vary are mostly noise."""


def _unit(vectors: Any) -> Any:
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def largest(likeness: Any, count: int) -> Any:
    """The mean of the ``count`` largest of each row of (n, m), or of all where there are fewer: (n,)."""
    import numpy as np

    count = min(count, likeness.shape[1])
    return np.partition(likeness, -count, axis=1)[:, -count:].mean(axis=1)


@dataclass(frozen=True, slots=True)
class Space:
    """Made of a background by ``of``; calling it takes vectors (n, H) into the space, as unit vectors.

    ``everyday``: the background there, (n, H); ``groups``: which group each is of, 0 to G; ``weights``: how much each
    counts, their sum is 1, groups by the root of their size.
    """

    mean: Any
    turn: Any
    everyday: Any
    groups: Any
    weights: Any

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
        return cls(mean.astype(np.float32), turn, everyday, groups, weights)

    def __call__(self, vectors: Any) -> Any:
        return _unit((vectors - self.mean) @ self.turn)
