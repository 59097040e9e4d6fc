"""Compares what is measured with what it may take, without measuring more often than the comparison needs."""

from __future__ import annotations

from collections.abc import Callable


def is_below(spent: Callable[[], float], most: float, tries: int = 3) -> bool:
    """Whether the best of ``tries`` is below ``most`` (neighbours and the collector are no news): the first may do."""
    return any(spent() < most for _ in range(tries))


def best(spent: Callable[[], float], tries: int = 3) -> float:
    """The least of ``tries`` seconds."""
    return min(spent() for _ in range(tries))
