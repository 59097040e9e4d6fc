"""A worker is killed: the others do not notice, its queue waits for its successor, and the audit stays whole."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from gateway.audit import chain
from tests.chaos.house import Answer, chat, request
from tests.chaos.upstream import Ask, ChaosUpstream, friendly
from tests.processes.crew import CrewProcess, OpenStreams, kill, open_streams

RESTART_WITHIN = 2.0
"""Seconds of the new worker's processor time, which neighbours on the machine do not change; what passes on the clock
is printed."""


async def test_a_kill_touches_no_stream_of_the_other_worker(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    model = OpenStreams(upstream)
    streams = await open_streams(crew, 40)
    victim, other = await crew.fresh_workers()
    assert victim["active_requests"] + other["active_requests"] == 40
    kill(victim["pid"])
    took = await crew.until(lambda: _replaced(crew, victim["pid"]), 20)
    successor, same = await crew.workers()
    busy = _processor_seconds(successor["pid"])
    await model.say()
    await model.finish()
    answers = await asyncio.gather(*(each.rest() for each in streams))
    whole = [each for each in answers if each is not None and each.events[-1] == "[DONE]"]
    assert len(whole) == other["active_requests"]
    assert len(answers) - len(whole) == victim["active_requests"] > 0
    assert busy <= RESTART_WITHIN
    print(f"restarted after {took:.2f} s, {busy:.2f} s of processor time")
    assert (same["pid"], same["restarts"]) == (other["pid"], 0)
    assert (successor["restarts"], successor["revision"]) == (1, same["revision"])
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    assert chain.verify(crew.audit).broken == 0
    kinds = [each["kind"] for each in crew.records()]
    assert kinds.count("begin") == 40, "a killed worker's begin records are kept"
    assert kinds.count("end") == other["active_requests"], "what was cut off has no end record and shows as unfinished"
    assert f'"requests": {victim["active_requests"]}' in _line(crew, "worker_ended")


async def _replaced(crew: CrewProcess, pid: int) -> bool:
    return pid not in await crew.pids() and await crew.all_serve()


def _processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _line(crew: CrewProcess, event: str) -> str:
    return next(line for line in crew.log.read_text().splitlines() if f'"{event}"' in line)


async def test_connections_in_a_dead_workers_queue_are_served_by_the_other(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    victim, _ = await crew.pids()
    kill(_template(crew), signal.SIGSTOP)  # else there is a successor before anyone can look
    kill(victim, signal.SIGSTOP)  # what connects to its socket now waits in the kernel's queue
    answers = await _asked(crew, 40)
    served = await _served_without(crew, answers)
    assert 0 < served < 40, "some must wait for the stopped worker"
    started = time.monotonic()
    kill(victim)
    assert [each.status for each in await asyncio.gather(*answers)] == [200] * 40, "no connection was reset"
    took = time.monotonic() - started
    print(f"{40 - served} queued connections served {took:.2f} s after the kill")
    assert victim in await crew.pids() or not await crew.all_serve(), "before there was a successor"
    await crew.until(lambda: _replaced(crew, victim), 20)


def _template(crew: CrewProcess) -> int:
    """The process that workers are forked from."""
    return next(each.pid for each in psutil.Process(crew.process.pid).children() if each.name() == "wardgate-templ")



async def test_when_no_worker_is_left_connections_wait_for_the_successors(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    for pid in await crew.pids():
        kill(pid, signal.SIGSTOP)
    answers = await _asked(crew, 40)
    for pid in await crew.pids():
        kill(pid)
    answers += await _asked(crew, 10)
    assert [each.status for each in await asyncio.gather(*answers)] == [200] * 50, "no connection was reset"


async def test_connections_to_a_worker_that_hangs_are_served_by_the_other(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    victim, other = await crew.pids()
    kill(victim, signal.SIGSTOP)
    assert [each.status for each in await asyncio.gather(*await _asked(crew, 40))] == [200] * 40
    kill(victim, signal.SIGCONT)
    await crew.until(crew.all_serve, 5)
    assert await crew.pids() == [victim, other]
    assert [each.status for each in await asyncio.gather(*await _asked(crew, 10))] == [200] * 10


async def _asked(crew: CrewProcess, count: int) -> list[asyncio.Task[Answer]]:
    clients = [await crew.client() for _ in range(count)]
    for client in clients:
        client.send(request(chat("hi")))
    return [asyncio.create_task(client.answer(15)) for client in clients]


async def _served_without(crew: CrewProcess, answers: list[asyncio.Task[Answer]]) -> int:
    """How many are answered while one worker is stopped: the other's all, when no more come."""
    counted = -1
    while (now := sum(each.done() for each in answers)) != counted or not now:
        counted = now
        await asyncio.sleep(0.05)  # not for long: a worker that does not stir is soon stood in for
    return counted


