"""vLLM's HTTP interface on the embedded engine, because the gateway must not care which of the two it fronts."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from model_server import asks
from model_server.delivery import Delivery
from model_server.engine import Engine
from model_server.failures import RequestRefused, not_found
from model_server.meters import Meters
from model_server.replies import ChatShape, TextShape, answer

log = logging.getLogger(__name__)
VERSION = "0.32.0+wardgate"  # the vLLM release whose wire format this follows
UNSUPPORTED = (
    "guided_json",
    "guided_regex",
    "guided_choice",
    "structured_outputs",
    "best_of",
    "suffix",
    "prompt_logprobs",
)
MAX_BODY = 4 * 1024 * 1024


class Api:
    """The routes; `app()` gives the aiohttp application to serve."""

    def __init__(self, engine: Engine, model: str, defaults: dict[str, float], api_key: str | None = None) -> None:
        self.engine, self.model, self.defaults, self.api_key = engine, model, defaults, api_key
        self.meters = Meters(model, engine)
        self.started = int(time.time())
        self.context = engine.decoder.shape.context

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._shape_errors])
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{model:.+}", self._one_model)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/completions", self._complete)
        app.router.add_post("/tokenize", self._tokenize)
        app.router.add_post("/detokenize", self._detokenize)
        app.router.add_get("/health", self._health)
        app.router.add_get("/version", self._version)
        app.router.add_get("/metrics", self._metrics)
        return app

    @web.middleware
    async def _shape_errors(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            self._check_key(request)
            return await handler(request)
        except RequestRefused as refusal:
            error = refusal
        except web.HTTPException as http:
            kind = "NotFoundError" if http.status == 404 else "BadRequestError"
            error = RequestRefused(f"{http.reason}.", status=http.status, kind=kind)
        except ConnectionError:  # the client has left: no one to answer
            raise
        except Exception:
            log.exception("request failed")
            error = RequestRefused("The engine failed.", status=500, kind="InternalServerError")
        return answer(error.body(), error.status)

    def _check_key(self, request: web.Request) -> None:
        if self.api_key is None or not request.path.startswith("/v1/"):
            return
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self.api_key.encode()):
            raise RequestRefused("Unauthorized", status=401, kind="AuthenticationError")

    def _check_model(self, name: str) -> None:
        if name and name != self.model:
            raise not_found(f"The requested model does not exist; this engine serves '{self.model}'.", "model")

    def _card(self) -> dict[str, Any]:
        card = {"id": self.model, "object": "model", "created": self.started, "owned_by": "wardgate"}
        return card | {"root": self.model, "parent": None, "max_model_len": self.context, "permission": [self._rights]}

    @property
    def _rights(self) -> dict[str, Any]:
        """A record of OpenAI's first API that vLLM still lists; nobody is asked for it."""
        may = dict.fromkeys(("allow_sampling", "allow_logprobs", "allow_view"), True)
        may_not = ("allow_create_engine", "allow_search_indices", "allow_fine_tuning", "is_blocking")
        rights = {"id": f"modelperm-{self.started}", "object": "model_permission", "created": self.started}
        return rights | may | dict.fromkeys(may_not, False) | {"organization": "*", "group": None}

    async def _models(self, _: web.Request) -> web.Response:
        return answer({"object": "list", "data": [self._card()]})

    async def _one_model(self, request: web.Request) -> web.Response:
        self._check_model(request.match_info["model"])
        return answer(self._card())

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response()

    async def _version(self, _: web.Request) -> web.Response:
        return answer({"version": VERSION})

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self.meters.render(), headers={"Content-Type": "text/plain; version=1.0.0"})

    async def _tokenize(self, request: web.Request) -> web.Response:
        fields = asks.read_json(await request.read())
        if "messages" in fields.data:
            opened, resume = fields.flag("add_generation_prompt", True), fields.flag("continue_final_message")
            ids = self.engine.vocabulary.chat(asks.read_turns(fields), answer=opened, resume=resume)
        else:
            prompt = fields.data.get("prompt")
            if not isinstance(prompt, str):
                raise fields.refuse("prompt", "a string (or give 'messages')")
            ids = self.engine.vocabulary.encode(prompt, marks=True)
        pieces = [self.engine.vocabulary.piece(token) for token in ids]
        strings = pieces if fields.flag("return_token_strs") else None
        body = {"count": len(ids), "max_model_len": self.context, "tokens": ids, "token_strs": strings}
        return answer(body)

    async def _detokenize(self, request: web.Request) -> web.Response:
        fields = asks.read_json(await request.read())
        ids, size = fields.data.get("tokens"), self.engine.vocabulary.size
        if not isinstance(ids, list) or not all(type(i) is int and 0 <= i < size for i in ids):
            raise fields.refuse("tokens", "a list of token ids of this vocabulary")
        return answer({"prompt": self.engine.vocabulary.decode(ids)})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        fields = asks.read_json(await request.read())
        ask = asks.read_ask(fields, True, self.defaults, self.engine.vocabulary.size)
        self._check_model(ask.model)
        _refuse_unsupported(fields)
        turns, resume = asks.read_turns(fields), fields.flag("continue_final_message")
        opened = fields.flag("add_generation_prompt", not resume)
        prompt = self.engine.vocabulary.chat(turns, answer=opened, resume=resume)
        shape = ChatShape(self.model, self.engine.vocabulary, ask.logprobs)
        return await Delivery(self.engine, self.meters, ask, [prompt], shape).deliver(request)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        fields = asks.read_json(await request.read())
        ask = asks.read_ask(fields, False, self.defaults, self.engine.vocabulary.size)
        self._check_model(ask.model)
        _refuse_unsupported(fields)
        vocabulary = self.engine.vocabulary
        found = asks.read_prompts(fields, vocabulary.size)
        prompts = [vocabulary.encode(item, marks=True) if isinstance(item, str) else item for item in found]
        shape = TextShape(self.model, vocabulary, ask.logprobs)
        return await Delivery(self.engine, self.meters, ask, prompts, shape).deliver(request)


def _refuse_unsupported(fields: asks.Fields) -> None:
    """Refuses what would change the meaning of the answer if it were ignored."""
    if fields.data.get("tools") and fields.data.get("tool_choice", "auto") != "none":
        raise RequestRefused("'tools' need a tool-call parser, which this engine does not have.", param="tools")
    if fields.record("response_format").get("type", "text") != "text":
        raise RequestRefused(
            "'response_format' other than text is not supported by this engine.", param="response_format"
        )
    for name in UNSUPPORTED:
        if fields.data.get(name) not in (None, "", 1 if name == "best_of" else None):
            raise RequestRefused(f"'{name}' is not supported by this engine.", param=name)
