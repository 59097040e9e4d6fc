"""Changing the policies of several workers: what happens when one of them dies, hangs or joins at the wrong moment.

The workers are real processes; what no outside could time (a death between two messages) is put between them here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.config.settings import AuditSettings, KeySettings, Settings
from gateway.core.policy import PolicySet
from gateway.errors import ConfigError, PolicyError
from gateway.supervisor import crew as module
from gateway.supervisor.crew import Crew
from gateway.supervisor.member import Member
from gateway.supervisor.sockets import bind_shared
from gateway.telemetry.metrics import Metrics
from tests.chaos.house import until

Start = Callable[..., Awaitable[Crew]]


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.chdir(tmp_path)
    made: list[Crew] = []

    async def begin(**how: object) -> Crew:
        settings = Settings(keys=(KeySettings(name="app", key="k"),), audit=AuditSettings(sink="none"), **how)  # type: ignore[arg-type]
        crew = Crew(settings, bind_shared("127.0.0.1:0", "data", 2), None, Metrics())
        made.append(crew)
        await crew.start(policies(tmp_path, "[0]"))
        return crew

    yield begin
    for each in made:
        await each.close()


def policies(folder: Path, said: str) -> PolicySet:
    (folder / "policy.yaml").write_text(
        f'policy: test\nrules: [{{id: a, guard: pattern, words: [heron], action: {{replace: "{said}"}}}}]\n'
    )
    return load_policies(folder / "policy.yaml")


def revisions(crew: Crew) -> list[str]:
    return [each["revision"] for each in crew.status()]


def serving(crew: Crew) -> bool:
    return [each["state"] for each in crew.status()] == ["serving", "serving"]


async def test_a_change_reaches_all(start: Start, tmp_path: Path) -> None:
    crew = await start()
    second = policies(tmp_path, "[1]")
    await crew.change(second)
    assert revisions(crew) == [second.revision] * 2


async def test_a_worker_that_dies_between_prepare_and_activate_comes_back_with_the_new_set(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = await start()
    victim = crew.status()[0]["pid"]
    real = module._activate

    async def killing(member: Member, revision: str) -> None:
        if member.pid == victim:
            member.kill()
            await member.ended.wait()
        await real(member, revision)

    monkeypatch.setattr(module, "_activate", killing)
    second = policies(tmp_path, "[1]")
    await crew.change(second)
    assert revisions(crew)[1] == second.revision, "the other does not wait"
    await until(lambda: serving(crew) and crew.status()[0]["pid"] != victim, 15)
    assert revisions(crew) == [second.revision] * 2


async def test_a_worker_that_does_not_activate_is_ended(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would judge by a set that the others have left."""
    crew = await start()
    victim = crew.status()[0]["pid"]
    real = module._activate
    monkeypatch.setattr(module, "ACTIVATE_WITHIN", 0.2)

    async def stopping(member: Member, revision: str) -> None:
        if member.pid == victim:
            member.process.send_signal(signal.SIGSTOP)
        await real(member, revision)

    monkeypatch.setattr(module, "_activate", stopping)
    second = policies(tmp_path, "[1]")
    await crew.change(second)
    monkeypatch.setattr(module, "ACTIVATE_WITHIN", 5.0)
    await until(lambda: serving(crew) and crew.status()[0]["pid"] != victim, 15)
    assert revisions(crew) == [second.revision] * 2


async def test_a_worker_that_refuses_leaves_all_as_they_were(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = await start()
    first = revisions(crew)
    real = module._prepare
    pids = [each["pid"] for each in crew.status()]

    async def spoiling(member: Member, pickled: bytes) -> None:
        await real(member, pickled if member.pid == pids[0] else b"not a policy set")

    monkeypatch.setattr(module, "_prepare", spoiling)
    with pytest.raises(PolicyError) as caught:
        await crew.change(policies(tmp_path, "[1]"))
    assert f"1 of the workers could not prepare it; the one with pid {pids[1]}: UnpicklingError" in str(caught.value)
    assert revisions(crew) == first
    monkeypatch.setattr(module, "_prepare", real)
    third = policies(tmp_path, "[2]")
    await crew.change(third)
    assert revisions(crew) == [third.revision] * 2
    assert [each["pid"] for each in crew.status()] == pids


async def test_a_worker_that_joins_while_the_set_changes_has_the_new_one(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change comes after the new worker has prepared the old set and before it is let in."""
    crew = await start()
    real, changed = module._prepare, asyncio.Event()
    second = policies(tmp_path, "[1]")
    pid = crew.status()[0]["pid"]

    async def prepare(member: Member, pickled: bytes) -> None:
        await real(member, pickled)
        if not member.serving and not changed.is_set():
            changed.set()
            await crew.change(second)

    monkeypatch.setattr(module, "_prepare", prepare)
    next(iter(crew.members)).kill()
    await until(lambda: serving(crew) and crew.status()[0]["pid"] != pid, 15)
    assert changed.is_set()
    assert revisions(crew) == [second.revision] * 2
    assert crew.status()[0]["restarts"] == 1, "it joined at its first try"


async def test_a_worker_that_says_nothing_is_ended_and_replaced(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = await start()
    victim = next(iter(crew.members))
    monkeypatch.setattr(module, "STUCK_AFTER", 1.5)
    victim.process.send_signal(signal.SIGSTOP)
    await until(lambda: serving(crew) and crew.status()[0]["pid"] != victim.pid, 15)
    assert crew.metrics.worker_restarts.values[()] == 1


async def test_a_worker_of_another_version_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade of the files beneath a running gateway."""
    monkeypatch.setattr(module, "__version__", "0.0.0")
    with pytest.raises(ConfigError, match=r"is installed, 0\.0\.0 is running"):
        await start()


async def test_a_worker_that_cannot_start_says_why(start: Start, tmp_path: Path) -> None:
    from gateway.config.settings import UpstreamSettings

    upstream = UpstreamSettings(name="tls", base_url="https://localhost/v1", ca_file=str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match=r"upstreams\.tls\.ca_file: the CA file cannot be read"):
        await start(upstreams=(upstream,))


async def test_no_change_is_made_by_a_crew_that_leaves(start: Start, tmp_path: Path) -> None:
    crew = await start()
    await crew.close()
    with pytest.raises(PolicyError, match="stopping"):
        await crew.change(policies(tmp_path, "[1]"))
    assert crew.unready() == ("workers_down",)