async def test_a_worker_that_dies_again_and_again_is_restarted_ever_later(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    _, other = await crew.pids()
    for restarts in (1, 2, 3):
        kill((await crew.pids())[0])
        await crew.until(lambda restarts=restarts: _restarted(crew, restarts), 15)
    assert (await crew.pids())[1] == other
    metrics = await crew.metrics()
    assert metrics["wardgate_worker_restarts_total"] == 3
    assert metrics["wardgate_workers"] == 2


async def _restarted(crew: CrewProcess, restarts: int) -> bool:
    first = (await crew.workers())[0]
    return first["restarts"] == restarts and first["state"] == "serving"


async def test_without_their_supervisor_workers_end_and_free_the_port(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    pids = await crew.pids()
    crew.signal(signal.SIGKILL)
    await crew.exit_code()

    async def gone() -> bool:
        return not any(_alive(pid) for pid in pids)

    async def free() -> bool:
        """A process that is being killed may look dead before the last of its threads has closed its files."""
        try:
            await crew.client()
        except ConnectionError:
            return True
        return False

    await crew.until(gone, 5)
    await crew.until(free, 5)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kills", [2, pytest.param(12, marks=pytest.mark.chaos)])
async def test_only_what_a_kill_interrupts_breaks(crew: CrewProcess, upstream: ChaosUpstream, kills: int) -> None:
    """Requests that a kill interrupts break visibly; all others are answered; the chain holds both workers' records."""
    await crew.begin(upstream)
    upstream.script = friendly
    stop = asyncio.Event()
    counts = {"served": 0, "broken": 0}

    async def caller() -> None:
        while not stop.is_set():
            try:
                counts["served"] += (await crew.ask(stream=True)).events[-1] == "[DONE]"
            except (ConnectionError, asyncio.IncompleteReadError, ValueError):  # the last: cut between two chunks
                counts["broken"] += 1

    callers = [asyncio.create_task(caller()) for _ in range(4)]
    for number in range(kills):
        before = counts["served"]
        await crew.until(lambda before=before: _more(counts, before + 50), 20)
        pid = (await crew.pids())[number % 2]
        kill(pid)
        await crew.until(lambda pid=pid: _replaced(crew, pid), 30)
    stop.set()
    await asyncio.gather(*callers)
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    assert chain.verify(crew.audit).broken == 0
    records = crew.records()
    begins = {each["decision_id"] for each in records if each["kind"] == "begin"}
    ends = {each["decision_id"] for each in records if each["kind"] == "end"}
    assert ends <= begins
    assert len(ends) >= counts["served"] - 2 * kills, "at most the end records of the last 20 ms before a kill are lost"
    assert len(begins) >= counts["served"], "every answer that left has a begin record"
    assert counts["broken"] <= 4 * kills, "no more than were open"


async def _more(counts: dict[str, int], than: int) -> bool:
    return counts["served"] > than


async def test_a_model_is_not_asked_twice_for_a_request_that_a_kill_cut(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)

    async def stall(ask: Ask) -> None:
        await ask.left.wait()

    upstream.script = stall
    client = await crew.client()
    client.send(request(chat("hi")))
    while not upstream.asks:
        await asyncio.sleep(0.01)
    busy = next(each for each in await crew.fresh_workers() if each["active_requests"])
    kill(busy["pid"])
    assert await client.at_end()
    async with asyncio.timeout(2):
        await upstream.asks[0].left.wait()
    await crew.until(crew.all_serve, 10)
    assert len(upstream.requests) == 1
