"""Runs a gateway until it is told to stop: listeners, workers, signals, the policy watch, the drain.

One flow, whatever ``workers`` says: this process owns the sockets, the policies, the audit's writer and the admin
and ops ports, and has the data port served: by itself where ``workers`` is 1 (``Alone``), else by processes (``Crew``).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from gateway import __version__
from gateway.audit.record import Audit, NoAudit
from gateway.audit.row import RowSink
from gateway.audit.sqlite import SqliteAudit
from gateway.config.settings import Settings
from gateway.core.policy import PolicySet
from gateway.errors import ConfigError
from gateway.supervisor import admin, assemble, ops
from gateway.supervisor import loop as event_loop
from gateway.supervisor.alone import Alone
from gateway.supervisor.crew import Crew
from gateway.supervisor.database_cache import DiskCache
from gateway.supervisor.policies import ActivePolicies, Reload
from gateway.supervisor.prepared import CACHE, SHIPPED, served_keys, served_models
from gateway.supervisor.sockets import Addresses, bind, bind_shared, url
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics

__all__ = ["CACHE", "SHIPPED", "Addresses", "Service", "serve"]


class Workers(Protocol):
    """Who serves the data port. ``start`` raises ConfigError; ``change`` raises PolicyError and changes nothing."""

    async def start(self, found: PolicySet) -> None: ...
    async def change(self, found: PolicySet) -> None: ...
    async def gathered(self) -> Metrics: ...
    def unready(self) -> tuple[str, ...]: ...
    def status(self) -> list[dict[str, Any]]: ...
    async def drain(self, grace: float, hurry: asyncio.Event) -> int: ...
    async def close(self) -> None: ...


class Service:
    """A gateway with its listeners. ``run`` returns the exit code."""

    def __init__(self, settings: Settings) -> None:
        if not settings.placeholder_key:  # placeholders last as long as this process, and are the same in all workers
            settings = settings.model_copy(update={"placeholder_key": secrets.token_hex(32)})
        self.settings = settings
        self.metrics = Metrics()
        self.started = time.time()
        self.sockets: dict[str, socket.socket] = {}
        self.active = ActivePolicies(
            Path(settings.policies) if settings.policies else SHIPPED, models=served_models(settings),
            keys=served_keys(settings), cache=DiskCache(CACHE), on_reload=self._reloaded, spread=self._spread,
        )  # fmt: skip
        self.workers: Workers | None = None
        self.draining = False
        self._serving = False
        self._sink: Audit = NoAudit()
        self._loop: asyncio.AbstractEventLoop
        self._runners: list[web.AppRunner] = []
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()

    # -- life ----------------------------------------------------------------------------------

    async def run(self, ready: Callable[[Addresses], None] = lambda _: None) -> int:
        """Serve until SIGTERM or SIGINT; ``ready`` is told the addresses. Raises ConfigError when it cannot start."""
        self._loop = asyncio.get_running_loop()
        watch: asyncio.Task[None] | None = None
        try:
            data = bind_shared(self.settings.listen.data, "data", self.settings.workers)
            self.sockets = {f"data {number}": each for number, each in enumerate(data)}
            addresses = self._bind(data[0])
            self._reloaded(self.active.load())
            self._sink = assemble.audit(self.settings, self.metrics)
            if isinstance(self._sink, SqliteAudit) and self._sink.required:
                await asyncio.to_thread(self._sink.attempt)  # else it would be ready until the first request
            self.workers = self._staff(data)
            await self._sites()
            await self.workers.start(self.active.found)
            self._serving = True
            watch = self._loop.create_task(self.active.watch())
            self._on_signals()
            log.info("serving", address=addresses.data, version=__version__, revision=self.active.revision)
            ready(addresses)
            await self._stop.wait()
            await self._drained(self.workers)
        finally:
            if watch is not None:
                watch.cancel()
            await self._close()
        return 0

    def stop(self) -> None:
        """As SIGTERM: drain, then end; a second call does not wait."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _staff(self, listeners: list[socket.socket]) -> Workers:
        if len(listeners) == 1:
            return Alone(self.settings, listeners[0], self.active, self._sink, self.metrics)
        if isinstance(self._sink, NoAudit):
            return Crew(self.settings, listeners, None, self.metrics)
        if not isinstance(self._sink, RowSink):
            raise ConfigError("this sink takes no records from workers", field="audit.sink", cure="set workers: 1")
        return Crew(self.settings, listeners, self._sink, self.metrics)

    def _bind(self, data: socket.socket) -> Addresses:
        listen = self.settings.listen
        if self.settings.admin_key:
            self.sockets["admin"] = bind(listen.admin, "admin")
        self.sockets["ops"] = bind(listen.ops, "ops")
        admin_url = url(self.sockets["admin"]) if "admin" in self.sockets else ""
        return Addresses(url(data), admin_url, url(self.sockets["ops"]))

    async def _sites(self) -> None:
        await self._site(ops.build(self.gathered, self.unready), self.sockets["ops"])
        if "admin" in self.sockets:
            app = admin.build(self, self.settings.admin_key, self.settings.audit.path)
            await self._site(app, self.sockets["admin"])

    async def _site(self, app: web.Application, listener: socket.socket) -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        self._runners.append(runner)

    def _on_signals(self) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread: a test
            for number in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(number, self.stop)
            self._loop.add_signal_handler(signal.SIGHUP, self.active.wake)

    async def _drained(self, workers: Workers) -> None:
        self.draining = True  # readiness fails from now on
        log.info("draining", seconds=self.settings.limits.drain_grace)
        cut = await workers.drain(self.settings.limits.drain_grace, self._hurry)
        log.info("stopped_with_open_requests" if cut else "stopped", requests=cut)

    async def _close(self) -> None:
        if self.workers is not None:
            await self.workers.close()
        for runner in self._runners:
            await runner.cleanup()
        for listener in self.sockets.values():
            listener.close()
        if isinstance(self._sink, SqliteAudit):
            await asyncio.to_thread(self._sink.close)

    # -- policies ------------------------------------------------------------------------------

    def _spread(self, found: PolicySet) -> None:
        """On the thread that reloads: all workers change, or none does and this raises PolicyError."""
        if self.workers is not None:
            asyncio.run_coroutine_threadsafe(self.workers.change(found), self._loop).result()

    def _reloaded(self, outcome: Reload) -> None:
        self.metrics.reloads.add(outcome.result)
        self.metrics.reload_failing.set(1.0 if outcome.result == "refused" else 0.0)
        if outcome.result == "activated":
            self.metrics.policy.values.clear()
            for name in outcome.policies:
                self.metrics.policy.set(1.0, name, outcome.revision)
        for problem in outcome.errors:
            log.warning("policy_refused", reason=problem, revision=outcome.revision)
        for warning in outcome.warnings:
            log.warning("policy_warning", reason=warning)

    # -- what the ops port shows ---------------------------------------------------------------

    async def gathered(self) -> Metrics:
        """The metrics of all workers together."""
        return await self.workers.gathered() if self.workers is not None else self.metrics

    def unready(self) -> tuple[str, ...]:
        if self.draining:
            return ("draining",)
        if self.workers is None or not self._serving:
            return ("starting",)
        down = self._sink.required and getattr(self._sink, "down", False)
        return (*self.workers.unready(), *(("audit_down",) if down else ()))

    # -- what the admin port shows ---------------------------------------------------------------

    def policies(self) -> dict[str, Any]:
        return {
            "revision": self.active.revision,
            "policies": [
                {"name": each.name, "mode": each.mode, "models": list(each.models), "keys": list(each.keys),
                 "rules": [rule.id for rule in each.rules]}
                for each in self.active.policies
            ],
        }  # fmt: skip

    async def reload(self) -> dict[str, Any]:
        outcome = await self.active.reload_soon()
        return {"ok": outcome.result != "refused", "result": outcome.result, "revision": outcome.revision,
                "errors": list(outcome.errors), "warnings": list(outcome.warnings)}  # fmt: skip

    def status(self) -> dict[str, Any]:
        workers = self.workers.status() if self.workers is not None else []
        return {
            "version": __version__, "started": self.started, "revision": self.active.revision,
            "active_requests": sum(each["active_requests"] for each in workers),
            "connections": sum(each["connections"] for each in workers),
            "draining": self.draining, "unready": list(self.unready()), "workers": workers,
        }  # fmt: skip


def serve(settings: Settings, ready: Callable[[Addresses], None] = lambda _: None) -> int:
    """Run in this thread until a signal comes."""
    return event_loop.run(lambda: Service(settings).run(ready))
