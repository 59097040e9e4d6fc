"""A place for one worker: its listening socket, which outlives every process that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import Any, Protocol

import orjson

from gateway.audit.row import RowSink
from gateway.config.settings import Settings
from gateway.errors import ConfigError
from gateway.supervisor.forks import Process, WorkerLost
from gateway.supervisor.member import Member
from gateway.supervisor.pipe import Kind
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics

START_WITHIN = 60.0
STABLE_AFTER = 10.0
"""Seconds of service after which an end counts as the first again, and is followed by an immediate restart."""
SILENT_AFTER = 3.0
"""Seconds without a word after which others also accept a worker's connections: it reports every second."""
_WAITS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before the restart after the first, second, … end in a row."""


class Owner(Protocol):
    """What a slot needs of the crew."""

    settings: Settings
    sink: RowSink | None
    metrics: Metrics
    retired: Metrics
    leaving: bool

    async def process(self, pipe: socket.socket) -> Process: ...
    def welcome(self, number: int) -> bytes: ...
    async def join(self, member: Member) -> None: ...
    def cover(self) -> None: ...


class Slot:
    """Keeps a worker on ``listener`` until it is told to part."""

    def __init__(self, crew: Owner, number: int, listener: socket.socket) -> None:
        self.number, self.listener = number, listener
        self.member: Member | None = None
        self._crew = crew
        self._restarts = self._ends = 0
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """The first worker. Raises ConfigError when it cannot serve."""
        try:
            await self._begin()
        except (WorkerLost, OSError) as error:
            raise ConfigError(f"worker {self.number} did not start: {error}", field="workers",
                              cure="see the lines above, or set workers: 1") from None
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def _begin(self) -> None:
        """Start a process and let it join. Raises ConfigError, WorkerLost or OSError."""
        crew = self._crew
        member = self.member = await Member.start(crew.process, crew.sink, crew.settings.audit.capacity)
        welcome = crew.welcome(self.number)
        kind, answer = await member.ask(Kind.WELCOME, welcome, (Kind.HELLO, Kind.FAILED), START_WITHIN)
        if kind is Kind.FAILED:
            raise ConfigError(orjson.loads(answer)["reason"])
        await crew.join(member)
        crew.cover()
        log.info("worker_serving", worker=self.number, pid=member.pid, revision=member.revision)

    async def _keep(self) -> None:
        """Wait for the end of the worker and start another, at once or, where ends repeat, ever later."""
        while True:
            if self.member is not None:
                await self.member.ended.wait()
                await self._bury(self.member)
            if self._crew.leaving:
                return
            await asyncio.sleep(_WAITS[min(self._ends, len(_WAITS) - 1)])
            self._ends += 1  # until one has served for long enough
            self._restarts += 1
            self._crew.metrics.worker_restarts.add()
            try:
                await self._begin()
            except Exception as error:  # noqa: BLE001 - whatever it was, the slot must not stay empty
                reason = str(error) if isinstance(error, WorkerLost | ConfigError | OSError) else type(error).__name__
                log.warning("worker_did_not_start", worker=self.number, reason=reason)
                if self.member is not None:
                    self.member.kill()

    async def _bury(self, member: Member) -> None:
        """Keep what it had counted, and say how it ended."""
        since = member.serving_since
        if since and time.monotonic() - since > STABLE_AFTER:
            self._ends = 0
        self._crew.cover()
        code = await member.reap()
        self._crew.retired.absorb(member.report["metrics"], gauges=False)
        self.member = None
        if not member.parted:
            lost = member.intake.open if member.intake is not None else 0
            log.warning("worker_ended", worker=self.number, pid=member.pid, count=code, requests=lost)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def served(self) -> bool:
        """Whether its own worker takes its connections."""
        member = self.member
        return member is not None and member.serving and time.monotonic() - member.heard_at < SILENT_AFTER

    def status(self) -> dict[str, Any]:
        member = self.member
        serving = member is not None and member.serving
        report = member.report if member is not None else {}
        return {
            "worker": self.number, "pid": member.pid if member is not None else None,
            "state": "serving" if serving else "starting" if member is not None else "waiting",
            "revision": member.revision if member is not None else "",
            "uptime": round(time.monotonic() - member.serving_since, 3) if serving and member is not None else 0.0,
            "restarts": self._restarts, "active_requests": report.get("active", 0),
            "connections": report.get("connections", 0),
        }  # fmt: skip

    # -- end -----------------------------------------------------------------------------------

    async def part(self, grace: float) -> int:
        """Let the worker finish; gives the number of requests it had to cut off."""
        member = self.member
        if member is None or not member.serving:
            await self.close()
            return 0
        with contextlib.suppress(WorkerLost):
            _, answer = await member.ask(Kind.DRAIN, orjson.dumps({"grace": grace}), (Kind.BYE,), None)
            await member.ended.wait()
            return int(orjson.loads(answer)["requests"])
        return member.intake.open if member.intake is not None else 0

    def hurry(self) -> None:
        if self.member is not None:
            self.member.pipe.say(Kind.STOP)

    async def close(self) -> None:
        """End the worker now, and start no other; the crew is leaving, so whoever keeps the slot buries and stops."""
        keeping, self._keeping = self._keeping, None
        if self.member is not None:
            self.member.kill()
        elif keeping is not None:
            keeping.cancel()  # it waits to start another
        if keeping is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        if self.member is not None:  # it was never kept: the first start failed
            await self.member.reap()
            self.member = None
        self.listener.close()
