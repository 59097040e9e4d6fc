"""What several plans share for as long as one of them uses it, by what it is made of.

A compiled class cannot be kept weakly, so what is kept weakly is a thing of its own around it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared(Generic[T]):
    """``value``, for as long as somebody holds this."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: T) -> None:
        self.value = value


class Sharing(Generic[T]):
    """Makes each ``value`` once, and again when nobody has held it meanwhile."""

    def __init__(self, make: Callable[..., T]) -> None:
        self._make = make
        self._known: WeakValueDictionary[Hashable, Shared[T]] = WeakValueDictionary()

    def get(self, key: Hashable) -> Shared[T]:
        """What is made of ``key``."""
        known = self._known.get(key)
        return self._known.setdefault(key, Shared(self._make(key))) if known is None else known
