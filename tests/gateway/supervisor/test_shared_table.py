"""One bucket per key over several processes: exact, whoever dies in the middle, and never waited for."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import RateLimited
from gateway.proxy.auth import Caller
from gateway.proxy.limits import Rates
from gateway.supervisor.shared_table import SharedTable, shared_memory

ROOT = Path(__file__).parents[3]
NAMES = ("app", "web")

TAKER = """
import sys
from gateway.errors import RateLimited
from gateway.proxy.auth import Caller
from gateway.proxy.limits import Rates
from gateway.supervisor.shared_table import SharedTable
rates, served = Rates(SharedTable(int(sys.argv[1]), ("app", "web"))), 0
for _ in range(5000):
    try:
        rates.take(Caller("app", rpm=3000), 1000.0)
        served += 1
    except RateLimited:
        pass
print(served)
"""


HOLDER = """
import fcntl, sys, time
fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def memory() -> Iterator[int]:
    handle = shared_memory(len(NAMES))
    yield handle
    os.close(handle)


def take(rates: Rates, caller: Caller, now: float) -> bool:
    try:
        rates.take(caller, now)
    except RateLimited:
        return False
    return True


def test_two_tables_on_one_memory_are_one_bucket(memory: int) -> None:
    one, other = Rates(SharedTable(memory, NAMES)), Rates(SharedTable(memory, NAMES))
    caller = Caller("app", rpm=10)
    assert [take(one if number % 2 else other, caller, 50.0) for number in range(12)] == [True] * 10 + [False] * 2
    assert take(one, Caller("web", rpm=10), 50.0), "another key's bucket is its own"
    assert take(other, caller, 56.0), "a token came back after a tenth of a minute"
    assert not take(one, caller, 56.0)


def test_processes_that_take_at_once_take_what_there_is(memory: int) -> None:
    """3000 tokens, four processes that ask 5000 times each without a pause."""
    takers = [
        subprocess.Popen([sys.executable, "-c", TAKER, str(memory)], cwd=ROOT, pass_fds=(memory,),
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    served = [int(each.communicate(timeout=60)[0]) for each in takers]
    assert sum(served) == 3000, served


def test_a_lock_that_is_never_freed_is_not_waited_for_long(memory: int) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(memory)],
        pass_fds=(memory,), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError):
            fcntl.lockf(memory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        rates, start = Rates(SharedTable(memory, NAMES)), time.monotonic()
        assert [take(rates, Caller("app", rpm=3), 9.0) for _ in range(4)] == [True] * 3 + [False]
        assert time.monotonic() - start < 1.0
    finally:
        holder.kill()
        holder.communicate()
