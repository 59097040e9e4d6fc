"""Policies change atomically over all workers: each stream is judged by one revision, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from gateway.audit import chain
from tests.chaos.process import ADMIN_KEY
from tests.chaos.upstream import ChaosUpstream
from tests.processes.crew import SECRET, CrewProcess, OpenStreams, Stream, kill, open_streams, rules


@pytest.mark.parametrize(("reloads", "streams"), [(20, 40), pytest.param(200, 200, marks=pytest.mark.chaos)])
async def test_reloads_during_open_streams(
    crew: CrewProcess, upstream: ChaosUpstream, reloads: int, streams: int
) -> None:
    await crew.begin(upstream, rules=rules("[0]"), grace=30)
    said = {(await crew.status())["revision"]: "[0]"}
    model = OpenStreams(upstream)
    opened: list[Stream] = []
    slowest = 0.0
    for number in range(1, reloads + 1):
        opened += await open_streams(crew, streams * number // reloads - len(opened))
        await model.say()
        started = time.monotonic()
        said[revision := await crew.reload(f"[{number}]")] = f"[{number}]"
        await crew.until(lambda revision=revision: _all_at(crew, revision), 1.0)
        slowest = max(slowest, time.monotonic() - started)
    busy = [each["active_requests"] for each in await crew.fresh_workers()]
    assert sum(busy) == streams
    assert all(busy), "both workers must have been tried"
    await model.finish()
    answers = await asyncio.gather(*(each.rest(60) for each in opened))
    for answer in answers:
        assert answer is not None, "a stream broke"
        assert answer.events[-1] == "[DONE]"
        word = said[answer.headers["x-wardgate-policy"].removeprefix("test@")]
        assert SECRET not in answer.text
        assert answer.text.startswith("begun. ")
        assert answer.text.endswith("the end.")
        assert answer.text.count("[") == answer.text.count(word) > 0, "a stream was judged by two revisions"
    metrics = await crew.metrics()
    assert metrics["wardgate_requests_total|outcome=completed|route=chat"] == streams
    assert metrics["wardgate_policy_reload_total|result=activated"] == reloads + 1
    assert "wardgate_policy_reload_total|result=refused" not in metrics
    crew.signal(signal.SIGTERM)
    assert await crew.exit_code() == 0
    _begins_and_ends_agree(crew, answers)
    print(f"{reloads} reloads, {streams} streams: 0 failed; the slowest reload took {slowest:.3f} s in both workers")


async def _all_at(crew: CrewProcess, revision: str) -> bool:
    return [each["revision"] for each in await crew.workers()] == [revision, revision]


def _begins_and_ends_agree(crew: CrewProcess, answers: list[object]) -> None:
    assert chain.verify(crew.audit).broken == 0
    records = crew.records()
    begins = {each["decision_id"]: each for each in records if each["kind"] == "begin"}
    ends = {each["decision_id"]: each for each in records if each["kind"] == "end"}
    assert len(begins) == len(answers)
    assert set(begins) == set(ends)
    for answer in answers:
        headers = answer.headers  # type: ignore[attr-defined]
        one = headers["x-request-id"]
        assert headers["x-wardgate-policy"] == f"test@{begins[one]['revision']}" == f"test@{ends[one]['revision']}"


async def test_a_broken_policy_leaves_every_worker_with_the_last_good_one(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream, rules=rules("[0]"))
    first = (await crew.status())["revision"]
    crew.write_policy("policy: test\nrules: [{id: x, guard: pattern, patterns: ['(?=a)']}]\n")
    status, body = await crew.get(f"{crew.admin}/admin/policies/reload", ADMIN_KEY, "POST")
    assert (status, body["ok"]) == (409, False)
    assert "test.yaml" in body["errors"][0]
    assert await _all_at(crew, first)
    answers = await asyncio.gather(*(crew.ask() for _ in range(10)))
    assert {each.headers["x-wardgate-policy"] for each in answers} == {f"test@{first}"}
    assert (await crew.metrics())["wardgate_policy_reload_failing"] == 1.0


async def test_when_one_worker_cannot_prepare_nobody_activates(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    """A stopped worker cannot answer, so the change waits for it; then it dies."""
    await crew.begin(upstream, rules=rules("[0]"))
    first = (await crew.status())["revision"]
    victim, other = await crew.pids()
    kill(victim, signal.SIGSTOP)
    crew.write_policy(f"policy: test\nrules: {rules('[1]')}\n")
    reload = asyncio.create_task(crew.get(f"{crew.admin}/admin/policies/reload", ADMIN_KEY, "POST"))
    await asyncio.sleep(0.3)  # the other has long prepared by now; nothing shows that from outside
    assert not reload.done()
    assert await _all_at(crew, first)
    kill(victim)
    status, body = await reload
    assert (status, body["result"], body["revision"]) == (409, "refused", first)
    assert f"pid {victim}: it has ended" in body["errors"][0]
    await crew.until(crew.all_serve, 10)
    assert await _all_at(crew, first)
    assert other in await crew.pids()
    second = await crew.reload("[1]")
    assert second != first
    assert await _all_at(crew, second)
