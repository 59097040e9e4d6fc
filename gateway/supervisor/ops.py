"""The ops port: metrics and health, read-only, nothing that a policy or a key could change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.telemetry.metrics import Metrics


def build(gathered: Callable[[], Awaitable[Metrics]], reasons: Callable[[], tuple[str, ...]]) -> web.Application:
    """``gathered``: the metrics of all workers; ``reasons``: why the gateway is not ready, as codes, if it is not."""
    own = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=own)
    PlatformCollector(registry=own)

    async def exposition(request: web.Request) -> web.Response:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(await gathered())
        body = generate_latest(registry) + generate_latest(own)
        return web.Response(body=body, headers={"content-type": CONTENT_TYPE_LATEST})

    async def alive(request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(request: web.Request) -> web.Response:
        missing = reasons()
        status = "not ready" if missing else "ready"
        return web.json_response({"status": status, "reasons": list(missing)}, status=503 if missing else 200)

    app = web.Application()
    app.router.add_get("/metrics", exposition)
    app.router.add_get("/livez", alive)
    app.router.add_get("/readyz", ready)
    return app
