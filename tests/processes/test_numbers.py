"""What the ops and admin ports say of several workers: one gateway's numbers, which never go backwards."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.chaos.house import chat, request
from tests.chaos.upstream import ChaosUpstream
from tests.processes.crew import CrewProcess, OpenStreams, kill, open_streams

SERVED = "wardgate_requests_total|outcome=completed|route=chat"


async def test_counters_sum_and_survive_a_restart(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    await asyncio.gather(*(crew.ask() for _ in range(40)))
    before = await crew.metrics()
    assert before[SERVED] == 40
    assert before["gen_ai_client_operation_duration_seconds_count"] == 40
    assert before["gen_ai_client_token_usage_total|type=output"] == 200
    for number in (0, 1):
        pid = (await crew.pids())[number]
        kill(pid)
        await crew.until(lambda pid=pid: _replaced(crew, pid), 15)
        during = await crew.metrics()
        assert during[SERVED] == 40
        assert not [name for name, value in before.items() if _is_counter(name) and during[name] < value]
    await asyncio.gather(*(crew.ask() for _ in range(10)))
    after = await crew.metrics()
    assert after[SERVED] == 50
    assert after["wardgate_worker_restarts_total"] == 2


def _is_counter(name: str) -> bool:
    own = name.startswith(("process_", "python_"))  # of the supervisor's own process, the same throughout
    return not own and name.partition("|")[0].endswith(("_total", "_count", "_bucket", "_sum"))


async def _replaced(crew: CrewProcess, pid: int) -> bool:
    return pid not in await crew.pids() and await crew.all_serve()


async def test_gauges_sum_over_the_workers_that_serve(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    OpenStreams(upstream)
    await open_streams(crew, 20)
    await crew.until(lambda: _active(crew, 20), 3)  # a gauge is set four times a second
    metrics = await crew.metrics()
    assert metrics["wardgate_upstream_connections|upstream=chaos"] == 20
    assert metrics["wardgate_workers"] == 2
    victim, other = await crew.fresh_workers()
    kill(victim["pid"])
    await crew.until(lambda: _active(crew, other["active_requests"]), 3)


async def _active(crew: CrewProcess, count: int) -> bool:
    return (await crew.metrics())["wardgate_active_requests"] == count


async def test_status_lists_each_worker(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    status = await crew.status()
    first, second = status["workers"]
    assert [each["worker"] for each in status["workers"]] == [1, 2]
    assert first["pid"] != second["pid"] != crew.process.pid
    assert first["revision"] == second["revision"] == status["revision"]
    uptime = first["uptime"]
    await crew.until(lambda: _older(crew, uptime), 2)


async def _older(crew: CrewProcess, than: float) -> bool:
    return float((await crew.workers())[0]["uptime"]) > than


async def test_one_worker_is_this_process_and_says_the_same(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream, workers=1)
    status = await crew.status()
    (only,) = status["workers"]
    assert (only["worker"], only["pid"], only["state"]) == (1, crew.process.pid, "serving")
    assert only["revision"] == status["revision"]
    metrics = await crew.metrics()
    assert (metrics["wardgate_workers"], metrics["wardgate_worker_restarts_total"]) == (1, 0)
    assert await crew.ready() == (200, [])


async def test_readiness_says_that_workers_are_down(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    assert await crew.ready() == (200, [])
    for pid in await crew.pids():
        kill(pid)
    await crew.until(lambda: _reasons(crew, (503, ["workers_down"])), 3)
    await crew.until(lambda: _reasons(crew, (200, [])), 10)


async def _reasons(crew: CrewProcess, expected: tuple[int, list[str]]) -> bool:
    return await crew.ready() == expected


@pytest.mark.parametrize("workers", [1, 2])
async def test_requests_per_minute_hold_over_all_workers(
    crew: CrewProcess, upstream: ChaosUpstream, workers: int
) -> None:
    keys = '[{name: app, key: "wg-test-key-0123456789", tenant: acme, rpm: 30}]'
    await crew.begin(upstream, workers=workers, keys=keys)
    started = time.monotonic()
    answers = [await crew.ask() for _ in range(45)]
    elapsed = time.monotonic() - started
    statuses = [each.status for each in answers]
    assert 30 <= statuses.count(200) <= 30 + 1 + int(elapsed / 2)
    assert set(statuses) == {200, 429}
    left = [int(each.headers["x-ratelimit-remaining-requests"]) for each in answers]
    assert left[:30] == list(range(29, -1, -1)), "each worker counts what the other has let through"
    if workers > 1:
        busy = {each["worker"] for each in await crew.workers() if each["restarts"] == 0}
        assert busy == {1, 2}
        for pid in await crew.pids():
            kill(pid)
        await crew.until(lambda: _reasons(crew, (200, [])), 10)
        await crew.until(crew.all_serve, 10)
        assert (await crew.ask()).status in (200, 429)
        assert (await crew.ask()).headers["x-ratelimit-remaining-requests"] in ("0", "1", "2", "3", "4", "5", "6", "7")


async def test_a_slow_scrape_of_a_stopped_worker_shows_what_it_last_said(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    await asyncio.gather(*(crew.ask() for _ in range(20)))
    assert (await crew.metrics())[SERVED] == 20
    victim = (await crew.pids())[0]
    kill(victim, signal.SIGSTOP)
    assert (await crew.metrics())[SERVED] == 20
    kill(victim, signal.SIGCONT)


async def test_placeholders_are_the_same_whichever_worker_serves(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    """Without a configured key the supervisor makes one for all its workers."""
    await crew.begin(upstream, rules="[{id: mail, guard: pii, on: {input: all}, action: tokenize}]")
    clients = [await crew.client() for _ in range(20)]
    for client in clients:
        client.send(request(chat("write to ines@example.com please")))
    for client in clients:
        assert (await client.answer(10)).status == 200
    sent = {body for _, body in upstream.requests}
    assert len(sent) == 1
    assert b"ines@example.com" not in sent.pop()
