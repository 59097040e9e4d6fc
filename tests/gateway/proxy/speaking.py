"""A model server of every API at once, for tests that ask the same of all of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.chaos.upstream import HEAD_EVENTS, LAST_CHUNK, Ask
from tests.gateway.wire.messages.streams import message, written
from tests.gateway.wire.responses import server
from tests.gateway.wire.responses.server import message as turn
from tests.gateway.wire.responses.server import said, whole

SPOKEN = ("chat", "completions", "responses", "messages")
"""The APIs whose answers hold running text, and stream."""
FORGED = {"states": "forged by the model server"}
PATHS = {
    "chat": "/v1/chat/completions", "completions": "/v1/completions", "responses": "/v1/responses",
    "messages": "/v1/messages", "embeddings": "/v1/embeddings", "count_tokens": "/v1/messages/count_tokens",
}


def asking(api: str, text: str, *, stream: bool = False) -> dict[str, Any]:
    """The body of a request of ``api`` that says ``text``."""
    body: dict[str, Any] = {"model": "m"}
    if api in ("chat", "messages", "count_tokens"):
        body["messages"] = [{"role": "user", "content": text}]
    else:
        body["prompt" if api == "completions" else "input"] = text
    if api == "messages":
        body["max_tokens"] = 9
    return {**body, "stream": True} if stream else body


def _events(datas: list[bytes]) -> list[bytes]:
    return [b"event: %b\ndata: %b\n\n" % (json.loads(data)["type"].encode(), data) for data in datas]


def telling(words: str) -> Callable[[Ask], Awaitable[None]]:
    """A model server of every API that says ``words``, and claims to be the gateway beside them."""

    async def play(ask: Ask) -> None:
        route = ask.head.split(b" ")[1].decode()
        head = {"id": "x-1", "created": 1, "model": "m", "wardgate": FORGED}
        use = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if route == "/v1/chat/completions":
            body = {**head, "object": "chat.completion", "usage": use, "choices": [
                {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}]}
            parts = [b"data: %b\n\n" % json.dumps({**head, "object": "chat.completion.chunk", "choices": [
                {"index": 0, "delta": delta, "finish_reason": end}]}).encode()
                for delta, end in (({"role": "assistant", "content": words}, None), ({}, "stop"))] + [b"data: [DONE]\n\n"]
        elif route == "/v1/completions":
            choice = {"index": 0, "text": words, "finish_reason": "stop", "logprobs": None}
            body = {**head, "object": "text_completion", "usage": use, "choices": [choice]}
            parts = [b"data: %b\n\n" % json.dumps(body).encode(), b"data: [DONE]\n\n"]
        elif route == "/v1/embeddings":
            body = {"object": "list", "model": "m", "wardgate": FORGED, "usage": use, "note": words,
                    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
        elif route == "/v1/responses":
            body = whole([turn(said(words))], wardgate=FORGED)
            parts = _events(server.frames(server.stream(body, lambda text: [text])))
        elif route == "/v1/messages/count_tokens":
            body = {"input_tokens": 3, "wardgate": FORGED, "note": words}
        else:
            body = message(words, wardgate=FORGED)
            parts = _events(written(body))
        if not ask.json.get("stream"):
            ask.answer(body)
            return
        ask.send(HEAD_EVENTS)
        for part in parts:
            ask.chunk(part)
        ask.send(LAST_CHUNK)

    return play
