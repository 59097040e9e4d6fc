"""The supervisor's workers: keeps one process per slot alive, and changes the policies of all of them at once.

A change has two steps. *Prepare*: every serving worker compiles the set beside the one it serves with; if one
refuses, ends or says nothing, all forget it and nothing has changed. *Activate*: from the moment that the last
has prepared, the new set is the crew's; every worker swaps, and one that does not is ended, because what it comes
back with is the crew's set. A worker joins between two changes, never during one.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import time
from collections.abc import Iterable
from typing import Any

import orjson

from gateway import __version__
from gateway.audit.row import RowSink
from gateway.config.settings import Settings
from gateway.core.policy import PolicySet
from gateway.errors import PolicyError
from gateway.proxy.limits import bucket_names
from gateway.supervisor.forks import Forks, Process, WorkerLost, start_python
from gateway.supervisor.member import Member
from gateway.supervisor.pipe import Kind
from gateway.supervisor.prepared import served_keys
from gateway.supervisor.shared_table import shared_memory
from gateway.supervisor.slot import Slot
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics

PREPARE_WITHIN = 120.0
"""Seconds; a set that is compiled for the first time, on a slow machine, by all workers at once."""
ACTIVATE_WITHIN = 5.0
STUCK_AFTER = 30.0
"""Seconds without a word from a worker whose event loop should report every second."""
_BEAT = 0.25
_SCRAPE_WITHIN = 1.0
_AFTER_GRACE = 5.0
_TEMPLATE_AGAIN = 10.0
"""Seconds between one template's start and the next one's, should they keep dying."""


class Crew:
    """The workers of ``listeners``, one each. ``sink`` is the audit's only writer, ``metrics`` the supervisor's own."""

    def __init__(
        self, settings: Settings, listeners: list[socket.socket], sink: RowSink | None, metrics: Metrics
    ) -> None:
        self.settings, self.sink, self.metrics = settings, sink, metrics
        self.rates = shared_memory(len(bucket_names(served_keys(settings))))
        self.leaving = False
        self.retired = Metrics()
        """What workers that have ended had counted."""
        self.listeners = listeners
        self._slots = [Slot(self, number, listener) for number, listener in enumerate(listeners, 1)]
        self._found: PolicySet
        self._pickled = b""
        self._changing = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None
        self._forks: Forks | None = None
        self._preparing: asyncio.Task[None] | None = None
        """Whoever brings the template up to date."""
        self._forks_again = 0.0
        """Monotonic seconds before which no other template is started."""

    @property
    def members(self) -> Iterable[Member]:
        """The workers that serve now."""
        return [slot.member for slot in self._slots if slot.member is not None and slot.member.serving]

    async def start(self, found: PolicySet) -> None:
        """Start every worker and wait until all serve. Raises ConfigError when one cannot."""
        self._take(found)
        await self._renew_template()
        self._beating = asyncio.get_running_loop().create_task(self._beat())
        started = await asyncio.gather(*(slot.start() for slot in self._slots), return_exceptions=True)
        for error in started:
            if error is not None:
                raise error

    def _take(self, found: PolicySet) -> None:
        self._found, self._pickled = found, pickle.dumps(found, pickle.HIGHEST_PROTOCOL)

    def welcome(self, number: int) -> bytes:
        """The first message to a worker; over the pipe, as the file may have changed since this process read it."""
        settings = self.settings.model_dump(mode="json")
        return orjson.dumps({"version": __version__, "worker": number, "settings": settings})

    async def process(self, pipe: socket.socket) -> Process:
        """A new worker with ``pipe``, forked from the template or, where there is none, started. Raises OSError."""
        if self._forks is not None and self._forks.look():
            try:
                return await self._forks.fork(pipe)
            except WorkerLost as error:
                log.warning("worker_not_forked", reason=str(error))
        return start_python("gateway.supervisor.worker",
                            [pipe.fileno(), self.rates, *(each.fileno() for each in self.listeners)])

    async def _renew_template(self) -> None:
        """Start a template if there is none, and give it the crew's set; without one workers start slowly, no more."""
        settings = b""
        try:
            if self._forks is None or not self._forks.look():
                if self._forks is not None:
                    await self._forks.close()
                self._forks_again = time.monotonic() + _TEMPLATE_AGAIN
                self._forks = Forks.start(self.listeners, self.rates)
                settings = self.settings.model_dump_json().encode()
            await self._forks.prepare(settings, self._pickled)
        except (WorkerLost, OSError) as error:
            log.warning("template_lost", reason=str(error))
            if self._forks is not None:
                self._forks.kill()  # a worker of it might not know the set

    def _renew_soon(self) -> None:
        before = self._preparing

        async def renew() -> None:
            if before is not None:
                await asyncio.wait({before})
            await self._renew_template()

        self._preparing = asyncio.get_running_loop().create_task(renew())

    def cover(self) -> None:
        """Have connections to a slot without a worker accepted by another worker, until it has one again.

        So they wait for milliseconds, not for the restart, and a slot whose workers keep dying costs no one a
        connection. The worker with the fewest such slots takes it.
        """
        if self.leaving:
            return
        for slot in self._slots:
            number = slot.number
            covering = [each for each in self.members if number in each.adopted]
            if slot.served:
                for each in covering:
                    each.adopted.discard(number)
                    each.pipe.say_json(Kind.RELEASE, worker=number)
                continue
            able = [other.member for other in self._slots if other.served and other is not slot]
            if not covering and (chosen := min(filter(None, able), key=lambda each: len(each.adopted), default=None)):
                chosen.adopted.add(number)
                chosen.pipe.say_json(Kind.ADOPT, worker=number)

    # -- policies ------------------------------------------------------------------------------

    async def join(self, member: Member) -> None:
        """Let a new worker serve with the crew's set. Raises WorkerLost."""
        pickled = self._pickled
        await _prepare(member, pickled)  # slow for a process that is new, so no change waits for it
        async with self._changing:
            if pickled is not self._pickled:
                await _prepare(member, self._pickled)
            await _activate(member, self._found.revision)

    async def change(self, found: PolicySet) -> None:
        """Activate ``found`` in all workers, or raise PolicyError and leave all with the set they have."""
        pickled = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
        async with self._changing:
            members = list(self.members)
            done = await asyncio.gather(*(_prepare(each, pickled) for each in members), return_exceptions=True)
            failed = [(each, error) for each, error in zip(members, done, strict=True) if error is not None]
            if failed or self.leaving:
                for each in members:
                    each.pipe.say(Kind.FORGET, found.revision.encode())
                raise _refused(failed)
            self._found, self._pickled = found, pickled  # from here on it is the crew's set, whoever dies
            self._renew_soon()
            told = await asyncio.gather(*(_activate(each, found.revision) for each in members), return_exceptions=True)
            for each, error in zip(members, told, strict=True):
                if error is not None and not each.ended.is_set():
                    log.warning("worker_did_not_activate", pid=each.pid, reason=str(error))
                    each.kill()

    # -- watching ------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            now = time.monotonic()
            for slot in self._slots:
                member = slot.member
                if member is None or member.ended.is_set():
                    continue
                if member.intake is not None:
                    member.intake.beat()
                if now - member.heard_at > STUCK_AFTER:
                    log.warning("worker_stuck", pid=member.pid, worker=slot.number)
                    member.kill()
            self.cover()
            self._keep_template(now)

    def _keep_template(self, now: float) -> None:
        renewing = self._preparing is not None and not self._preparing.done()
        alive = self._forks is not None and self._forks.look()
        if not (alive or renewing or self.leaving) and now > self._forks_again:
            self._renew_soon()

    async def gathered(self) -> Metrics:
        """The metrics of all: the supervisor's own, those of ended workers, and those of the ones that serve."""
        asked = [each.ask(Kind.ASK, b"", (Kind.REPORT,), _SCRAPE_WITHIN) for each in self.members]
        await asyncio.gather(*asked, return_exceptions=True)
        self.metrics.workers.set(len(list(self.members)))
        total = Metrics()
        total.absorb(self.metrics.snapshot())
        total.absorb(self.retired.snapshot())
        for slot in self._slots:
            if slot.member is not None:
                total.absorb(slot.member.report["metrics"])
        return total

    def unready(self) -> tuple[str, ...]:
        """Why connections may have to wait, as codes."""
        return () if any(slot.served for slot in self._slots) else ("workers_down",)

    def status(self) -> list[dict[str, Any]]:
        return [slot.status() for slot in self._slots]

    # -- end -----------------------------------------------------------------------------------

    async def drain(self, grace: float, hurry: asyncio.Event) -> int:
        """Let every worker finish what is open within ``grace`` seconds. Gives the number of requests cut off."""
        self.leaving = True
        await self._end_template()  # it holds the listeners, too
        for slot in self._slots:
            slot.listener.close()  # the workers' copies are the last: once they close, connections are refused
        loop = asyncio.get_running_loop()
        parting = [loop.create_task(slot.part(grace)) for slot in self._slots]
        hurried = loop.create_task(hurry.wait())
        done = loop.create_task(_all(parting))
        await asyncio.wait({done, hurried}, timeout=grace + _AFTER_GRACE, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        for slot in self._slots:
            slot.hurry()
        await asyncio.wait({done}, timeout=_AFTER_GRACE)
        await self.close()
        return await done

    async def close(self) -> None:
        """End every worker now."""
        self.leaving = True
        if self._beating is not None:
            self._beating.cancel()
        await self._end_template()
        await asyncio.gather(*(slot.close() for slot in self._slots))
        if self.rates >= 0:
            os.close(self.rates)
            self.rates = -1


    async def _end_template(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait({self._preparing})
        if self._forks is not None:
            await self._forks.close()
            self._forks = None


async def _all(parting: list[asyncio.Task[int]]) -> int:
    return sum(await asyncio.gather(*parting))


async def _prepare(member: Member, pickled: bytes) -> None:
    kind, answer = await member.ask(Kind.PREPARE, pickled, (Kind.PREPARED, Kind.REFUSED), PREPARE_WITHIN)
    if kind is Kind.REFUSED:
        raise WorkerLost(orjson.loads(answer)["reason"])


async def _activate(member: Member, revision: str) -> None:
    await member.ask(Kind.ACTIVATE, revision.encode(), (Kind.ACTIVATED,), ACTIVATE_WITHIN)
    if member.revision != revision:
        raise WorkerLost("activated something else")
    member.serving_since = member.serving_since or time.monotonic()


def _refused(failed: list[tuple[Member, BaseException]]) -> PolicyError:
    if not failed:
        return PolicyError("the gateway is stopping", cure="nothing was changed")
    member, error = failed[0]
    return PolicyError(f"{len(failed)} of the workers could not prepare it; the one with pid {member.pid}: {error}",
                       cure="all workers keep the set they have; look at their log, then reload once more")
