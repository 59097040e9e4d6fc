"""A model server in Anthropic's dialect on a real socket: real HTTP, the real sequence of events, a script per test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

TEXTS = ("Hello", ", ", "world", "!")


class Ask:
    """One request, and the ways to answer it; ``left`` is set, with its time, when the gateway closes it."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self.request, self.body = request, body
        self.headers = request.headers
        self.left = asyncio.Event()
        self.left_at = 0.0
        self.stream: web.StreamResponse | None = None

    @property
    def text(self) -> str:
        """What the last message says."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    async def event(self, name: str, **data: Any) -> None:
        if self.stream is None:
            self.stream = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await self.stream.prepare(self.request)
        await self.stream.write(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode())

    async def begin(self) -> None:
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": self.body["model"], "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 1}}
        await self.event("message_start", message=message)
        await self.event("ping")

    async def texts(self, *texts: str, index: int = 0) -> None:
        await self.event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        for text in texts:
            await self.event("content_block_delta", index=index, delta={"type": "text_delta", "text": text})
        await self.event("content_block_stop", index=index)

    async def tool(self, name: str, *pieces: str, index: int = 1) -> None:
        block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
        await self.event("content_block_start", index=index, content_block=block)
        for piece in pieces:
            await self.event("content_block_delta", index=index,
                             delta={"type": "input_json_delta", "partial_json": piece})
        await self.event("content_block_stop", index=index)

    async def end(self, reason: str = "end_turn", tokens: int = 5) -> None:
        await self.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None},
                         usage={"output_tokens": tokens})
        await self.event("message_stop")

    def whole(self, *blocks: Any, reason: str = "end_turn") -> web.Response:
        content = [{"type": "text", "text": each} if isinstance(each, str) else each for each in blocks]
        return web.json_response({
            "id": "msg_1", "type": "message", "role": "assistant", "model": self.body["model"], "content": content,
            "stop_reason": reason, "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 5},
        })

    def error(self, status: int, kind: str, message: str, **headers: str) -> web.Response:
        said = {"type": "error", "error": {"type": kind, "message": message}}
        return web.json_response(said, status=status, headers=headers)

    def reset(self) -> None:
        assert self.request.transport is not None
        self.request.transport.abort()


Script = Callable[[Ask], Awaitable[web.StreamResponse | None]]


async def friendly(ask: Ask) -> web.StreamResponse | None:
    """Answers as a model server should."""
    if not ask.body.get("stream"):
        return ask.whole("".join(TEXTS))
    await ask.begin()
    await ask.texts(*TEXTS)
    await ask.end()
    return None


class AnthropicServer:
    """``script`` plays for each request; ``asks`` are the requests that came."""

    def __init__(self) -> None:
        self.script: Script = friendly
        self.asks: list[Ask] = []
        self.base_url = ""

    async def start(self) -> AnthropicServer:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ask = Ask(request, await request.json())
        self.asks.append(ask)
        if request.path != "/v1/messages":
            return ask.error(404, "not_found_error", "no such route")
        try:
            done = await self.script(ask)
        except (asyncio.CancelledError, ConnectionError):
            ask.left_at = time.monotonic()
            ask.left.set()
            raise
        return done or ask.stream or ask.error(500, "api_error", "the script said nothing")

    async def stop(self) -> None:
        await self._runner.cleanup()
