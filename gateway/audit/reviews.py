"""The review queue: decisions that someone called wrong, read from the audit file, where they are records like others.

Being in the chain, a complaint cannot be taken away unseen; and as every record, it holds no text.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from gateway.audit import chain


class Decisions:
    """The decisions of an audit file, for workers, who never write it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def begun(self, decision_id: str) -> dict[str, Any] | None:
        """The begin record of a decision in its plain form; None when there is none on disk."""
        return await asyncio.to_thread(self._read, decision_id)

    def _read(self, decision_id: str) -> dict[str, Any] | None:
        try:
            database = chain.read_only(self._path)
        except sqlite3.Error:
            return None
        try:
            found = [record for _, record in chain.rows(database, decision_id) if record["kind"] == "begin"]
        except sqlite3.Error:
            return None
        finally:
            database.close()
        return found[0] if found else None


def queue(database: sqlite3.Connection, verdict: str = "") -> Iterator[dict[str, Any]]:
    """The reviews in the order in which they came, each with its decision: all, or those of one ``verdict``."""
    query = "SELECT sequence, body FROM records WHERE kind = 'review' ORDER BY sequence"
    for sequence, body in database.execute(query).fetchall():
        review = orjson.loads(body)
        if verdict in ("", review["verdict"]):
            yield {"sequence": sequence, **review, "decision": _decision(database, review["decision_id"])}


def _decision(database: sqlite3.Connection, decision_id: str) -> dict[str, Any]:
    """What both records of a decision say together."""
    out: dict[str, Any] = {"rules": [], "findings": []}
    for _, record in chain.rows(database, decision_id):
        if record["kind"] == "begin":
            out |= {name: record[name] for name in ("time", "model", "route", "policy", "revision")}
        if record["kind"] in ("begin", "end"):
            out["decision"] = record["decision"]
            out["rules"] += [rule for rule in record["rules"] if rule not in out["rules"]]
            out["findings"] += record["findings"]
    return out
