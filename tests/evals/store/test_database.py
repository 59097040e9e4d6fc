"""What runs came to outlives their directories and is the same on every machine; on SQLite, and on a real PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.store.database import Database
from evals.store.runs import Store
from gateway.errors import ConfigError
from tests.evals.cli.test_commands import running, wardgate
from tests.evals.make import write
from tests.evals.server import Server, answer_to, serving


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of our own: a socket in a folder of its own, no port, no root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    assert initdb, "PostgreSQL is not installed: run make test-postgres"
    user = "nobody" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="wardgate-pg-", dir="/tmp"))
    if user:
        shutil.chown(home, user)
    data = home / "data"
    subprocess.run([initdb, "-D", data, "-U", "wardgate", "--auth=trust", "-E", "UTF8", "--no-sync"], check=True, user=user,
                   stdout=subprocess.DEVNULL, cwd=home)
    control = str(Path(initdb).with_name("pg_ctl"))
    try:
        subprocess.run([control, "-D", data, "-w", "-l", home / "log", "-o", f"-c listen_addresses='' -k {home} -F", "start"],
                       check=True, user=user, stdout=subprocess.DEVNULL, cwd=home)
        yield f"postgresql://wardgate@/postgres?host={home}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], user=user, stdout=subprocess.DEVNULL, cwd=home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shared' / 'runs.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")


def manifest(run: str, **more: Any) -> dict[str, Any]:
    return {"run": run, "collection": "c", "status": "complete", "began": 1.5, "names": [], "suites": {}, "targets": [],
            "seed": 1, "version": "1", "suite_dirs": [], **more}


def report(value: float | None) -> dict[str, Any]:
    return {"format": 1, "worst": [{"samples": ["a secret answer"]}], "scores": [
        {"suite": "s", "metric": "f1", "target": "direct", "model": "m",
         "estimate": {"value": value, "low": None, "high": 1.0, "n": 3}}]}


def test_a_run_is_kept_whole_again_and_without_texts(address: str) -> None:
    database = Database(address)
    for value in (0.25, None, 0.5):
        database.keep(manifest("20260101T000000Z-it's"), report(value), '{"suite":"é ∑ 😀"}\n')
    found = database.fetch("20260101T000000Z-it's")
    assert found is not None
    assert (json.loads(found[0])["scores"][0]["estimate"]["value"], found[1]) == (0.5, '{"suite":"é ∑ 😀"}\n')
    assert "secret" not in found[0]
    assert [each["run"] for each in database.manifests()].count("20260101T000000Z-it's") == 1
    assert database.fetch("'; DROP TABLE wardgate_eval_runs; --") is None


def test_a_run_that_cannot_be_kept_whole_is_not_kept_at_all(address: str) -> None:
    database = Database(address)
    broken = report(1.0)
    broken["scores"].append({**broken["scores"][0]})  # the same number twice: no row may be
    with pytest.raises(ConfigError, match="database of runs cannot be used"):
        database.keep(manifest("twice"), broken, "")
    assert database.fetch("twice") is None


async def test_machines_share_their_runs(address: str, tmp_path: Path) -> None:
    """One asks last night's, another tonight's: compared, judged by the gate, listed and exported from either."""
    machines = [tmp_path / name for name in ("one", "two", "reader")]
    for machine in machines:
        machine.mkdir()
        write(machine)
    env = {"WARDGATE_EVAL_DATABASE": address}
    async with serving(Server()) as server:
        code, out, errors = await wardgate(machines[0], *running(server, "--json"), **env)
        assert code == 0, errors
        first = json.loads(out)["run"]

        async def worse(body: dict[str, Any], _: int) -> Any:
            from tests.evals.server import chat

            return chat(answer_to("nothing"))

        server.script = worse
        code, out, errors = await wardgate(machines[1], *running(server, "--json", "--seed", "3"), **env)
        assert code == 0, errors
        second = json.loads(out)
        assert second["previous"] == first
        assert next(each["change"]["value"] for each in second["scores"] if each["metric"] == "exact_match") == pytest.approx(-8 / 12)
    reader = machines[2]
    code, out, _ = await wardgate(reader, "list", "--json", **env)
    assert {first, second["run"]} <= {each["run"] for each in json.loads(out)["runs"]}
    code, out, errors = await wardgate(reader, "compare", first, second["run"], **env)
    assert (code, "exact_match" in out) == (0, True), errors
    code, out, errors = await wardgate(reader, "gate", second["run"], "--baseline", first, "--min-n", "5", **env)
    assert (code, "Closed: small-qa f1 on direct fell" in errors) == (1, True), (out, errors)
    code, _, errors = await wardgate(reader, "export", second["run"], "--prometheus", "there", **env)
    assert code == 0, errors
    assert 'wardgate_eval_score{metric="exact_match"' in (reader / "there" / "wardgate_eval.prom").read_text()
    assert not (reader / ".wardgate" / "evals" / "runs").exists()
    assert not list(reader.rglob("journal.jsonl"))


async def test_numbers_stay_when_answers_are_pruned(tmp_path: Path) -> None:
    write(tmp_path)
    async with serving(Server()) as server:
        names = []
        for seed in ("1", "2"):
            code, out, errors = await wardgate(tmp_path, *running(server, "--json", "--seed", seed))
            assert code == 0, errors
            names.append(json.loads(out)["run"])
    store = Store(tmp_path / ".wardgate" / "evals")
    assert store.prune(keep=1) == 1
    assert store.prune(keep=1) == 0
    assert [run.path.name for run in store.local()] == names[1:]
    assert [run.path.name for run in store.runs()] == names
    assert store.find(names[0]).report().run == names[0]
    assert (tmp_path / ".wardgate" / "evals" / "runs.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("url", "error"), [
    ("mysql://x", "is not the address of a database"),
    ("sqlite:////proc/nowhere/runs.db", "the SQLite database of runs cannot be used"),
    ("postgresql://u:hunter2@127.0.0.1:1/x", "PostgreSQL"),
])
async def test_a_database_that_cannot_be_used_is_told_before_anything_is_asked(tmp_path: Path, url: str, error: str) -> None:
    write(tmp_path)
    async with serving(Server()) as server:
        code, out, errors = await wardgate(tmp_path, *running(server, "--database", url))
    assert (code, error in errors) == (2, True), errors
    assert "hunter2" not in out + errors
    assert server.asked.total() == 0


def test_a_name_that_leads_elsewhere_is_no_run(tmp_path: Path) -> None:
    store = Store(tmp_path, f"sqlite:///{tmp_path / 'runs.db'}")
    for name in ("../../x", "..", "ok-1"):
        store.shared.keep(manifest(name), report(1.0), "")
    assert [run.path.name for run in store.runs()] == ["ok-1"]
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM wardgate_eval_scores").fetchone() == (3,)
    connection.close()
