"""All patterns of a stage in two linear passes: which of them occur, and what must be held back.

``hits`` is one hyperscan pass that names the patterns worth a closer look; ``hold`` asks RE2 for the longest
suffix of the text that may still become a match.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import hyperscan

from gateway.core.holds import Holds
from gateway.core.pattern import Pattern, pattern
from gateway.core.shared import Sharing

_FLAGS: Final = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
_beyond_ascii: Final = re.compile(
    r"\[\^|\\[DSWXPpNR]|\.|\\x\{(?:[89a-fA-F][0-9a-fA-F]|[0-9a-fA-F]{3,})\}|[^\x00-\x7f]").search
"""Whether an expression may match a character outside ASCII. Only those are read as UTF-8: bytes are quicker."""

_HOLDS: Sharing[Holds] = Sharing(Holds)
"""By their closures: a stage that a change leaves alone goes on with the words that it knows."""
_ANY_DIGIT: Final = tuple(pattern(r"\d", ignore_case=each).exact for each in (False, True))
"""The one trigger that costs hyperscan more than a look of our own: it doubled the price of a scan with all others."""
_a_digit: Final = re.compile(rb"\d").search


class DatabaseCache(Protocol):
    """Where compiled databases are kept between starts: compiling takes seconds, loading microseconds."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class Looks:
    """A database and what it is looked through with, which is one thread's at a time (see ``proxy.aside``).

    Not kept in a ``threading.local``: compiled, a class made from that is one and the same to all threads.
    """

    __slots__ = ("_database", "_free")

    def __init__(self, database: Any) -> None:
        self._database = database
        self._free: list[_Look] = []

    def found(self, data: bytes) -> Sequence[int]:
        """The ids of the expressions that occur in ``data``, in no order."""
        free = self._free
        try:
            look = free.pop()
        except IndexError:  # as many are at work, or were at once
            look = _Look(self._database)
        look.scan(data, look.note, 0, None, look.scratch)  # by position: names double what a short text costs
        found: Sequence[int] = ()  # never the look's own list, which is somebody else's from here on
        if look.found:
            found = look.found.copy()
            look.found.clear()
        free.append(look)  # not when the scan raised: whatever it has noted is lost with it
        return found


class _Look:
    """One look through a database."""

    __slots__ = ("found", "note", "scan", "scratch")

    def __init__(self, database: Any) -> None:
        found: list[int] = []
        self.found = found
        self.note: Callable[..., None] = lambda index, *_: found.append(index)
        self.scan: Callable[..., Any] = database.scan
        self.scratch: Any = database.scratch.clone()


class Scanner:
    """Compiled patterns of one stage; position ``i`` of ``patterns`` is bit ``1 << i`` of a hit mask."""

    __slots__ = ("_always", "_digits", "_holds", "_looks", "_shared", "patterns", "reach")

    def __init__(self, patterns: Sequence[Pattern], cache: DatabaseCache | None = None) -> None:
        self.patterns = tuple(patterns)
        self.reach = max((each.reach for each in self.patterns), default=0)
        self._looks: Looks | None = None
        self._always = self._digits = 0
        closures = [closure for each in self.patterns for closure in each.closures]
        self._shared = _HOLDS.get(tuple(dict.fromkeys(closures)))
        self._holds = self._shared.value
        if self.patterns:
            triggers = tuple(enumerate([each.trigger for each in self.patterns]))
            self._digits = sum([1 << index for index, trigger in triggers if trigger in _ANY_DIGIT])
            triggers = tuple([each for each in triggers if each[1] not in _ANY_DIGIT])
            self._looks, self._always = _database(triggers, cache)

    def hits(self, data: bytes) -> int:
        """A bit mask of the patterns that occur in ``data`` (UTF-8, whole characters); a superset at worst."""
        mask = self._always
        if self._digits and _a_digit(data) is not None:
            mask |= self._digits
        if self._looks is not None:
            for index in self._looks.found(data):
                mask |= 1 << index
        return mask

    def hold(self, data: bytes, start: int) -> int:
        """The index (``>= start``) of the longest suffix of ``data`` that may still become a match."""
        if not self.patterns or start >= len(data):
            return len(data)
        floor = len(data) - self.reach  # no match is longer than the reach, so what began before is decided
        if floor > start:
            start = floor
            while start < len(data) and data[start] & 0xC0 == 0x80:
                start += 1
        return self._holds.longest(data, start)


_RECENT: OrderedDict[str, tuple[Looks | None, int]] = OrderedDict()
_RECENT_KEPT: Final = 16
"""Databases of this process that come up again: policy tests, mutations, a reload that changes no pattern."""
_KEEPING: Final = threading.Lock()
"""A reload compiles in a thread while the event loop compiles what a request needs."""
Triggers = tuple[tuple[int, str], ...]
"""Expressions with the positions of their patterns."""


def _database(triggers: Triggers, cache: DatabaseCache | None) -> tuple[Looks | None, int]:
    """What the hyperscan database of ``triggers`` is looked through with, and a mask of those that it cannot hold."""
    if not triggers:
        return None, 0
    version = f"{getattr(hyperscan, '__version__', '')} bytes"
    text = "\0".join([version, *[f"{index} {each}" for index, each in triggers]])
    key = hashlib.sha256(text.encode()).hexdigest()
    known = _RECENT.get(key)
    if known is None:
        stored = cache.get(key) if cache is not None else None
        database = loaded(stored) if stored is not None else None
        made, always = (database, 0) if database is not None else _compiled(triggers)
        if cache is not None and database is None and made is not None and not always:
            cache.put(key, hyperscan.dumpb(made))
        known = (None if made is None else Looks(made)), always
    with _KEEPING:
        _RECENT[key] = known
        _RECENT.move_to_end(key)
        while len(_RECENT) > _RECENT_KEPT:
            _RECENT.popitem(last=False)
    return known


def loaded(stored: bytes) -> Any:
    """A kept database, or None when another version or another processor wrote it."""
    try:
        database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except (hyperscan.error, ValueError):
        return None
    return database


def _compiled(triggers: Triggers) -> tuple[Any, int]:
    try:
        return _compile(triggers), 0
    except hyperscan.error:
        kept, always = [], 0
        for index, trigger in triggers:
            try:
                _compile([(index, trigger)])
                kept.append((index, trigger))
            except hyperscan.error:
                always |= 1 << index  # too large for the prefilter: always looked at
        try:
            return (_compile(kept) if kept else None), always
        except hyperscan.error:  # too large together
            return None, sum([1 << index for index, _ in triggers])


def _compile(triggers: Sequence[tuple[int, str]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode() for _, text in triggers],
        ids=[index for index, _ in triggers],
        elements=len(triggers),
        flags=[_FLAGS | hyperscan.HS_FLAG_UTF8 if _beyond_ascii(text) else _FLAGS for _, text in triggers],
    )
    return database

