"""A model server for judges: answers what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answering = Callable[[dict[str, Any]], Any]
CODE = re.compile(r'"code": "([0-9a-f]{16})"')


class JudgeServer:
    """``answering``: from the request's body to a verdict's text, or to a whole response."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("authorization"))
        said = self.answering(body)
        if asyncio.iscoroutine(said):
            said = await said
        if isinstance(said, web.StreamResponse):
            return said
        message = {"role": "assistant", "content": said}
        return web.json_response({
            "id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})


@asynccontextmanager
async def serving(answering: Answering) -> AsyncIterator[JudgeServer]:
    """A server on a free port, for as long as the block lasts."""
    server = JudgeServer(answering)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server._answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def code_of(body: dict[str, Any]) -> str:
    """The code that a verdict on this request must repeat."""
    found = CODE.search(body["messages"][0]["content"])
    assert found is not None
    return found[1]


def verdict(body: dict[str, Any], score: int) -> str:
    """What a good judge says."""
    return json.dumps({"code": code_of(body), "broken": score})
