"""A killed worker is replaced within two seconds, with the shipped policies and under load: it is forked, not started."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import pytest

from gateway.supervisor.slot import STABLE_AFTER
from tests.chaos.process import ADMIN_KEY, ROOT
from tests.chaos.upstream import ChaosUpstream, friendly
from tests.processes.crew import CrewProcess, kill, rules

RESTART_WITHIN = 2.0


@pytest.mark.chaos
async def test_a_killed_worker_is_replaced_within_two_seconds_under_load(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    """With the shipped policies; each victim has served for so long that its end is the first in a row."""
    upstream.script = friendly
    await crew.begin(upstream, policies=ROOT / "policies")
    _, body = await crew.get(f"{crew.admin}/admin/policies", ADMIN_KEY)
    assert [each["name"] for each in body["policies"]] == ["default", "handbook"]
    stop, served = asyncio.Event(), [0]
    callers = [asyncio.create_task(_load(crew, stop, served)) for _ in range(8)]
    took = []
    for number in range(12):
        before = served[0]
        await crew.until(lambda number=number: _is_stable(crew, number % 2), 20)
        took.append(await _killed_and_replaced(crew, number % 2))
        assert served[0] > before
    stop.set()
    await asyncio.gather(*callers)
    print(f"replaced after {' '.join(f'{each:.2f}' for each in took)} s; {served[0]} requests served meanwhile")
    assert max(took) <= RESTART_WITHIN
    assert '"worker_not_forked"' not in crew.log.read_text()


async def _load(crew: CrewProcess, stop: asyncio.Event, served: list[int]) -> None:
    """One caller who asks again and again, on a new connection each time."""
    while not stop.is_set():
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):  # cut by a kill
            answer = await crew.ask(stream=True)
            assert answer.status == 200
            served[0] += 1


async def _is_stable(crew: CrewProcess, place: int) -> bool:
    return bool((await crew.workers())[place]["uptime"] > STABLE_AFTER)


async def _killed_and_replaced(crew: CrewProcess, place: int) -> float:
    """Seconds from a worker's kill until another serves in its place, as the admin port says."""
    pid = (await crew.pids())[place]
    begun = time.monotonic()
    kill(pid)

    async def replaced() -> bool:
        return pid not in await crew.pids() and await crew.all_serve()

    await crew.until(replaced, 60)  # a new interpreter on a busy machine takes long; a fork does not
    return time.monotonic() - begun


async def test_workers_are_the_supervisors_children_and_forked_from_a_template(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    """So it learns how they end, and they die with it; the template is no parent of theirs."""
    await crew.begin(upstream)
    await _killed_and_replaced(crew, 0)
    supervisor, template = crew.process.pid, _template(crew)
    for pid in await crew.pids():
        assert _parent(pid) == supervisor
        assert _command(pid) == _command(template), "a fork has the command line of what it was forked from"
    assert _parent(template) == supervisor
    assert '"count": -9' in crew.log.read_text(), "it was told that the worker was killed"


async def test_without_a_template_workers_are_started_and_another_template_comes(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream)
    first = _template(crew)
    kill(first)
    await _killed_and_replaced(crew, 0)
    assert "gateway.supervisor.worker" in _command((await crew.pids())[0])
    assert (await crew.ask()).status == 200
    await crew.until(lambda: _has_another_template(crew, first), 60)


async def test_a_template_that_hangs_is_not_waited_for(crew: CrewProcess, upstream: ChaosUpstream) -> None:
    await crew.begin(upstream)
    kill(_template(crew), signal.SIGSTOP)
    await _killed_and_replaced(crew, 0)
    assert '"worker_not_forked"' in crew.log.read_text()
    assert (await crew.ask()).status == 200


async def test_a_forked_worker_knows_the_policies_of_the_last_change(
    crew: CrewProcess, upstream: ChaosUpstream
) -> None:
    await crew.begin(upstream, rules=rules("[0]"))
    second = await crew.reload("[1]")
    await _killed_and_replaced(crew, 0)
    assert [each["revision"] for each in await crew.workers()] == [second, second]


def _children(pid: int) -> list[int]:
    found = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [each for each in found if _parent(each) == pid]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _template(crew: CrewProcess) -> int:
    """The child of the supervisor that is no worker: the first with the template's name."""
    names = {each: Path(f"/proc/{each}/comm").read_text().strip() for each in _children(crew.process.pid)}
    return next(pid for pid, name in names.items() if name == "wardgate-templ")


async def _has_another_template(crew: CrewProcess, than: int) -> bool:
    try:
        return _template(crew) != than
    except StopIteration:
        return False
