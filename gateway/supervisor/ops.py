"""The ops port: metrics and health, read-only, nothing that a policy or a key could change."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.telemetry.metrics import Metrics


def build(metrics: Metrics, reasons: Callable[[], tuple[str, ...]]) -> web.Application:
    """``reasons``: why the gateway is not ready, as codes; empty when it is."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)

    async def exposition(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

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
