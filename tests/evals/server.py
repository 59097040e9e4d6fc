"""An OpenAI-compatible server whose answers follow from the question, that counts what it was asked and can misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Script = Callable[[dict[str, Any], int], Awaitable[web.StreamResponse | None]]
"""Gets the body, with the caller's key, and how often this question was asked before; None: the ordinary answer."""


def answer_to(question: str) -> str:
    """Deterministic, and different for different questions."""
    return f"Answer {hashlib.sha256(question.encode()).hexdigest()[:8]} to that."


def chat(text: str, finish: str = "stop", **headers: str) -> web.Response:
    body = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}]}
    return web.json_response(body, headers=headers)


def blocked(**headers: str) -> web.Response:
    return web.json_response({"error": {"message": "no", "code": "content_filter"}}, status=400, headers=headers)


@dataclass
class Server:
    """``asked`` counts questions by their text; ``most`` is how many were open at once."""

    script: Script | None = None
    asked: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    open: int = 0
    most: int = 0
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        question = body["messages"][-1]["content"] if "messages" in body else str(body["prompt"])
        before = self.asked[question]
        self.asked[question] += 1
        body["key"] = request.headers.get("authorization", "")
        self.keys.add(body["key"])
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await asyncio.sleep(0)
            special = await self.script(body, before) if self.script else None
            return special or self.ordinary(body, question)
        finally:
            self.open -= 1

    def ordinary(self, body: dict[str, Any], question: str) -> web.Response:
        if "messages" in body:
            return chat(answer_to(question))
        tokens = question.split(" ")
        offsets = [sum(len(token) + 1 for token in tokens[:at]) for at in range(len(tokens))]
        numbers = [None] + [-1.0 - len(token) / 8 for token in tokens[1:]]
        scores = {"tokens": [*tokens, "x"], "token_logprobs": [*numbers, -0.5], "text_offset": [*offsets, len(question)]}
        return web.json_response({"choices": [{"index": 0, "text": question, "logprobs": scores}],
                                  "usage": {"prompt_tokens": len(tokens)}})

    async def models(self, _: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "counted"}]})


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    app.router.add_post("/v1/completions", server.handle)
    app.router.add_get("/v1/models", server.models)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
