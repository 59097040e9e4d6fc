"""All patterns of a stage in two linear passes: which of them occur, and what must be held back.

``hits`` is one hyperscan pass that names the patterns worth a closer look; ``hold`` is one RE2 search,
read backwards from the end of the text, for the longest suffix that may still become a match.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import hyperscan

from gateway.core.pattern import Pattern, compile_re2

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_ALLOWEMPTY
_HOLD_MEMORY = 256 << 20


class DatabaseCache(Protocol):
    """Where compiled databases are kept between starts: compiling takes seconds, loading microseconds."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class Scanner:
    """Compiled patterns of one stage; position ``i`` of ``patterns`` is bit ``1 << i`` of a hit mask."""

    __slots__ = ("_always", "_database", "_found", "_hold", "patterns", "reach")

    def __init__(self, patterns: Sequence[Pattern], cache: DatabaseCache | None = None) -> None:
        self.patterns = tuple(patterns)
        self.reach = max((each.reach for each in self.patterns), default=0)
        self._always = 0
        self._found: list[int] = []
        self._database: Any = None
        self._hold: Callable[..., Any] | None = None
        if self.patterns:
            self._database = self._load(cache)
            union = "|".join(dict.fromkeys(each.prefixes for each in self.patterns))
            self._hold = compile_re2(rf"(?:{union})\z", _HOLD_MEMORY).search

    def hits(self, data: bytes) -> int:
        """A bit mask of the patterns that occur in ``data`` (UTF-8, whole characters); a superset at worst."""
        if self._database is None:
            return self._always
        self._database.scan(data, match_event_handler=self._on_match)
        mask = self._always
        if self._found:
            for index in self._found:
                mask |= 1 << index
            self._found.clear()
        return mask

    def hold(self, data: bytes, start: int) -> int:
        """The index (``>= start``) of the longest suffix of ``data`` that may still become a match."""
        if self._hold is None or start >= len(data):
            return len(data)
        floor = len(data) - self.reach  # no match is longer than the reach, so what began before is decided
        if floor > start:
            start = floor
            while data[start] & 0xC0 == 0x80:
                start += 1
        found = self._hold(data, start)
        return found.start() if found is not None else len(data)

    def _on_match(self, index: int, *_: object) -> None:
        self._found.append(index)

    def _load(self, cache: DatabaseCache | None) -> Any:
        triggers = [each.trigger for each in self.patterns]
        info = hyperscan.__version__ if hasattr(hyperscan, "__version__") else ""
        key = hashlib.sha256("\0".join([str(info), *triggers]).encode()).hexdigest()
        stored = cache.get(key) if cache is not None else None
        if stored is not None:
            try:
                return _with_scratch(hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK))
            except (hyperscan.error, ValueError):
                pass  # written by another version or another processor: compile anew
        database = self._compile(triggers)
        if cache is not None and database is not None and not self._always:
            cache.put(key, hyperscan.dumpb(database))
        return database

    def _compile(self, triggers: list[str]) -> Any:
        try:
            return _compile(list(enumerate(triggers)))
        except hyperscan.error:
            kept = []
            for index, trigger in enumerate(triggers):
                try:
                    _compile([(index, trigger)])
                    kept.append((index, trigger))
                except hyperscan.error:
                    self._always |= 1 << index  # too large for the prefilter: always looked at
            return _compile(kept) if kept else None


def _compile(triggers: list[tuple[int, str]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode() for _, text in triggers],
        ids=[index for index, _ in triggers],
        elements=len(triggers),
        flags=[_FLAGS] * len(triggers),
    )
    return database


def _with_scratch(database: Any) -> Any:
    database.scratch = hyperscan.Scratch(database)
    return database
