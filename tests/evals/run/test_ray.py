"""A real Ray on this machine: its shards ask what one process asks, and come to the same bytes (`make test-ray`).

Each run is a process of its own: Ray ends the process that it lives in when its cluster goes.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.store.runs import Store
from tests.evals.cli.test_commands import started
from tests.evals.make import QA, write
from tests.evals.run.test_shards import bytes_of
from tests.evals.server import Server, serving

pytestmark = pytest.mark.ray
N = 250


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    write(tmp_path, N, QA.replace("metrics: [f1", "baselines: {}\nmetrics: [f1"))
    async with serving(Server()) as found:
        yield found


def command(server: Server, store: str, *extra: str) -> list[str]:
    return ["run", "small-qa", "--suites-dir", ".", "--target", f"direct={server.url}", "--target", f"gateway={server.url}",
            "--store", store, "--json", *extra]


async def test_four_shards_on_ray_are_one_shard_byte_for_byte(server: Server, tmp_path: Path) -> None:
    code, _, errors = await started(tmp_path, *command(server, "alone"))
    assert code == 0, errors
    alone = server.asked.copy()
    server.asked.clear()
    code, _, errors = await started(tmp_path, *command(server, "ray", "--engine", "ray", "--shards", "4"))
    assert code == 0, errors
    assert server.asked == alone
    assert server.keys == {"Bearer sesame"}
    one, four = (Store(tmp_path / name).find("latest") for name in ("alone", "ray"))
    assert bytes_of(four) == bytes_of(one)
    assert len(four.journal.read_bytes().splitlines()) == 3 * N + 1  # both targets, a baseline, and its head


@pytest.mark.parametrize(("answered", "shards", "least"), [(220, "2", 100), (95, "1", 90), (0, "40", 0)],
                         ids=["anywhere", "five before a batch ends", "shards too small to notice alone"])
async def test_a_target_that_goes_away_stops_ray_too_and_the_run_goes_on_where_it_was(
    server: Server, tmp_path: Path, answered: int, shards: str, least: int
) -> None:
    served = 0

    async def script(_: dict[str, Any], __: int) -> web.Response | None:
        nonlocal served
        served += 1
        return None if served <= answered else web.json_response({}, status=503)

    server.script = script
    extra = ("--engine", "ray", "--shards", shards, "--attempts", "1")
    code, _, errors = await started(tmp_path, *command(server, "ray", *extra))
    assert (code, "stopped answering (server_error)" in errors) == (1, True), errors
    run = Store(tmp_path / "ray").find("latest")
    lines = run.journal.read_bytes().splitlines()
    kept = sum(b'"answered"' in line for line in lines)
    assert kept >= least
    assert not any(b'"server_error"' in line for line in lines)
    server.script = None
    before = server.asked.total()
    code, _, errors = await started(tmp_path, *command(server, "ray", "--engine", "ray", "--shards", "3", "--resume"))
    assert code == 0, errors
    assert server.asked.total() - before == 2 * N - kept
    report = json.loads((run.path / "report.json").read_bytes())
    assert report["complete"]
