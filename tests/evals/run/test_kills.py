"""`kill -9` at fifty random points of a run, each resumed: the harness's promise at full size (`make test-evals`)."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.evals.make import rows, write
from tests.evals.run.test_kill import command, journaled, timeless, undisturbed
from tests.evals.server import Server, serving

pytestmark = pytest.mark.evals
KILLS, N, AT_ONCE = 50, 60, 4
SEED = 20251125


def texts(where: Path) -> list[bytes]:
    """The report as written, without the run's name and what clocks say."""
    (run,) = where.glob(".wardgate/evals/runs/*")
    report = timeless(json.loads((run / "report.json").read_bytes()))
    return [json.dumps(report, sort_keys=True).encode(), (run / "parts.jsonl").read_bytes()]


async def killed_at(where: Path, server: Server, moment: float, *extra: str) -> bool:
    """Starts a run and kills it when the server has had ``moment`` of what it will be asked; whether it still ran.

    Below zero: so many seconds after its start, most often before it asks anything. Above one: in the scoring.
    """
    reached, wanted = asyncio.Event(), int(moment * 2 * N)
    already = server.asked.total()

    async def script(_: dict[str, Any], __: int) -> None:
        if server.asked.total() - already > wanted:
            reached.set()
        await asyncio.sleep(0.002)

    server.script = script
    process = await command(where, server.url, *extra)
    ended = asyncio.create_task(process.wait())
    if moment < 0:
        await asyncio.sleep(-moment)
    else:
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        waiting.cancel()
        await asyncio.sleep(0.01 * random.Random(moment).random())
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.communicate()
    await ended
    server.script = None
    return process.returncode == -signal.SIGKILL


async def test_fifty_kills_lose_nothing_and_repeat_no_journaled_call(tmp_path: Path) -> None:
    chance, killed, repeated = random.Random(SEED), 0, 0
    whole = tmp_path / "whole"
    whole.mkdir()
    write(whole, N)
    async with serving(Server()) as server:
        await undisturbed(whole, server.url)
        expected = texts(whole)
        for number in range(KILLS):
            where = tmp_path / f"killed-{number}"
            where.mkdir()
            write(where, N)
            server.asked.clear()
            moment = chance.uniform(-0.6, 0.0) if number % 10 == 0 else chance.uniform(0.0, 1.0)
            if not await killed_at(where, server, moment):
                continue  # it had ended by itself: nothing is left to resume, and `--resume` would begin a new run
            killed += 1
            runs = list(where.glob(".wardgate/evals/runs/*/journal.jsonl"))
            known = {entry["key"] for entry in journaled(where)} if runs else set()
            first = server.asked.total()
            await undisturbed(where, server.url, "--resume")
            entries = journaled(where)
            assert len(entries) == len({entry["key"] for entry in entries}) == 2 * N, number  # none lost, none twice
            assert {(entry["sample"], entry["target"]) for entry in entries} == {
                (row["id"], target) for row in rows(N) for target in ("direct", "gateway")}
            assert server.asked.total() - first == 2 * N - len(known), number  # what was journaled was not asked again
            assert server.asked.total() - 2 * N <= AT_ONCE, number  # and of the rest only what was in flight
            repeated += server.asked.total() - 2 * N
            assert texts(where) == expected, number
    print(f"{killed} of {KILLS} runs of {2 * N} calls were killed in time: 0 samples lost, {repeated} calls in flight asked again")
    assert killed >= 0.8 * KILLS  # the others had ended before their moment came
