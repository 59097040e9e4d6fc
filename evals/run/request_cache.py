"""Answers of models that were asked the very same before, so that a new metric or suite costs no model time.

Only what must come out the same again is kept: whole answers of models themselves (never of a gateway, whose policies
may have changed) to requests at temperature 0. The key is the address, the model and the whole request.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from evals.loading.suite import DIRECT, canonical
from evals.run.plan import Ask
from evals.run.reply import ANSWERED, Reply
from gateway.errors import ConfigError


class RequestCache:
    """A SQLite file; several runs may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT) WITHOUT ROWID")
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"cannot be used as a cache: {error}", file=str(path), cure="remove it, or leave out "
                              "--cache") from None

    @staticmethod
    def key(ask: Ask) -> str:
        """Empty where the answer may not be kept."""
        if ask.target.kind != DIRECT or ask.sample.body.get("temperature") != 0:
            return ""
        parts = [ask.target.base_url, ask.target.model, ask.sample.endpoint, ask.sample.body]
        return hashlib.sha256(canonical(parts)).hexdigest()

    def find(self, ask: Ask) -> Reply | None:
        """The kept answer, marked as such; its time is another run's and in no latency."""
        key = self.key(ask)
        if not key:
            return None
        row = self._database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        return dataclasses.replace(Reply.from_json(json.loads(row[0])), cached=True) if row else None

    def keep(self, ask: Ask, reply: Reply) -> None:
        """Keeps a whole answer; anything else is asked again."""
        key = self.key(ask)
        if key and reply.outcome == ANSWERED and not reply.cached:
            self._database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)",
                                   (key, canonical(reply.to_json()).decode()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()
