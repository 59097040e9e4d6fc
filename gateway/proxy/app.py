"""The data port: which requests are let in, which route they take, and what every refusal looks like.

What is relayed is listed in ``gateway.wire.apis``, what is answered here in ``gateway.proxy.local``; anything else is a
404 or 405 in OpenAI's shape. The admin plane is never here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from gateway.audit.record import Outcome
from gateway.errors import ApiError, MethodNotAllowed, UnsupportedMedia
from gateway.proxy import headers
from gateway.proxy.auth import Caller, Keys
from gateway.proxy.catalog import Catalog
from gateway.proxy.connection import Connection
from gateway.proxy.explaining import wanted
from gateway.proxy.limits import Admission, Bounds, Rates
from gateway.proxy.local import LOCAL, Local
from gateway.proxy.relay import House, Relay
from gateway.proxy.request import Request
from gateway.telemetry.log import log
from gateway.wire import routes
from gateway.wire.apis import RELAYED

SWEEP_EVERY = 0.25
_MODELS: Final = b"/v1/models"
SERVED: Final = tuple(path.decode() for path in (*RELAYED, *LOCAL, _MODELS))
"""The routes that there are, as errors name them."""


class Gateway:
    """One worker's data port. Give ``connection`` to ``loop.create_server`` as its protocol factory."""

    def __init__(
        self, house: House, keys: Keys, bounds: Bounds, *, clock: Callable[[], float] = time.monotonic,
        rates: Rates | None = None,
    ) -> None:
        self.house, self.keys, self.bounds = house, keys, bounds
        self.draining = False
        self.connections: set[Connection] = set()
        self.clock, self.wall = clock, house.wall
        self.admission = Admission(bounds.max_concurrent)
        self._rates = rates or Rates()
        self._catalog = Catalog(house.models, house.ids)
        self._sweeper: asyncio.Task[None] | None = None

    def connection(self) -> Connection:
        return Connection(self)

    def start(self) -> None:
        """Begin enforcing deadlines."""
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    # -- what a connection asks ----------------------------------------------------------------

    def recognise(self, request: Request) -> None:
        """Errors of every kind, from here on, are written as the request's route writes them."""
        api = RELAYED.get(request.target.partition(b"?")[0])
        if api is not None:
            request.errors = api.errors

    def admit(self, request: Request) -> None:
        """Refuses by the head alone, so that no one's body is kept who may not send it."""
        path = request.target.partition(b"?")[0]
        method = _method(path)
        if method is None:
            raise routes.refusal(path.decode("ascii", "replace"), SERVED)
        if request.method != method:
            allowed = method.decode()
            raise MethodNotAllowed(f"This route takes {allowed} only.", headers={"allow": allowed})
        request.caller = self._caller(request)
        if method == b"POST":
            media = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if media != b"application/json":
                raise UnsupportedMedia("Send the body as application/json.")

    async def serve(self, request: Request, client: Connection) -> None:
        caller, path = request.caller or self._caller(request), request.target.partition(b"?")[0]
        extra = headers.lines(self._rates.take(caller, request.started))
        self.admission.enter()
        try:
            if (api := RELAYED.get(path)) is not None:
                explain = wanted(request.headers, caller)
                if explain == "findings":  # they tell what a policy finds, as /v1/checks does
                    self._rates.take_of("checks", self.bounds.checks_rpm, caller, request.started)
                await Relay(self.house, api, caller, request, client, extra, explain).serve()
            elif (local := LOCAL.get(path)) is not None:
                await self._answer(local, caller, request, client, extra)
            else:
                await self._list(caller, request, client)
        finally:
            self.admission.leave()

    async def _answer(
        self, local: Local, caller: Caller, request: Request, client: Connection, extra: bytes
    ) -> None:
        left = self._rates.take_of(local.bucket, local.rpm(self.bounds), caller, request.started)
        outcome = Outcome.ERROR
        try:
            head, body = await local.answer(self.house, caller, request)
            outcome = Outcome.COMPLETED
        except asyncio.CancelledError:
            outcome = Outcome.CLIENT_GONE
            raise
        finally:
            self.house.metrics.requests.add(local.name, outcome.value)
        client.reply(200, headers.JSON + head + (headers.lines(left) or extra), body)

    def _caller(self, request: Request) -> Caller:
        return self.keys.authenticate(request.headers.get(b"authorization"), request.headers.get(b"x-api-key"))

    async def _list(self, caller: Caller, request: Request, client: Connection) -> None:
        path = request.target.partition(b"?")[0]
        if path == _MODELS:
            body = await self._catalog.all(caller)
        else:
            body = await self._catalog.one(path[len(_MODELS) + 1 :], caller)
        client.reply(200, headers.JSON + headers.line("x-request-id", self.house.ids.next()), body)
        self.house.metrics.requests.add("models", "completed")

    def refused(self, error: ApiError) -> None:
        error.headers.setdefault("x-request-id", self.house.ids.next())
        self.house.metrics.refusals.add(error.code or "upstream")

    def broke(self, error: BaseException) -> None:
        """A bug: its place is logged, never its message, which may hold what a caller wrote."""
        log.error("request_failed", error=error)

    # -- deadlines -----------------------------------------------------------------------------

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            now = self.clock()
            for connection in tuple(self.connections):
                connection.sweep(now)
            for pump in tuple(self.house.pumps):
                pump.beat(now, self.bounds.keepalive_comment)
            for upstream in self.house.models.upstreams:
                upstream.sweep(now)
                self.house.metrics.upstream_open.set(upstream.live, upstream.target.name)
            self.house.metrics.active.set(self.admission.active)

    async def close(self) -> None:
        """End everything now; see ``drain`` for the gentle way."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in tuple(self.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for upstream in self.house.models.upstreams:
            upstream.close()
        self.house.detectors.close()
        self.house.aside.close()
        await asyncio.sleep(0)


def _method(path: bytes) -> bytes | None:
    """The one method that a route takes; None for a route that there is not."""
    if path in RELAYED or path in LOCAL:
        return b"POST"
    return b"GET" if path == _MODELS or path.startswith(_MODELS + b"/") else None
