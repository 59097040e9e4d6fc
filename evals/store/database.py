"""What runs came to, in one database for all machines: SQLite beside the runs, or PostgreSQL.

    wardgate_eval_runs     one row a run: what it is, its report, what its metrics saw
    wardgate_eval_scores   one row a number, for whoever asks in SQL

No question and no answer is in it: of a report everything but the worst samples. So numbers may stay longer than texts,
and be read by more people.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.errors import ConfigError

ADDRESS = "WARDGATE_EVAL_DATABASE"
_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite:///"
_RUNS = """CREATE TABLE IF NOT EXISTS wardgate_eval_runs (
    run TEXT PRIMARY KEY, collection TEXT NOT NULL, status TEXT NOT NULL, began DOUBLE PRECISION NOT NULL,
    manifest TEXT NOT NULL, report TEXT NOT NULL, parts TEXT NOT NULL)"""
_SCORES = """CREATE TABLE IF NOT EXISTS wardgate_eval_scores (
    run TEXT NOT NULL, suite TEXT NOT NULL, metric TEXT NOT NULL, target TEXT NOT NULL, model TEXT NOT NULL,
    value DOUBLE PRECISION, low DOUBLE PRECISION, high DOUBLE PRECISION, n BIGINT NOT NULL,
    PRIMARY KEY (run, suite, metric, target))"""


class Database:
    """One connection for each use; ``url`` is ``sqlite:///PATH`` or ``postgresql://…``. Raises ConfigError."""

    def __init__(self, url: str) -> None:
        self.url = url
        if not url.startswith((_SQLITE, *_POSTGRES)):
            raise ConfigError("is not the address of a database", field="--database",
                              cure="write sqlite:///PATH or postgresql://user@host/name")
        self._mark = "?" if url.startswith(_SQLITE) else "%s"

    @contextlib.contextmanager
    def _open(self) -> Iterator[Any]:
        """A connection whose work is one transaction."""
        try:
            with contextlib.closing(self._connect()) as connection, connection:
                cursor = connection.cursor()
                for table in (_RUNS, _SCORES):
                    cursor.execute(table)
                yield cursor
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "psycopg":
                raise
            raise self._unusable(error) from None

    def _connect(self) -> Any:
        if self.url.startswith(_SQLITE):
            path = Path(self.url.removeprefix(_SQLITE))
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            return sqlite3.connect(path, timeout=30.0)
        try:
            import psycopg
        except ImportError:
            raise ConfigError("PostgreSQL needs the package psycopg", cure="pip install 'wardgate[postgres]'") from None
        return psycopg.connect(self.url, connect_timeout=10)

    def _unusable(self, error: BaseException) -> ConfigError:
        """Without the address, in which a password may be."""
        kind = "SQLite" if self.url.startswith(_SQLITE) else "PostgreSQL"
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return ConfigError(f"the {kind} database of runs cannot be used: {first}",
                           cure=f"check --database or {ADDRESS}; the run's own files are whole")

    def keep(self, manifest: dict[str, Any], report: dict[str, Any], parts: str) -> None:
        """Writes a run, or writes it again, all of it or nothing."""
        run = str(manifest["run"])
        row = (run, manifest["collection"], manifest["status"], manifest["began"], json.dumps(manifest),
               json.dumps(report | {"worst": []}), parts)
        with self._open() as cursor:
            for table in ("wardgate_eval_runs", "wardgate_eval_scores"):
                cursor.execute(f"DELETE FROM {table} WHERE run = {self._mark}", (run,))  # noqa: S608  # our own names
            cursor.execute(f"INSERT INTO wardgate_eval_runs VALUES ({self._marks(7)})", row)  # noqa: S608
            cursor.executemany(f"INSERT INTO wardgate_eval_scores VALUES ({self._marks(9)})",  # noqa: S608
                               [_score(run, each) for each in report["scores"]])

    def _marks(self, count: int) -> str:
        return ", ".join([self._mark] * count)

    def manifests(self) -> list[dict[str, Any]]:
        """Of all runs, oldest first."""
        with self._open() as cursor:
            cursor.execute("SELECT manifest FROM wardgate_eval_runs ORDER BY began, run")
            return [json.loads(row[0]) for row in cursor.fetchall()]

    def fetch(self, run: str) -> tuple[str, str] | None:
        """Its report and its parts, as their files hold them; None when there is no such run."""
        with self._open() as cursor:
            cursor.execute(f"SELECT report, parts FROM wardgate_eval_runs WHERE run = {self._mark}", (run,))  # noqa: S608
            row = cursor.fetchone()
        return (str(row[0]), str(row[1])) if row else None


def _score(run: str, score: dict[str, Any]) -> Sequence[Any]:
    found = score["estimate"]
    return (run, score["suite"], score["metric"], score["target"], score["model"], found["value"], found["low"],
            found["high"], found["n"])
