"""The template and what is forked from it, as real processes: how they end, and what the supervisor hears of it."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.config.settings import Settings
from gateway.supervisor.forks import Forked, Forks, WorkerLost
from gateway.supervisor.shared_table import shared_memory

SETTINGS = Settings().model_dump_json().encode()


@pytest.fixture
async def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forks]:
    monkeypatch.chdir(tmp_path)
    rates = shared_memory(1)
    one = Forks.start([], rates)
    yield one
    await one.close()
    os.close(rates)


def pickled(folder: Path) -> bytes:
    (folder / "policy.yaml").write_text("policy: test\nrules: [{id: a, guard: pattern, words: [heron], action: block}]\n")
    return pickle.dumps(load_policies(folder / "policy.yaml"))


async def _forked(forks: Forks) -> tuple[Forked, socket.socket]:
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            return await forks.fork(theirs), ours
    except BaseException:
        ours.close()
        raise


async def test_a_worker_is_forked_and_its_exit_code_is_heard(forks: Forks, tmp_path: Path) -> None:
    await forks.prepare(SETTINGS, pickled(tmp_path))
    one, pipe = await _forked(forks)
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.05)
    pipe.close()
    assert await asyncio.to_thread(one.wait, 30.0) == 1, "a worker whose supervisor is gone ends"
    killed, pipe = await _forked(forks)
    with pipe:
        killed.kill()
        assert await asyncio.to_thread(killed.wait, 30.0) == -signal.SIGKILL
        killed.send_signal(signal.SIGSTOP)
        assert killed.wait(0.0) == -signal.SIGKILL, "its id may be another's by now, and is left alone"


async def test_workers_outlive_their_template(forks: Forks, tmp_path: Path) -> None:
    await forks.prepare(SETTINGS, pickled(tmp_path))
    one, pipe = await _forked(forks)
    await forks.close()
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.2)
    pipe.close()
    assert await asyncio.to_thread(one.wait, 30.0) == 1


async def test_a_set_that_cannot_be_compiled_is_told_and_no_end(forks: Forks, tmp_path: Path) -> None:
    with pytest.raises(WorkerLost, match="UnpicklingError"):
        await forks.prepare(SETTINGS, b"not a policy set")
    await forks.prepare(b"", pickled(tmp_path))
    assert forks.look()


async def test_a_template_that_has_ended_is_noticed(forks: Forks, tmp_path: Path) -> None:
    await forks.prepare(SETTINGS, pickled(tmp_path))
    forks.kill()
    with pytest.raises(WorkerLost, match="has ended"):
        await _forked(forks)
    assert not forks.look()


async def test_a_template_that_hangs_is_ended(
    forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await forks.prepare(SETTINGS, pickled(tmp_path))
    monkeypatch.setattr("gateway.supervisor.forks.FORK_WITHIN", 0.2)
    forks._process.send_signal(signal.SIGSTOP)
    with pytest.raises(WorkerLost, match="did not answer"):
        await _forked(forks)
    assert not forks.look()
