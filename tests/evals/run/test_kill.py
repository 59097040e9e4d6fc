"""A real `wardgate eval run`, killed with SIGKILL in the middle and resumed: nothing lost, nothing asked twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.evals.make import rows, write
from tests.evals.server import Server, serving

ROOT = Path(__file__).parents[3]
N, AT_ONCE = 40, 4


async def command(where: Path, url: str, *extra: str) -> asyncio.subprocess.Process:
    arguments = ["eval", "run", "small-qa", "--suites-dir", str(where), "--target", f"direct={url}",
                 "--target", f"gateway={url}", "--concurrency", str(AT_ONCE), "--json", *extra]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli.main", *arguments, cwd=where, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)


async def finished(process: asyncio.subprocess.Process) -> dict[str, Any]:
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    report: dict[str, Any] = json.loads(out)
    return report


def journaled(where: Path) -> list[dict[str, Any]]:
    content = next(where.glob(".wardgate/evals/runs/*/journal.jsonl")).read_bytes()
    return [json.loads(line) for line in content.splitlines() if line.endswith(b"}") and b'"key"' in line]


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """Everything but the run's name and what clocks say."""
    return {name: value for name, value in report.items()
            if name not in ("run", "began", "ended", "seconds", "latencies")}


async def test_kill_and_resume(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for where in (killed, whole):
        where.mkdir()
        write(where, N)
    answered, held = 0, 0
    all_held = asyncio.Event()

    async def script(_: dict[str, Any], __: int) -> None:
        """Answers half of everything, then holds every further question until the asker is dead."""
        nonlocal answered, held
        if answered < N:
            answered += 1
            return
        held += 1
        if held == AT_ONCE:
            all_held.set()
        await asyncio.Event().wait()

    async with serving(Server(script)) as server:
        process = await command(killed, server.url)
        await asyncio.wait_for(all_held.wait(), 60)  # every worker waits, so every answer before is in the journal
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        before = journaled(killed)
        assert len(before) == N
        with next(killed.glob(".wardgate/evals/runs/*/journal.jsonl")).open("ab") as journal:
            journal.write(b'{"at":1.5,"key":"torn in the mid')  # what a kill inside a write leaves
        server.script, first = None, server.asked.copy()
        report = await finished(await command(killed, server.url, "--resume"))
        asked_again = server.asked - first
        everything = server.asked.copy()
        server.asked.clear()
        undisturbed = await finished(await command(whole, server.url))

    known = {(entry["sample"], entry["target"]) for entry in journaled(killed)}
    assert known == {(row["id"], target) for row in rows(N) for target in ("direct", "gateway")}
    assert len(journaled(killed)) == 2 * N  # and none of them twice
    assert asked_again.total() == N  # what was journaled was not asked again …
    assert everything.total() == 2 * N + AT_ONCE  # … and of the rest only what nobody had answered
    assert set(server.asked.values()) == {2}
    assert report["complete"]
    assert timeless(report) == timeless(undisturbed)
    assert not list(killed.glob(".wardgate/evals/runs/*/.*"))  # no half-written file is left


async def test_a_kill_before_the_first_answer_and_a_resume_of_a_finished_run(tmp_path: Path) -> None:
    write(tmp_path, 6)
    asked = asyncio.Event()

    async def script(_: dict[str, Any], __: int) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with serving(Server(script)) as server:
        process = await command(tmp_path, server.url)
        await asyncio.wait_for(asked.wait(), 60)
        process.kill()
        await process.communicate()
        server.script = None
        server.asked.clear()
        first = await finished(await command(tmp_path, server.url, "--resume"))
        assert server.asked.total() == 12
        again = await finished(await command(tmp_path, server.url, "--resume", first["run"]))
        assert server.asked.total() == 12
    assert timeless(first) == timeless(again)
    assert len(list(tmp_path.glob(".wardgate/evals/runs/*"))) == 1
