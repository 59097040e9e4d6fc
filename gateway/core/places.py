"""Where the canonical bytes of a growing text come from, for texts that are not ASCII.

Kept up piece by piece: working it out anew for every window made a long answer with one accent quadratic.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from gateway.core.text import origins


@dataclass(slots=True)
class Places:
    """Origins of canonical bytes. ``first`` is the index of the byte that the first entry belongs to."""

    first: int
    _origins: array[int] = field(default_factory=lambda: array("Q"))
    _grown: list[tuple[str, int]] = field(default_factory=list)
    """What was appended since somebody asked last: of most texts nobody ever asks where anything comes from."""

    @classmethod
    def of_ascii(cls, first: int, at: int, count: int) -> Places:
        """For ``count`` ASCII characters, of which the first is byte ``first`` and has the absolute offset ``at``."""
        return cls(first, array("Q", range(at, at + count)))

    def copy(self) -> Places:
        """The same, to go on on its own."""
        return Places(self.first, self._origins[:])

    def grow(self, text: str, at: int) -> None:
        """``text``, whose first character has the absolute offset ``at``, was appended."""
        self._grown.append((text, at))

    def _settle(self) -> array[int]:
        for text, at in self._grown:
            self._origins.extend(origins(text, at))
            self._origins.pop()
        self._grown.clear()
        return self._origins

    def origin(self, index: int) -> int:
        """Absolute offset of the character that byte ``index`` came from."""
        return self._settle()[index - self.first]

    def byte(self, offset: int) -> int:
        """Index of the first byte that came from the character at ``offset`` or a later one."""
        return self.first + bisect_left(self._settle(), offset)

    def forget(self, index: int) -> None:
        """Nothing before byte ``index`` will be asked for any more."""
        del self._settle()[: index - self.first]
        self.first = index

    def shift(self, count: int) -> None:
        """The first ``count`` bytes of the data, none of them known here any more, were removed."""
        self.first -= count
