"""Feedback over several workers: whoever takes the complaint, it becomes a record of the one chain and a line of one suite."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3

from gateway.audit import chain, reviews
from tests.chaos.house import request
from tests.chaos.upstream import ChaosUpstream
from tests.processes.crew import CrewProcess

COMPLAINTS = 12
MORE = "checks: {rpm: 15}\nfeedback: {suite: suite}\n"


async def test_complaints_of_both_workers_are_in_one_chain_and_one_suite(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream, more=MORE)
    clients = [await crew.client() for _ in range(COMPLAINTS)]

    async def complain(number: int) -> str:
        client = clients[number]
        client.send(request({"input": f"text {number}"}, path="/v1/checks"))
        decision = str((await client.answer(10)).json["id"])
        client.send(request({"decision_id": decision, "verdict": "too_lax", "text": f"text {number}"}, path="/v1/feedback"))
        answer = await client.answer(10)
        assert (answer.status, answer.json["kept"]) == (200, ["text"])
        return decision

    decisions = await asyncio.gather(*map(complain, range(COMPLAINTS)))
    assert all(each["connections"] for each in await crew.fresh_workers()), "both workers must have been tried"
    database = sqlite3.connect(f"file:{crew.audit}?mode=ro", uri=True)
    queued = list(reviews.queue(database))  # each was answered only once it was written
    database.close()
    assert sorted(each["decision_id"] for each in queued) == sorted(decisions)
    assert {each["decision"]["route"] for each in queued} == {"checks"}
    lines = [json.loads(line) for line in (crew.folder / "suite" / "feedback.jsonl").read_text().splitlines()]
    assert sorted(line["text"] for line in lines) == sorted(f"text {number}" for number in range(COMPLAINTS))
    assert [each["active_requests"] for each in await crew.fresh_workers()] == [0, 0]
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    assert chain.verify(crew.audit).broken == 0


async def test_the_limit_of_checks_holds_over_all_workers(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream, more=MORE)
    statuses = []
    for _ in range(16):
        client = await crew.client()
        client.send(request({"input": "x"}, path="/v1/checks"))
        statuses.append((await client.answer(10)).status)
    assert all(each["connections"] for each in await crew.fresh_workers()), "both workers must have been tried"
    assert statuses[:15] == [200] * 15
    assert statuses[15] == 429  # a token comes back every four seconds: the rest may be either
