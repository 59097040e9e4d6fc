"""A model server that takes nothing which the clients' own types do not allow, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
from openai.types import completion_create_params, embedding_create_params, moderation_create_params
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params

from tests.conformance import answers
from tests.conformance.values import faults

Say = Callable[[dict[str, Any], int], Any]


@dataclass(frozen=True, slots=True)
class Api:
    """What a path takes, whole and streamed, and what it says. ``named``: events have names; ``done``: and a last word."""

    whole: Any
    say: Say
    streamed: Any = None
    tell: Callable[[dict[str, Any], int], Iterable[dict[str, Any]]] | None = None
    named: bool = False
    done: bool = False


APIS: dict[str, Api] = {
    "/v1/chat/completions": Api(
        chat_params.CompletionCreateParamsNonStreaming, answers.chat,
        chat_params.CompletionCreateParamsStreaming, answers.chat_events, done=True),
    "/v1/completions": Api(
        completion_create_params.CompletionCreateParamsNonStreaming, answers.completion,
        completion_create_params.CompletionCreateParamsStreaming, answers.completion_events, done=True),
    "/v1/responses": Api(
        response_create_params.ResponseCreateParamsNonStreaming, answers.response,
        response_create_params.ResponseCreateParamsStreaming, answers.response_events, named=True),
    "/v1/messages": Api(
        MessageCreateParamsNonStreaming, answers.message, MessageCreateParamsStreaming, answers.message_events, named=True),
    "/v1/messages/count_tokens": Api(MessageCountTokensParams, answers.count),
    "/v1/embeddings": Api(embedding_create_params.EmbeddingCreateParams, answers.embeddings),
    "/v1/moderations": Api(moderation_create_params.ModerationCreateParams, answers.moderation),
}  # fmt: skip

UNTYPED = {("/v1/responses", "verbosity")}
"""What a client's method takes and sends although its own type of the request has no such member."""


@dataclass
class Mock:
    """``turn``: which of the answers is next. ``asked``: paths and bodies, as they came, since the last ``forget``."""

    turn: int = 0
    asked: list[tuple[str, Any]] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None

    async def start(self) -> Mock:
        app = web.Application(client_max_size=16 << 20)
        app.router.add_get("/turn/{turn}", self._turn)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{name}", self._models)
        app.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _turn(self, request: web.Request) -> web.Response:
        """For clients in other processes: sets the turn, and gives and forgets what was asked before it."""
        said = web.json_response(self.asked)
        self.asked, self.turn = [], int(request.match_info["turn"])
        return said

    async def _models(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, None))
        return web.json_response(answers.models(request.match_info.get("name", "")))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append((request.path, body))
        api = APIS.get(request.path)
        if api is None:
            return web.json_response({"error": {"message": "no such path"}}, status=404)
        streamed = body.get("stream") is True and api.tell is not None
        typed = {key: value for key, value in body.items() if (request.path, key) not in UNTYPED}
        found = list(faults(typed, api.streamed if streamed else api.whole))
        if found:
            return web.json_response({"error": {"message": "; ".join(found), "type": "not_the_clients_type"}}, status=422)
        if api.tell is None or not streamed:
            return web.json_response(api.say(body, self.turn))
        answer = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await answer.prepare(request)
        for event in api.tell(body, self.turn):
            name = f"event: {event['type']}\n" if api.named else ""
            await answer.write(f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
        if api.done:
            await answer.write(b"data: [DONE]\n\n")
        return answer
