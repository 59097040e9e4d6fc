"""A real Pushgateway keeps the last good values through failed and killed runs (`make test-prometheus`)."""

from __future__ import annotations

import asyncio
import signal
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from tests.evals.cli.test_commands import running, wardgate
from tests.evals.make import write
from tests.evals.server import Server, serving

pytestmark = pytest.mark.prometheus


@pytest.fixture
async def gateway() -> AsyncIterator[str]:
    """Its address; it chooses the port and says which."""
    process = await asyncio.create_subprocess_exec(
        "prometheus-pushgateway", "--web.listen-address=127.0.0.1:0", "--log.format=logfmt",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        yield await asyncio.wait_for(address(process.pid), 20)
    finally:
        process.terminate()
        await process.wait()


async def address(pid: int) -> str:
    """Where ``pid`` listens: it logs the address as it was asked for, not the port that it got."""
    import psutil

    while True:
        listening = [each.laddr for each in psutil.Process(pid).net_connections("tcp") if each.status == "LISTEN"]
        if listening:
            return f"127.0.0.1:{listening[0].port}"
        await asyncio.sleep(0.05)


def held(url: str) -> dict[str, dict[str, float]]:
    """Values by name and suite (or collection)."""
    with urllib.request.urlopen(f"http://{url}/metrics") as answer:
        text = answer.read().decode()
    out: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("wardgate_eval"):
                out.setdefault(sample.name, {})[sample.labels.get("metric", sample.labels.get("collection", ""))] = sample.value
    return out


async def test_a_failed_a_broken_off_and_a_killed_run_leave_the_last_good_values(gateway: str, tmp_path: Path) -> None:
    write(tmp_path)
    held_back = asyncio.Event()

    async def answers_nothing(_: dict[str, Any], __: int) -> None:
        held_back.set()
        await asyncio.Event().wait()

    async def fails(_: dict[str, Any], __: int) -> web.Response:
        return web.json_response({}, status=404)

    async def end(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
        await asyncio.wait_for(held_back.wait(), 60)
        held_back.clear()
        process.send_signal(how)

    async with serving(Server()) as server:
        line = running(server, "--pushgateway", gateway)
        assert (await wardgate(tmp_path, *line))[0] == 0
        good = held(gateway)
        assert good["wardgate_eval_score"]["exact_match"] == pytest.approx(2 / 3)
        assert good["wardgate_eval_last_attempt_ok"] == {"small-qa": 1.0}
        kept = {name: value for name, value in good.items() if "attempt" not in name}

        def intact() -> bool:
            return {name: value for name, value in held(gateway).items() if "attempt" not in name} == kept

        server.script = fails
        assert (await wardgate(tmp_path, *line))[0] == 1
        assert held(gateway)["wardgate_eval_last_attempt_ok"] == {"small-qa": 0.0}
        assert intact()
        server.script = None
        assert (await wardgate(tmp_path, *line))[0] == 0
        kept = {name: value for name, value in held(gateway).items() if "attempt" not in name}
        server.script = answers_nothing
        code, _, errors = await wardgate(tmp_path, *line, during=lambda process: end(process, signal.SIGINT))
        assert (code, held(gateway)["wardgate_eval_last_attempt_ok"]) == (130, {"small-qa": 0.0}), errors
        assert intact()
        assert (await wardgate(tmp_path, *line, during=lambda process: end(process, signal.SIGKILL)))[0] == -9
        assert intact()
