"""The baseline: a plain aiohttp server and client that pass bytes through, with no guard, key, metric or audit.

``python -m benchmarks.passthrough PORT UPSTREAM``; prints ``ready`` once it listens.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web

SESSION = web.AppKey("session", aiohttp.ClientSession)


async def relay(request: web.Request) -> web.StreamResponse:
    body = await request.read()
    url = request.app["upstream"] + request.path_qs
    async with request.app[SESSION].post(url, data=body, headers={"content-type": "application/json"}) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):
            return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")
        stream = web.StreamResponse(status=answer.status, headers={"content-type": "text/event-stream"})
        await stream.prepare(request)
        async for chunk in answer.content.iter_any():
            await stream.write(chunk)
        await stream.write_eof()
        return stream


async def _session(app: web.Application) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    app[SESSION] = aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=None), auto_decompress=False
    )
    yield
    await app[SESSION].close()


def main() -> None:
    uvloop.install()
    app = web.Application(client_max_size=32 << 20)
    app["upstream"] = sys.argv[2]
    app.router.add_post("/{path:.*}", relay)
    app.cleanup_ctx.append(_session)
    web.run_app(
        app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: print("ready", flush=True)
    )


if __name__ == "__main__":
    main()
