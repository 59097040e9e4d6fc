"""The audit file: order, chain, group commit, and what happens when the disk does not play along."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.audit import chain, sqlite
from gateway.audit.record import BeginRecord, EndRecord, Outcome, plain
from gateway.audit.sqlite import AuditDown, SqliteAudit
from gateway.core.types import Finding, RuleState, State

ROOT = Path(__file__).parents[3]
STATES = (RuleState("no-bad", "input", State.BLOCKED), RuleState("hide", "input", State.ALLOWED))
FINDING = Finding("no-bad", "/messages/0/content", 4, 14, 0.9, "WORD")


def begin(name: str) -> BeginRecord:
    return BeginRecord(
        name, name, 1.5, "acme", "app", "m", "chat", "test", "rev1", "block", (FINDING,), STATES, ("no-bad",)
    )


def end(name: str) -> EndRecord:
    return EndRecord(name, 2.5, Outcome.BLOCKED, "block", duration=0.25)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SqliteAudit]]:
    made: list[SqliteAudit] = []

    def one(path: Path = tmp_path / "audit.db", **how: object) -> SqliteAudit:
        made.append(SqliteAudit(path, **how))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for each in made:
        each.close()


def stored(path: Path) -> list[dict[str, object]]:
    database = chain.read_only(path)
    try:
        return [record for _, record in chain.rows(database)]
    finally:
        database.close()


def wait_for(holds: Callable[[], bool], within: float = 3.0) -> None:
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.005)


def test_records_come_back_as_they_were(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    audit = make()
    audit.begin(begin("a"))
    audit.end(end("a"))
    audit.close()
    assert stored(tmp_path / "audit.db") == [
        {"kind": "begin", "decision_id": "a", "request_id": "a", "time": 1.5, "tenant": "acme", "key": "app",
         "model": "m", "route": "chat", "policy": "test", "revision": "rev1", "decision": "block",
         "findings": [["no-bad", "/messages/0/content", 4, 14, 0.9, "WORD"]],
         "states": [["no-bad", "input", "blocked"], ["hide", "input", "allowed"]], "rules": ["no-bad"]},
        {"kind": "end", "decision_id": "a", "time": 2.5, "outcome": "blocked", "decision": "block", "findings": [],
         "states": [], "rules": [], "input_tokens": 0, "output_tokens": 0, "longest_hold": 0, "duration": 0.25, "revision": ""},
    ]  # fmt: skip
    assert plain(begin("a"))["states"] == [["no-bad", "input", "blocked"], ["hide", "input", "allowed"]]


def test_the_chain_goes_on_over_restarts(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    for name in "abc":
        audit = make(path)
        audit.begin(begin(name))
        audit.close()
    result = chain.verify(path)
    assert (result.records, result.broken) == (3, 0)


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        ("UPDATE records SET body = replace(body, 'acme', 'evil') WHERE sequence = 3", 3),
        ("UPDATE records SET decision_id = 'x' WHERE sequence = 2", 2),
        ("UPDATE records SET time = 9 WHERE sequence = 4", 4),
        ("DELETE FROM records WHERE sequence = 2", 2),
        ("UPDATE records SET sequence = 99 WHERE sequence = 5", 5),
        ("INSERT INTO records SELECT 7, decision_id, kind, time, body, hash FROM records WHERE sequence = 6", 7),
    ],
)
def test_a_changed_row_is_found(make: Callable[..., SqliteAudit], tmp_path: Path, tamper: str, broken: int) -> None:
    path = tmp_path / "audit.db"
    audit = make(path)
    for name in "abc":
        audit.begin(begin(name))
        audit.end(end(name))
    audit.close()
    assert chain.verify(path).broken == 0
    database = sqlite3.connect(path)
    database.execute(tamper)
    database.commit()
    database.close()
    assert chain.verify(path).broken == broken


async def test_a_committed_ticket_is_on_disk(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    audit = make(required=True)
    began = time.monotonic()
    await audit.committed(audit.begin(begin("a")))
    assert time.monotonic() - began < 1.0
    assert [record["decision_id"] for record in stored(tmp_path / "audit.db")] == ["a"]


async def test_a_commit_serves_many(make: Callable[..., SqliteAudit]) -> None:
    batches: list[int] = []
    audit = make(required=True, written=batches.append)
    await asyncio.gather(*(audit.committed(audit.begin(begin(f"d{number}"))) for number in range(500)))
    assert sum(batches) == 500
    assert len(batches) < 50


def test_a_sink_that_cannot_be_opened_refuses_where_records_are_required(
    make: Callable[..., SqliteAudit], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    audit = make(tmp_path / "file" / "audit.db", required=True)
    audit.begin(begin("a"))
    wait_for(lambda: audit.down)
    with pytest.raises(AuditDown):
        audit.begin(begin("b"))


def test_a_sink_that_cannot_be_opened_is_down_before_any_record(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    told: list[str] = []
    audit = make(tmp_path / "file" / "audit.db", required=True, failed=lambda error: told.append(str(error)))
    audit.attempt()
    assert audit.down
    time.sleep(1.2)
    assert len(told) == 1, "and once only, though it is tried again"
    assert str(tmp_path / "file") in told[0]
    (tmp_path / "file").unlink()
    wait_for(lambda: not audit.down)
    other = make(required=True)
    other.attempt()
    assert not other.down
    assert (tmp_path / "audit.db").exists()


def _at(path: Path, what: str) -> Path:
    if what == "in a file":
        path.write_text("not a folder")
        return path / "audit.db"
    if what == "in no folder":
        return path / "audit.db"
    if what == "a folder":
        path.mkdir()
    elif what == "something else":
        path.write_text("records")
    elif what == "empty":
        path.touch()
    elif what == "a chain":
        chain.Chain.open(path).close()
    return path


@pytest.mark.parametrize(("what", "why"), [
    ("in a file", "{} is not a folder"), ("a folder", "{} is not a file"), ("something else", "{} is something else than a database"),
    ("nothing", ""), ("in no folder", ""), ("empty", ""), ("a chain", ""),
])  # fmt: skip
def test_what_stands_in_the_way_is_told_without_touching_anything(tmp_path: Path, what: str, why: str) -> None:
    path = _at(tmp_path / "it", what)
    before = {each: each.stat() for each in tmp_path.rglob("*")}
    assert chain.obstacle(path) == why.format(tmp_path / "it")
    assert {each: each.stat() for each in tmp_path.rglob("*") if each != tmp_path}.keys() == before.keys()
    if why:
        with pytest.raises((sqlite3.Error, OSError)):
            chain.Chain.open(path)


async def test_whoever_waits_for_a_sink_that_fails_is_told(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    audit = make(tmp_path / "file" / "audit.db", required=True)
    with pytest.raises(AuditDown):
        await audit.committed(audit.begin(begin("a")))


def test_best_effort_serves_on_and_counts_what_it_drops(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    dropped: list[int] = []
    audit = make(tmp_path / "file" / "audit.db", capacity=10, dropped=dropped.append)
    for number in range(25):
        audit.begin(begin(f"d{number}"))
    wait_for(lambda: sum(dropped) == 15)


def test_what_was_kept_is_written_once_the_sink_is_back(
    make: Callable[..., SqliteAudit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_RETRY_EVERY", 0.02)
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    audit = make(folder / "audit.db")
    for name in "abc":
        audit.begin(begin(name))
    wait_for(lambda: audit.down)
    folder.unlink()
    wait_for(lambda: not audit.down)
    assert [record["decision_id"] for record in stored(folder / "audit.db")] == ["a", "b", "c"]
    assert chain.verify(folder / "audit.db").broken == 0


@pytest.mark.parametrize("how", ["deleted", "deleted with its folder", "moved away", "another in its place"])
async def test_a_file_that_is_taken_away_is_not_written_into(
    make: Callable[..., SqliteAudit], tmp_path: Path, how: str
) -> None:
    """The next records are in a new file, whose chain begins anew, and whoever made the sink is told once."""
    told: list[str] = []
    path, kept = tmp_path / "folder" / "audit.db", tmp_path / "kept.db"
    audit = make(path, replaced=lambda: told.append("replaced"))
    await audit.committed(audit.begin(begin("before")))
    before = chain.verify(path)
    assert told == []
    if how == "deleted":
        path.unlink()
    elif how == "deleted with its folder":
        shutil.rmtree(path.parent)
    else:
        path.rename(kept)
        if how == "another in its place":
            other = make(tmp_path / "other.db")
            other.begin(begin("other"))
            other.close()
            (tmp_path / "other.db").rename(path)
    async with asyncio.timeout(3):
        await audit.committed(audit.begin(begin("after")))
        await audit.committed(audit.begin(begin("later")))
    assert told == ["replaced"]
    names = [each["decision_id"] for each in stored(path)]
    assert names == [*(["other"] if how == "another in its place" else []), "after", "later"]
    assert (chain.verify(path).records, chain.verify(path).broken) == (len(names), 0)
    if kept.exists():
        assert chain.verify(kept) == before, "what was moved away ends where it ended"


def test_a_full_disk_is_down_not_lost(make: Callable[..., SqliteAudit], tmp_path: Path) -> None:
    """RLIMIT_FSIZE in a child stands for a full disk: writes fail, nothing half-written is left behind."""
    path = tmp_path / "audit.db"
    code = f"""
