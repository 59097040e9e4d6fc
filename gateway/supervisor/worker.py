"""A worker process: serves, and nothing else. It is forked from the template; where there is none, it is started as

    python -m gateway.supervisor.worker PIPE RATES LISTENER …        (inherited file descriptors)

The supervisor tells it everything else over the pipe. It decides nothing by itself: no file but the pattern cache is
read, signals are the supervisor's to answer, and when the pipe closes, as the supervisor is gone, it ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import Any

import orjson

from gateway import __version__
from gateway.audit.handover import HandoverAudit
from gateway.audit.record import Audit, NoAudit
from gateway.config.settings import Settings
from gateway.errors import ConfigError
from gateway.proxy.limits import Rates, bucket_names
from gateway.supervisor import loop as event_loop
from gateway.supervisor.pipe import SETTLED, Kind, Pipe
from gateway.supervisor.prepared import PreparedPolicies, served_keys
from gateway.supervisor.serving import Serving
from gateway.supervisor.shared_table import SharedTable
from gateway.telemetry import log
from gateway.telemetry.metrics import Metrics

REPORT_EVERY = 1.0
_PR_SET_PDEATHSIG = 1


class Worker:
    """One worker's life. ``run`` returns the exit code.

    ``inherited``: what was compiled before the fork. As long as it is held, nothing in it is compiled again; the list
    is emptied once that is done.
    """

    def __init__(
        self, pipe: socket.socket, rates: int, listeners: list[socket.socket],
        inherited: list[PreparedPolicies] | None = None,
    ) -> None:  # fmt: skip
        self._socket, self._rates, self._listeners, self._inherited = pipe, rates, listeners, inherited
        self._number = 0
        self.metrics = Metrics()
        self._pipe: Pipe
        self._policies: PreparedPolicies
        self._audit: HandoverAudit | None = None
        self._serving: Serving | None = None
        self._grace = 0.0
        self._stop, self._hurry, self._orphaned = asyncio.Event(), asyncio.Event(), False
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Serve until told to stop; 1 when the supervisor is gone or the start failed."""
        loop = asyncio.get_running_loop()
        self._pipe = Pipe(self._heard, self._lost)  # known before its first message comes
        await loop.connect_accepted_socket(lambda: self._pipe, self._socket)
        reporting = loop.create_task(self._report_often())
        await self._stop.wait()
        reporting.cancel()
        serving = self._serving
        if serving is None or self._orphaned:
            return 1
        for listener in self._listeners:
            listener.close()
        await serving.drain(self._grace, self._hurry)
        left = serving.active
        await serving.close()
        if self._audit is not None:
            self._audit.flush()
        self._report()
        self._pipe.say_json(Kind.BYE, requests=left)
        await self._pipe.close()
        return 0

    # -- what the supervisor says --------------------------------------------------------------

    def _heard(self, kind: Kind, payload: bytes) -> None:
        match kind:
            case Kind.WELCOME:
                self._welcome(orjson.loads(payload))
            case Kind.PREPARE:
                self._soon(self._prepare(payload))
            case Kind.ACTIVATE:
                self._soon(self._activate(payload.decode()))
            case Kind.FORGET:
                self._policies.forget(payload.decode())
            case Kind.SETTLED if self._audit is not None:
                count, failed, down = SETTLED.unpack(payload)
                self._audit.settled(count, failed=failed, down=down)
            case Kind.ASK:
                self._report(asked=True)
            case Kind.ADOPT:
                self._soon(self._listen(orjson.loads(payload)["worker"]))
            case Kind.RELEASE if self._serving is not None:
                self._serving.leave(orjson.loads(payload)["worker"])
            case Kind.DRAIN:
                self._grace = orjson.loads(payload)["grace"]
                self._stop.set()
            case Kind.STOP:
                self._hurry.set()
                self._stop.set()
            case _:
                pass

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lost(self) -> None:
        self._orphaned = True
        if self._audit is not None:
            self._audit.lost()
        self._hurry.set()
        self._stop.set()

    def _welcome(self, said: dict[str, Any]) -> None:
        settings, self._number = Settings.model_validate(said["settings"]), said["worker"]
        log.configure(settings.log_level)
        try:
            if said["version"] != __version__:
                raise ConfigError(f"version {__version__} is installed, {said['version']} is running",
                                  cure="restart the gateway")
            self._policies = PreparedPolicies(settings)
            self._serving = Serving(settings, self._policies, self.metrics, self._sink(settings), Rates(
                SharedTable(self._rates, bucket_names(served_keys(settings)))
            ))  # fmt: skip
        except ConfigError as error:
            self._pipe.say_json(Kind.FAILED, reason=str(error))
            return
        self._pipe.say_json(Kind.HELLO, version=__version__)

    def _sink(self, settings: Settings) -> Audit:
        if settings.audit.sink == "none":
            return NoAudit()
        self._audit = HandoverAudit(
            lambda rows: self._pipe.say(Kind.ROWS, rows), required=settings.audit.mode == "required",
            capacity=settings.audit.capacity, dropped=lambda count: self.metrics.audit_dropped.add(by=count),
        )  # fmt: skip
        return self._audit

    # -- policies ------------------------------------------------------------------------------

    async def _prepare(self, pickled: bytes) -> None:
        try:
            revision = await asyncio.to_thread(self._policies.prepare, pickled)
            if self._serving is not None:
                await self._serving.warm(self._policies.first_asks(revision))
        except Exception as error:  # noqa: BLE001 - whatever it is: no worker activates, all keep what they have
            reason = str(error) if isinstance(error, ConfigError) else type(error).__name__
            self._pipe.say_json(Kind.REFUSED, reason=reason)
            return
        if self._inherited:
            self._inherited.clear()  # what is still in use of it is in use here
        self._pipe.say_json(Kind.PREPARED, revision=revision)

    async def _activate(self, revision: str) -> None:
        first = not self._policies.revision
        self._policies.activate(revision)
        if first:
            await self._listen(self._number)
            event_loop.settle()
        self._pipe.say_json(Kind.ACTIVATED, revision=self._policies.revision)

    async def _listen(self, number: int) -> None:
        if self._serving is not None and not self._stop.is_set():
            await self._serving.listen(self._listeners[number - 1], number)

    # -- reports -------------------------------------------------------------------------------

    async def _report_often(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            self._report()

    def _report(self, *, asked: bool = False) -> None:
        serving = self._serving
        self._pipe.say_json(
            Kind.REPORT, asked=asked, metrics=self.metrics.snapshot(), active=serving.active if serving else 0,
            connections=serving.connections if serving else 0,
        )  # fmt: skip


def die_with_parent() -> None:
    """On Linux the kernel kills this process with its supervisor, should it ever not notice the closed pipe."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(pipe: int, rates: int, listeners: list[int], inherited: list[PreparedPolicies] | None = None) -> int:
    """Live as a worker with these file descriptors; gives the exit code."""
    die_with_parent()
    sockets = [socket.socket(fileno=each) for each in listeners]
    worker = Worker(socket.socket(fileno=pipe), rates, sockets, inherited)
    return event_loop.run(worker.run)


def main(arguments: list[str]) -> int:
    """``arguments``: file descriptors."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a terminal or systemd signals everyone; the supervisor answers
    pipe, rates, *listeners = map(int, arguments)
    return serve(pipe, rates, listeners)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
