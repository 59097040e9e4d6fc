"""All patterns of a stage in two linear passes: which of them occur, and what must be held back.

``hits`` is one hyperscan pass that names the patterns worth a closer look; ``hold`` asks RE2 for the longest
suffix of the text that may still become a match.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import hyperscan

from gateway.core.pattern import Pattern, compile_re2

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_ALLOWEMPTY
_HOLD_MEMORY = 256 << 20
_GROUP = 40_000
"""Characters of the prefix closures that one search looks for."""
_AT_AN_EDGE = ("(?:\\b", "(?i:(?:\\b")
"""How the closure of a pattern begins that as a whole begins with ``\\b`` (see ``regex.prefixes``)."""


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
        self._found: list[int] = []
        self._database: Any = None
        self._always = 0
        self._hold = _Holds((), None, None)
        if self.patterns:
            self._database, self._always = _database(tuple(each.trigger for each in self.patterns), cache)
            self._hold = _hold(tuple(dict.fromkeys(each.prefixes for each in self.patterns)))

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
        if not self.patterns or start >= len(data):
            return len(data)
        floor = len(data) - self.reach  # no match is longer than the reach, so what began before is decided
        if floor > start:
            start = floor
            while data[start] & 0xC0 == 0x80:
                start += 1
        return self._hold.longest(data, start)

    def _on_match(self, index: int, *_: object) -> None:
        self._found.append(index)


_RECENT: OrderedDict[str, tuple[Any, int]] = OrderedDict()
_RECENT_KEPT = 16
"""Databases of this process that come up again: policy tests, mutations, a reload that changes no pattern."""


def _database(triggers: tuple[str, ...], cache: DatabaseCache | None) -> tuple[Any, int]:
    """The hyperscan database of ``triggers``, and a mask of those that it cannot hold."""
    key = hashlib.sha256("\0".join([str(getattr(hyperscan, "__version__", "")), *triggers]).encode()).hexdigest()
    known = _RECENT.get(key)
    if known is None:
        stored = cache.get(key) if cache is not None else None
        database = _loaded(stored) if stored is not None else None
        known = (database, 0) if database is not None else _compiled(triggers)
        if cache is not None and database is None and known[0] is not None and not known[1]:
            cache.put(key, hyperscan.dumpb(known[0]))
        _RECENT[key] = known
        while len(_RECENT) > _RECENT_KEPT:
            _RECENT.popitem(last=False)
    _RECENT.move_to_end(key)
    return known


def _loaded(stored: bytes) -> Any:
    """A kept database, or None when another version or another processor wrote it."""
    try:
        database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except (hyperscan.error, ValueError):
        return None
    return database


def _compiled(triggers: tuple[str, ...]) -> tuple[Any, int]:
    try:
        return _compile(list(enumerate(triggers))), 0
    except hyperscan.error:
        kept, always = [], 0
        for index, trigger in enumerate(triggers):
            try:
                _compile([(index, trigger)])
                kept.append((index, trigger))
            except hyperscan.error:
                always |= 1 << index  # too large for the prefilter: always looked at
        return (_compile(kept) if kept else None), always


def _compile(triggers: list[tuple[int, str]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode() for _, text in triggers],
        ids=[index for index, _ in triggers],
        elements=len(triggers),
        flags=[_FLAGS] * len(triggers),
    )
    return database


@dataclass(frozen=True, slots=True)
class _Holds:
    """The prefix closures of a stage. A union of all, searched backwards from the end of the text, starts in every
    place of every pattern at once and keeps building new states for text that never repeats: up to 8 ms a chunk.
    So patterns that begin at a word's edge, which are most, are matched forwards from the edges instead.
    """

    searches: tuple[Callable[..., Any], ...]
    """For patterns that may begin anywhere, in groups."""
    begins: Callable[..., Any] | None
    """Whether the text from a place to its end is the beginning of a pattern that begins at a word's edge."""
    edges: Callable[..., Iterator[Any]] | None
    """The edges at which a character stands that one of those patterns may begin with."""

    def longest(self, data: bytes, start: int) -> int:
        """Where the longest suffix of ``data[start:]`` begins that may still become a match."""
        longest = len(data)
        for search in self.searches:
            found = search(data, start)
            if found is not None and found.start() < longest:
                longest = found.start()
        if self.begins is not None and self.edges is not None:
            for edge in self.edges(data, start):
                place = edge.start()
                if place >= longest:
                    break
                if self.begins(data, place) is not None:
                    return int(place)
        return longest


@lru_cache(maxsize=_RECENT_KEPT)
def _hold(prefixes: tuple[str, ...]) -> _Holds:
    led = [each for each in prefixes if each.startswith(_AT_AN_EDGE)]
    others = [each for each in prefixes if not each.startswith(_AT_AN_EDGE)]
    searches = tuple(compile_re2(rf"(?:{'|'.join(group)})\z", _HOLD_MEMORY).search for group in _grouped(others))
    if not led:
        return _Holds(searches, None, None)
    begins = compile_re2(f"(?:{'|'.join(led)})", _HOLD_MEMORY).fullmatch
    firsts = [byte for byte in range(128) if begins(bytes([byte])) or begins(bytes([ord("a"), byte]), 1)]
    allowed = "".join(f"\\x{byte:02x}" for byte in firsts) + r"\x80-\xff"
    return _Holds(searches, begins, re.compile(rf"\b[{allowed}]".encode()).finditer)


def _grouped(prefixes: list[str]) -> list[list[str]]:
    """Large expressions apart from small ones: a union has the product of its parts' states."""
    groups: list[list[str]] = []
    size = _GROUP
    for each in sorted(prefixes, key=len, reverse=True):
        if size + len(each) > _GROUP:
            groups.append([])
            size = 0
        groups[-1].append(each)
        size += len(each)
    return groups
