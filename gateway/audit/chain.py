"""The audit file: rows in order, each with the hash of the one before, so that tampering shows.

``verify`` walks the chain; a row that was changed, removed or put in breaks it at that row. The chain
shows *that* a file was changed by someone without its head; keep the head (``wardgate audit verify``
prints it) elsewhere to also show a rewritten end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gateway.audit.record import Record
from gateway.audit.row import Rendering, Row, kind_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  sequence INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  time REAL NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS by_decision ON records (decision_id);
CREATE INDEX IF NOT EXISTS reviews ON records (sequence) WHERE kind = 'review';
"""
START = b"\0" * 32
_MAGIC = b"SQLite format 3\0"
_COLUMNS = 6
_ROW = "(?, ?, ?, ?, ?, ?)"
_INSERTS = tuple((rows, "INSERT INTO records VALUES " + ", ".join([_ROW] * rows)) for rows in (64, 8, 1))  # noqa: S608 - constants


def link(before: bytes, sequence: int, body: bytes) -> bytes:
    """The hash of a row: SHA-256 over the hash before it, its number and its body."""
    return hashlib.sha256(before + b"%d:" % sequence + body).digest()


@dataclass(frozen=True, slots=True)
class Verified:
    """``broken``: number of the first row that does not fit, or 0; ``head``: hex hash of the last good row."""

    records: int
    broken: int
    head: str


class Chain:
    """The writing end of an audit file; used by one thread."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path
        self._file = _file(path)
        row = database.execute("SELECT sequence, hash FROM records ORDER BY sequence DESC LIMIT 1").fetchone()
        self._sequence: int = row[0] if row else 0
        self.head: bytes = row[1] if row else START
        """The hash of the last row."""
        self._rendering = Rendering()

    @classmethod
    def open(cls, path: Path) -> Chain:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2.0)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(SCHEMA)
            return cls(database, path)
        except sqlite3.Error:
            database.close()
            raise

    def in_place(self) -> bool:
        """Whether its path still leads to its file. SQLite goes on writing into one that was deleted or moved away."""
        return self._file is not None and _file(self._path) == self._file

    def append(self, records: Sequence[Record | Row]) -> None:
        """Write ``records`` in one transaction, or none of them; a row is a record that is already rendered."""
        if not records:
            self._database.execute("SELECT 1 FROM records LIMIT 1").fetchone()
        values: list[object] = []
        sequence, head = self._sequence, self.head
        for record in records:
            sequence += 1
            if isinstance(record, Row):
                kind, body = record.kind, record.body
            else:
                kind, body = kind_of(record), self._rendering.body(record)
            head = link(head, sequence, body)
            values += (sequence, record.decision_id, kind, record.time, body.decode(), head)
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._insert(values)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.rollback()
            raise
        self._sequence, self.head = sequence, head

    def _insert(self, values: list[object]) -> None:
        """Many rows a statement: each one hands the interpreter's lock over and back, which the event loop pays for."""
        done = 0
        for rows, statement in _INSERTS:
            size = rows * _COLUMNS
            while len(values) - done >= size:
                self._database.execute(statement, values[done : done + size])
                done += size

    def leave(self) -> None:
        """Close a file that was moved: what is still in its log, which stayed behind, is put into it first."""
        with contextlib.suppress(sqlite3.Error):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.close()

    def close(self) -> None:
        self._database.close()


def obstacle(path: Path) -> str:
    """Why no audit file could be written at ``path``, as far as that shows without touching it; empty for no reason."""
    if not path.exists():
        folder = next(each for each in path.absolute().parents if each.exists())
        if not folder.is_dir():
            return f"{folder} is not a folder"
        return "" if os.access(folder, os.W_OK | os.X_OK) else f"this user may not write into {folder}"
    if not path.is_file():
        return f"{path} is not a file"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"this user may not write {path}"
    with path.open("rb") as file:
        begun = file.read(len(_MAGIC))
    return "" if begun in (b"", _MAGIC) else f"{path} is something else than a database"


def _file(path: Path) -> tuple[int, int] | None:
    """What tells a file from all others, whatever its name; None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def read_only(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.Error when the file is not there or not a database."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)


def rows(database: sqlite3.Connection, decision_id: str = "", after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Records as (number, plain form), all or those of one decision, after number ``after``."""
    query = "SELECT sequence, body FROM records WHERE sequence > ?"
    cursor = (
        database.execute(query + " AND decision_id = ? ORDER BY sequence", (after, decision_id))
        if decision_id
        else database.execute(query + " ORDER BY sequence", (after,))
    )
    for sequence, body in cursor:
        yield sequence, orjson.loads(body)


def verify(path: Path) -> Verified:
    """Walk the whole chain."""
    database = read_only(path)
    try:
        before, count = START, 0
        for sequence, decision, kind, time, body, stored in database.execute(
            "SELECT sequence, decision_id, kind, time, body, hash FROM records ORDER BY sequence"
        ):
            said = orjson.loads(body)
            fits = sequence == count + 1 and (decision, kind, time) == (said["decision_id"], said["kind"], said["time"])
            if not fits or link(before, sequence, body.encode()) != stored:
                return Verified(count, count + 1, before.hex())
            before, count = stored, sequence
        return Verified(count, 0, before.hex())
    finally:
        database.close()
