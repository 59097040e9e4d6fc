"""Runs a gateway until it is told to stop: three listeners, signals, the policy watch, the drain."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from gateway import __version__
from gateway.audit.sqlite import SqliteAudit
from gateway.config.settings import Settings, split_address
from gateway.errors import ConfigError
from gateway.proxy.app import Gateway
from gateway.proxy.drain import drain
from gateway.supervisor import admin, assemble, ops
from gateway.supervisor.database_cache import DiskCache
from gateway.supervisor.policies import ActivePolicies, Reload
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics

_BACKLOG = 4096
_COLLECT_AFTER = 20_000
"""New objects before the collector looks at the youngest: the hot path makes no cycles, so looking is waste."""
CACHE = Path(".wardgate/cache")
SHIPPED = Path(__file__).resolve().parents[2] / "policies"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the listeners are, as ``http://host:port``; admin is empty when no admin key is set."""

    data: str
    admin: str
    ops: str


def bind(address: str, field: str) -> socket.socket:
    """A listening socket. Raises ConfigError that names the port and the setting to change."""
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        busy = error.errno == errno.EADDRINUSE
        what = f"port {port} on {host} is already in use" if busy else f"cannot listen on {address}: {error.strerror}"
        cure = f"stop what uses it, or set listen.{field} to another port"
        raise ConfigError(what, field=f"listen.{field}", cure=cure) from None
    listener.setblocking(False)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Service:
    """A gateway with its listeners. ``run`` returns the exit code."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.started = time.time()
        self.sockets: dict[str, socket.socket] = {}
        self._active = ""
        self.active = ActivePolicies(
            Path(settings.policies) if settings.policies else SHIPPED,
            models=tuple(each.name for each in settings.served),
            keys=tuple(each.name for each in settings.keys) or ("anonymous",),
            cache=DiskCache(CACHE), on_reload=self._reloaded,
        )  # fmt: skip
        self.gateway: Gateway | None = None
        self._runners: list[web.AppRunner] = []
        self._server: asyncio.Server | None = None
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()

    # -- life ----------------------------------------------------------------------------------

    async def run(self, ready: Callable[[Addresses], None] = lambda _: None) -> int:
        """Serve until SIGTERM or SIGINT; ``ready`` is told the addresses. Raises ConfigError when it cannot start."""
        watch: asyncio.Task[None] | None = None
        sink: Any = None
        try:
            addresses = self._bind()
            self._reloaded(self.active.load())
            sink = assemble.audit(self.settings, self.metrics)
            self.gateway = assemble.gateway(self.settings, self.active, self.metrics, sink)
            await self._listen(self.gateway)
            gc.freeze()  # modules, plans and patterns stay; they need not be looked at again
            watch = asyncio.get_running_loop().create_task(self.active.watch())
            self._on_signals()
            log.info("serving", address=addresses.data, version=__version__, revision=self.active.revision)
            ready(addresses)
            await self._stop.wait()
            await self._drained(self.gateway)
        finally:
            if watch is not None:
                watch.cancel()
            await self._close(sink)
        return 0

    def stop(self) -> None:
        """As SIGTERM: drain, then end; a second call does not wait."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _bind(self) -> Addresses:
        listen = self.settings.listen
        self.sockets["data"] = bind(listen.data, "data")
        if self.settings.admin_key:
            self.sockets["admin"] = bind(listen.admin, "admin")
        self.sockets["ops"] = bind(listen.ops, "ops")
        urls = {name: _url(listener) for name, listener in self.sockets.items()}
        return Addresses(urls["data"], urls.get("admin", ""), urls["ops"])

    async def _listen(self, gateway: Gateway) -> None:
        gateway.start()
        self._server = await asyncio.get_running_loop().create_server(
            gateway.connection, sock=self.sockets["data"], backlog=_BACKLOG
        )
        await self._site(ops.build(self.metrics, self.unready), self.sockets["ops"])
        if "admin" in self.sockets:
            app = admin.build(self, self.settings.admin_key, self.settings.audit.path)
            await self._site(app, self.sockets["admin"])

    async def _site(self, app: web.Application, listener: socket.socket) -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        self._runners.append(runner)

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread: a test
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
            loop.add_signal_handler(signal.SIGHUP, self.active.wake)

    async def _drained(self, gateway: Gateway) -> None:
        gateway.draining = True  # readiness fails from now on
        if self._server is not None:
            self._server.close()
        log.info("draining", requests=gateway.admission.active, seconds=self.settings.limits.drain_grace)
        done = await drain(gateway, self.settings.limits.drain_grace, self._hurry)
        log.info("stopped" if done else "stopped_with_open_requests", requests=gateway.admission.active)

    async def _close(self, sink: Any) -> None:
        if self._server is not None:
            self._server.close()
        if self.gateway is not None:
            await self.gateway.close()
            await asyncio.sleep(0)  # the aborted requests write their end records
        for runner in self._runners:
            await runner.cleanup()
        for listener in self.sockets.values():
            listener.close()
        if isinstance(sink, SqliteAudit):
            await asyncio.to_thread(sink.close)

    # -- policies ------------------------------------------------------------------------------

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

    def unready(self) -> tuple[str, ...]:
        reasons = []
        if self.gateway is None or not self.active.revision:
            reasons.append("starting")
        elif self.gateway.draining:
            reasons.append("draining")
        else:
            sink = self.gateway.house.audit
            if sink.required and getattr(sink, "down", False):
                reasons.append("audit_down")
        return tuple(reasons)

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
        gateway = self.gateway
        return {
            "version": __version__, "started": self.started, "revision": self.active.revision,
            "active_requests": gateway.admission.active if gateway else 0,
            "connections": len(gateway.connections) if gateway else 0,
            "draining": gateway.draining if gateway else False, "unready": list(self.unready()),
        }  # fmt: skip


def serve(settings: Settings, ready: Callable[[Addresses], None] = lambda _: None) -> int:
    """Run in this thread until a signal comes; on uvloop where there is one."""
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(Service(settings).run(ready))
    return int(uvloop.run(Service(settings).run(ready)))
