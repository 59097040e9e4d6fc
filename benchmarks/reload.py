"""How long the event loop stands still while the shipped policies are edited: in a worker, and with ``workers: 1``.

Run ``python -m benchmarks.reload [--rounds 3]``. Each edit is made to a copy of the shipped policies and of the
documents that they protect. A heartbeat on the loop asks to be woken every millisecond; what it is late by is a
stall. The first line is of a loop that does nothing else: on a busy machine it is late, too. So beside it stands, in
processor time, which neighbours do not change, the longest that RE2 compiled at once: it does so with the
interpreter's lock held. A worker gets its sets as from the supervisor, which has filled the database cache; with
``workers: 1`` the same process also reads, checks and compiles them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import re2
import uvloop

from gateway.config.policy_file import load_policies
from gateway.config.settings import ModelSettings, Settings, UpstreamSettings
from gateway.core.guard import guards
from gateway.supervisor import loop as event_loop
from gateway.supervisor.compiled import Compiled
from gateway.supervisor.database_cache import DiskCache
from gateway.supervisor.policies import ActivePolicies
from gateway.supervisor.prepared import CACHE, PreparedPolicies, served_keys, served_models

ROOT = Path(__file__).parents[1]
BEAT = 0.001
BASELINE = 1.0
"""Seconds."""
EDITS = ("nothing that is looked for", "a phrase of a topic", "a protected document", "a rule of every policy")
SETTINGS = Settings(
    upstreams=(UpstreamSettings(name="x", base_url="http://127.0.0.1:9/v1"),),
    models=(ModelSettings(name="*", upstream="x"),),
)


def edit(folder: Path, which: str, number: int) -> None:
    """Make one of ``EDITS`` to the copy in ``folder``; ``number`` makes it another one each time."""
    handbook, default = folder / "policies" / "handbook.yaml", folder / "policies" / "default.yaml"
    if which == EDITS[0]:
        _replace(handbook, "It is confidential", f"It is confidential{'.' * number} still")
    elif which == EDITS[1]:
        _replace(handbook, '"best political party"', f'"best political party", "ballot number {number} of us"')
    elif which == EDITS[2]:
        document = min((folder / "model_server/company/confidential").rglob("*.md"))
        text = document.read_text()
        document.write_text(f"{text}\n\nThe warehouse at Quillon Bay {number} closes quietly next autumn.\n")
    else:
        rule = f"id: x{number}, guard: pattern, words: [Bird {number}], on: {{input: all, output: all}}, action: mask"
        _replace(default, "rules:\n", f"rules:\n  - {{{rule}}}\n")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if old not in text:
        raise SystemExit(f"{path.name} no longer holds {old!r}: adapt the edit")
    path.write_text(text.replace(old, new, 1))


class Spent(NamedTuple):
    """The longest stall and the longest step in milliseconds; seconds by the clock and of the processor."""

    stall: float
    step: float
    clock: float
    busy: float


class Step:
    """Notes, in ``longest``, how many milliseconds of processor time RE2 took for one expression at most."""

    longest = 0.0

    @classmethod
    def watch(cls) -> None:
        real = re2._Regexp.__init__

        def timed(self: object, *arguments: object) -> None:
            begun = time.thread_time()
            real(self, *arguments)
            cls.longest = max(cls.longest, (time.thread_time() - begun) * 1e3)

        re2._Regexp.__init__ = timed


class Heart:
    """Beats on the running loop; ``longest`` is by how many milliseconds it was late at most."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due, self.longest = 0.0, 0.0
        self._timer = self._loop.call_later(0, self._beat)

    def _beat(self) -> None:
        now = time.perf_counter()
        if self._due:
            self.longest = max(self.longest, (now - self._due) * 1e3)
        self._due = now + BEAT
        self._timer = self._loop.call_later(BEAT, self._beat)

    async def during(self, work: Callable[[], Awaitable[object]]) -> Spent:
        Step.longest = self.longest = 0.0
        begun, busy = time.perf_counter(), time.process_time()
        await work()
        await asyncio.sleep(2 * BEAT)
        return Spent(self.longest, Step.longest, time.perf_counter() - begun, time.process_time() - busy)


async def worker(folder: Path) -> None:
    """As a worker that serves with the first set: prepare and activate the others; a line of JSON for each."""
    policies = PreparedPolicies(SETTINGS)
    sets = [path.read_bytes() for path in sorted(folder.glob("*.pickle"))]
    policies.activate(policies.prepare(sets[0]))
    event_loop.settle()
    heart = Heart()
    print(json.dumps(await heart.during(lambda: asyncio.sleep(BASELINE))), flush=True)
    for pickled in sets[1:]:
        async def change(pickled: bytes = pickled) -> None:
            policies.activate(await asyncio.to_thread(policies.prepare, pickled))

        print(json.dumps(await heart.during(change)), flush=True)


async def alone(folder: Path, number: int) -> list[Spent]:
    """As the one process of ``workers: 1``: reload after each edit."""
    active = ActivePolicies(folder / "policies", models=served_models(SETTINGS), keys=served_keys(SETTINGS),
                            cache=DiskCache(CACHE))
    active.load()
    event_loop.settle()
    heart = Heart()
    spent = [await heart.during(lambda: asyncio.sleep(BASELINE))]
    for which in EDITS:
        edit(folder, which, number)
        spent.append(await heart.during(active.reload_soon))
    return spent


def copy(folder: Path) -> None:
    shutil.copytree(ROOT / "policies", folder / "policies")
    shutil.copytree(ROOT / "model_server/company", folder / "model_server/company")


def pickled_sets(folder: Path) -> None:
    """The shipped set and each edited one, compiled into the cache, as files."""
    for number, which in enumerate(("", *EDITS)):
        if which:
            edit(folder, which, number)
        found = load_policies(folder / "policies")
        Compiled(found, guards(), DiskCache(CACHE)).prepare(served_models(SETTINGS), served_keys(SETTINGS))
        (folder / f"{number}.pickle").write_bytes(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))


def shown(title: str, rounds: list[list[Spent]]) -> None:
    print(f"\n{title}: longest stall by rounds; longest compilation; until prepared; processor time in all")
    for number, which in enumerate(("(the loop alone)", *EDITS)):
        spent = [each[number] for each in rounds]
        late = " ".join(f"{each.stall:6.1f}" for each in spent)
        step, clock, busy = (max(each) for each in list(zip(*spent, strict=True))[1:])
        print(f"  {which:28s} {late} ms   {step:5.1f} ms   {clock:5.2f} s   {busy:5.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--as-worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    Step.watch()
    if options.as_worker:
        uvloop.run(worker(options.as_worker))
        return
    workers, single = [], []
    with tempfile.TemporaryDirectory() as name:
        first = Path(name) / "sets"
        copy(first)
        pickled_sets(first)
        for number in range(options.rounds):
            run = [sys.executable, "-m", "benchmarks.reload", "--as-worker", str(first)]
            lines = subprocess.run(run, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout.splitlines()
            workers.append([Spent(*json.loads(line)) for line in lines])
            own = Path(name) / f"own {number}"
            copy(own)
            single.append(uvloop.run(alone(own, 100 + number)))
    shown("a worker", workers)
    shown("workers: 1", single)


if __name__ == "__main__":
    main()