import resource, signal, sys, time
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from gateway.audit.sqlite import SqliteAudit
from tests.gateway.audit.test_sqlite import begin
audit = SqliteAudit(Path({str(path)!r}))
audit.begin(begin("first"))
time.sleep(0.2)
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
for number in range(2000):
    audit.begin(begin(f"d{{number}}"))
end = time.monotonic() + 5
while not audit.down and time.monotonic() < end:
    time.sleep(0.01)
print("down" if audit.down else "up")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False,
                          cwd=ROOT)
    assert done.stdout.strip() == "down", done.stderr
    result = chain.verify(path)
    assert (result.records, result.broken) == (1, 0)


def test_kill_9_leaves_a_readable_file_and_the_begin_shows(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    code = f"""
import time
from pathlib import Path
from gateway.audit.sqlite import SqliteAudit
from tests.gateway.audit.test_sqlite import begin, end
audit = SqliteAudit(Path({str(path)!r}), required=True)
for number in range(10_000):
    audit.begin(begin(f"d{{number}}"))
    if number != 7:
        audit.end(end(f"d{{number}}"))
    if number == 500:
        time.sleep(0.3)
        print("go", flush=True)
    if number > 500:
        time.sleep(0.0005)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    result = chain.verify(path)
    assert result.broken == 0
    assert result.records >= 1000
    records = stored(path)
    begun = {record["decision_id"] for record in records if record["kind"] == "begin"}
    ended = {record["decision_id"] for record in records if record["kind"] == "end"}
    assert "d7" in begun - ended, "a request that never ended is seen as such"
    assert ended <= begun
