"""A record as it is chained and stored: rendered once, by whoever made it, and passed between processes as bytes.

A worker renders its own records, so that the one writer of the chain only hashes and inserts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import orjson

from gateway.audit.record import KINDS, Record, plain, state_triples
from gateway.core.types import RuleState

_MAX_RENDERED = 256
_HEAD = struct.Struct("<BBdI")
_KINDS = tuple(KINDS.values())


class Row(NamedTuple):
    """``body``: the record's JSON form, which holds the other three as well."""

    decision_id: str
    kind: str
    time: float
    body: bytes


@runtime_checkable
class RowSink(Protocol):
    """The writer that workers' rows go to (``SqliteAudit``)."""

    required: bool
    down: bool

    def take(self, rows: Sequence[Row]) -> int: ...
    async def committed(self, ticket: int) -> None: ...


class Rendering:
    """Turns records into rows; used by one thread."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[int, tuple[tuple[RuleState, ...], orjson.Fragment]] = {}

    def body(self, record: Record) -> bytes:
        """The record's JSON form."""
        return orjson.dumps(plain(record, self._of_states))

    def _of_states(self, states: tuple[RuleState, ...]) -> orjson.Fragment:
        """Rendered once: requests in which nothing was found share one tuple, and it is most of a record."""
        known = self._states.get(id(states))
        if known is not None and known[0] is states:
            return known[1]
        fragment = orjson.Fragment(orjson.dumps(state_triples(states)))
        if len(self._states) >= _MAX_RENDERED:
            self._states.clear()
        self._states[id(states)] = (states, fragment)
        return fragment


def kind_of(record: Record) -> str:
    return KINDS[type(record)]


def pack(row: Row) -> bytes:
    """One row for a pipe; rows written one after the other are read by ``unpack``."""
    name = row.decision_id.encode()
    return _HEAD.pack(_KINDS.index(row.kind), len(name), row.time, len(row.body)) + name + row.body


def unpack(data: bytes) -> Iterator[Row]:
    """The rows in ``data``. Raises struct.error when it is cut short."""
    place = 0
    while place < len(data):
        kind, length, time, size = _HEAD.unpack_from(data, place)
        name = place + _HEAD.size
        body = name + length
        place = body + size
        if place > len(data):
            raise struct.error("a row is cut short")
        yield Row(data[name:body].decode(), _KINDS[kind], time, data[body:place])
