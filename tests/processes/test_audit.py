"""One file, one chain, whoever served: under load, with the disk gone, and when the supervisor stops listening."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
from collections import Counter

import pytest

from gateway.audit import chain
from tests.chaos.house import chat, request
from tests.chaos.upstream import ChaosUpstream
from tests.processes.crew import CrewProcess, kill

CALLERS, ASKED = 8, 25


async def _load(crew: CrewProcess) -> list[str]:
    """Decision ids of ``CALLERS * ASKED`` requests over ``CALLERS`` connections."""

    async def caller() -> list[str]:
        client = await crew.client()
        ids = []
        for number in range(ASKED):
            client.send(request(chat("hi", stream=bool(number % 2))))
            answer = await client.answer(10)
            assert answer.status == 200
            ids.append(answer.headers["x-request-id"])
        return ids

    return [one for ids in await asyncio.gather(*(caller() for _ in range(CALLERS))) for one in ids]


async def test_the_chain_holds_the_records_of_both_workers(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    for audit in ("best_effort", "required"):
        crew.audit = crew.folder / f"{audit}.db"
        await crew.begin(upstream, audit=audit)
        ids = await _load(crew)
        served = [each["connections"] for each in await crew.fresh_workers()]
        assert all(served), "both workers must have been tried"
        crew.signal(signal.SIGTERM)
        assert await crew.exit_code() == 0
        verified = chain.verify(crew.audit)
        assert (verified.broken, verified.records) == (0, 2 * len(ids))
        kinds = Counter((each["decision_id"], each["kind"]) for each in crew.records())
        assert kinds == Counter((one, kind) for one in ids for kind in ("begin", "end"))
        crew.close()


async def test_required_waits_for_the_disk_before_the_model_is_asked(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    """The supervisor stopped: no record can be written, so nothing is asked and nothing is answered."""
    await crew.begin(upstream, audit="required")
    assert (await crew.ask()).status == 200
    asked = len(upstream.requests)
    crew.signal(signal.SIGSTOP)
    client = await crew.client()
    client.send(request(chat("hi")))
    await asyncio.sleep(0.5)
    assert len(upstream.requests) == asked
    crew.signal(signal.SIGCONT)
    answer = await client.answer(10)
    assert answer.status == 200
    assert len(upstream.requests) == asked + 1


async def test_best_effort_serves_on_and_the_begin_record_outlives_the_worker(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    """Supervisor stopped, request served, worker killed: the record lay in the pipe, and is read from there."""
    await crew.begin(upstream)
    pids = await crew.pids()
    crew.signal(signal.SIGSTOP)
    answer = await crew.ask()
    assert answer.status == 200
    await asyncio.sleep(0.1)  # the end record rides at most 20 ms
    for pid in pids:
        kill(pid)
    crew.signal(signal.SIGCONT)
    await crew.until(crew.all_serve, 15)
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    kinds = [(each["decision_id"], each["kind"]) for each in crew.records()]
    one = answer.headers["x-request-id"]
    assert kinds == [(one, "begin"), (one, "end")]
    assert chain.verify(crew.audit).broken == 0


async def test_required_refuses_while_the_file_cannot_be_written(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream, audit="required")
    assert (await crew.ask()).status == 200
    with contextlib.closing(sqlite3.connect(crew.audit, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await crew.until(lambda: _answers(crew, 503), 10)
        asked = len(upstream.requests)
        answers = [await crew.ask() for _ in range(10)]
        assert {(each.status, each.json["error"]["code"]) for each in answers} == {(503, "audit_unavailable")}
        assert len(upstream.requests) == asked, "nothing reaches the model"
        assert await crew.ready() == (503, ["audit_down"])
        other.execute("ROLLBACK")
    await crew.until(lambda: _answers(crew, 200), 10)
    assert await crew.ready() == (200, [])
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    assert chain.verify(crew.audit).broken == 0


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_file_that_cannot_be_opened_is_no_readiness_from_the_start(
    crew: CrewProcess, upstream: ChaosUpstream, workers: int
) -> None:
    crew.audit.mkdir()
    await crew.begin(upstream, audit="required", workers=workers)
    assert await crew.ready() == (503, ["audit_down"])
    assert (await crew.ask()).status == 503
    assert not upstream.requests
    assert "audit_not_written" in crew.log.read_text()
    crew.audit.rmdir()
    await crew.until(lambda: _answers(crew, 200), 10)
    assert await crew.ready() == (200, [])


async def _answers(crew: CrewProcess, status: int) -> bool:
    return (await crew.ask()).status == status
