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
import re2

from gateway.core.pattern import Pattern, compile_re2

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_ALLOWEMPTY
_HOLD_MEMORY = 256 << 20
_GROUP = 40_000
"""Characters of the prefix closures that one search looks for."""
_NEAR = 256
"""Bytes; patterns that reach farther are looked for apart, so that the others need not look back as far."""
_CHOOSY = 400
"""Pairs of first characters."""
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
        self._hold = _Holds((), ())
        if self.patterns:
            self._database, self._always = _database(tuple(each.trigger for each in self.patterns), cache)
            self._hold = _hold(tuple(dict.fromkeys((each.prefixes, each.reach) for each in self.patterns)), cache)

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
class _Led:
    """Patterns that begin at a word's edge and reach alike far. ``begins``: whether the text from a place to its end
    is the beginning of one of them; ``edges``: where one may begin by its first character, ``triples``: by its first
    three, so that nearly no place needs a closer look."""

    reach: int
    begins: Callable[[bytes, int], bool]
    edges: Callable[..., Iterator[Any]]
    triples: frozenset[bytes]

    def longest(self, data: bytes, start: int, known: int) -> int:
        for edge in self.edges(data, max(start, len(data) - self.reach)):
            place: int = edge.start()
            if place >= known:
                break
            head = data[place : place + 3]
            if (head in self.triples or len(head) < 3 or not head.isascii()) and self.begins(data, place):
                return place
        return known


@dataclass(frozen=True, slots=True)
class _Holds:
    """The prefix closures of a stage. A union of all, searched backwards from the end of the text, starts in every
    place of every pattern at once and keeps building new states for text that never repeats: up to 8 ms a chunk.
    So patterns that begin at a word's edge, which are most, are matched forwards from the edges instead.
    """

    searches: tuple[Callable[..., Any], ...]
    """For patterns that may begin anywhere, in groups."""
    led: tuple[_Led, ...]

    def longest(self, data: bytes, start: int) -> int:
        """Where the longest suffix of ``data[start:]`` begins that may still become a match."""
        longest = len(data)
        for search in self.searches:
            found = search(data, start)
            if found is not None and found.start() < longest:
                longest = found.start()
        for each in self.led:
            longest = each.longest(data, start, longest)
        return longest


_RECENT_HOLDS: OrderedDict[tuple[tuple[str, int], ...], _Holds] = OrderedDict()


def _hold(closures: tuple[tuple[str, int], ...], cache: DatabaseCache | None) -> _Holds:
    """``closures``: prefix closures with the reach of their patterns, in bytes."""
    known = _RECENT_HOLDS.get(closures)
    if known is None:
        known = _RECENT_HOLDS[closures] = _compiled_holds(closures, cache)
        while len(_RECENT_HOLDS) > _RECENT_KEPT:
            _RECENT_HOLDS.popitem(last=False)
    _RECENT_HOLDS.move_to_end(closures)
    return known


def _compiled_holds(closures: tuple[tuple[str, int], ...], cache: DatabaseCache | None) -> _Holds:
    edged = [each for each in closures if each[0].startswith(_AT_AN_EDGE)]
    choosy = set(_kept(cache, [text for text, _ in edged], lambda: [
        b"%d" % index for index, (text, _) in enumerate(edged) if _is_choosy(text)
    ]))
    led = [each for index, each in enumerate(edged) if b"%d" % index in choosy]
    others = [text for text, _ in closures if text not in {text for text, _ in led}]
    searches = tuple(compile_re2(rf"(?:{'|'.join(group)})\z", _HOLD_MEMORY).search for group in _grouped(others))
    near = [each for each in led if each[1] <= _NEAR]
    far = [each for each in led if each[1] > _NEAR]
    return _Holds(searches, tuple(_led(group, cache) for group in (near, far) if group))


def _kept(cache: DatabaseCache | None, closures: list[str], make: Callable[[], list[bytes]]) -> list[bytes]:
    """What ``make`` works out from ``closures`` by a million small matches, kept between starts."""
    key = hashlib.sha256("\0".join([make.__qualname__, str(_CHOOSY), *closures]).encode()).hexdigest()
    stored = cache.get(key) if cache is not None else None
    if stored is not None:
        seal, _, lines = stored.partition(b"\n")
        if seal == _seal(lines):  # a torn file would hold back too little
            return [bytes.fromhex(line.decode()) for line in lines.split()]
    made = make()
    if cache is not None:
        lines = b"\n".join(each.hex().encode() for each in made)
        cache.put(key, _seal(lines) + b"\n" + lines)
    return made


def _seal(lines: bytes) -> bytes:
    return hashlib.sha256(b"wardgate holds 1\n" + lines).hexdigest().encode()


def _led(closures: list[tuple[str, int]], cache: DatabaseCache | None) -> _Led:
    begins = _begins("|".join(dict.fromkeys(text for text, _ in closures)))
    firsts = _followed([b""], begins)
    allowed = "".join(f"\\x{head[0]:02x}" for head in firsts) + r"\x80-\xff"
    edges = re.compile(rf"\b[{allowed}]".encode()).finditer
    texts = [text for text, _ in closures]
    triples = frozenset(_kept(cache, texts, lambda: _followed(_followed(firsts, begins), begins)))
    return _Led(max(reach for _, reach in closures), begins, edges, triples)


@lru_cache(maxsize=4096)
def _is_choosy(closure: str) -> bool:
    """Whether few texts begin as the pattern does: one that begins with any word would be tried at every word."""
    begins = _begins(closure)
    return len(_followed(_followed([b""], begins), begins)) <= _CHOOSY


def _begins(closures: str) -> Callable[[bytes, int], bool]:
    """What ``fullmatch`` does, without the match object that costs more than the match."""
    match = compile_re2(f"(?:{closures})", _HOLD_MEMORY)._regexp.Match
    both, nothing = re2._Anchor.ANCHOR_BOTH, (-1, -1)
    return lambda data, place: bool(match(both, data, place, len(data))[0] != nothing)


def _followed(heads: list[bytes], begins: Callable[[bytes, int], bool]) -> list[bytes]:
    """``heads`` and one more ASCII character, as far as that is the beginning of a match, at a word's start or end."""
    longer = [head + bytes([byte]) for head in heads for byte in range(128)]
    return [head for head in longer if begins(head, 0) or begins(b"a" + head, 1)]


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
