"""Carries one request through the engine: submits its prompts, gathers or streams the pieces, frees the rows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from aiohttp import web

from model_server.asks import Ask
from model_server.engine import Engine, Piece
from model_server.failures import RequestRefused, limit_beyond, too_long
from model_server.meters import Meters
from model_server.replies import DONE, FINGERPRINT, ChatShape, Part, TextShape, answer, frame, usage
from model_server.sampling import Sampling

log = logging.getLogger(__name__)


def draws(ask: Ask, limit: int) -> list[Sampling]:
    """One sampling per choice; with a seed, choice i draws with seed + i, as vLLM does. `limit` in tokens."""
    base, seed = ask.sampling, ask.sampling.seed
    return [
        replace(base, max_tokens=limit, seed=None if seed is None else seed + index) for index in range(ask.choices)
    ]


def answer_limit(ask: Ask, prompt: int, context: int) -> int:
    """How many tokens the answer may have: what was asked for, or as much of it as the context has room for.

    Refuses a prompt that fills the context and a wish that no prompt would leave room for.
    """
    if ask.max_tokens is not None and ask.max_tokens > context:
        raise limit_beyond(ask.max_tokens, context)
    if prompt > context or (prompt == context and ask.max_tokens != 0):
        raise too_long(prompt, context)
    return min(context - prompt, context if ask.max_tokens is None else ask.max_tokens)


class Delivery:
    """One request from submission to its last byte. Leaving `deliver` in any way frees the engine's rows."""

    def __init__(
        self, engine: Engine, meters: Meters, ask: Ask, prompts: list[list[int]], shape: ChatShape | TextShape
    ) -> None:
        self._engine, self._meters, self._ask, self._shape = engine, meters, ask, shape
        self._prompts = prompts
        self._queue: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        self._arrived = self._last = time.monotonic()

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        """Serves the whole answer or the stream."""
        context = self._engine.decoder.shape.context
        limits = [answer_limit(self._ask, len(prompt), context) for prompt in self._prompts]
        scored = self._ask.echo and self._ask.logprobs
        self._jobs = [
            self._engine.submit(prompt, draws(self._ask, limit), self._queue, at * self._ask.choices, scored)
            for at, (prompt, limit) in enumerate(zip(self._prompts, limits, strict=True))
        ]
        try:
            return await (self._stream(request) if self._ask.stream else self._whole())
        except (asyncio.CancelledError, ConnectionError):
            self._meters.ended("abort")
            raise
        finally:
            for job in self._jobs:
                self._engine.abandon(job)

    @property
    def _usage(self) -> dict[str, int]:
        drawn = sum(len(choice.drawn) for job in self._jobs for choice in job.choices)
        return usage(sum(map(len, self._prompts)), drawn)

    async def _arrivals(self) -> AsyncIterator[tuple[int, Part]]:
        """(choice index, what it got); whatever piled up for one choice since the last time comes together."""
        open_choices = len(self._prompts) * self._ask.choices
        while open_choices:
            items = [await self._queue.get()]
            while not self._queue.empty():
                items.append(self._queue.get_nowait())
            self._clock()
            parts: dict[int, Part] = {}
            for item in items:
                if isinstance(item, Exception):
                    raise RequestRefused("The engine failed.", status=500, kind="InternalServerError") from item
                parts.setdefault(item.choice, Part()).add(item)
            for index, part in parts.items():
                open_choices -= part.reason is not None
                yield index, part
        self._count()

    def _clock(self) -> None:
        now = time.monotonic()
        first = self._last == self._arrived
        (self._meters.first_token if first else self._meters.between_tokens).observe(now - self._last)
        self._last = now

    def _count(self) -> None:
        self._meters.whole.observe(time.monotonic() - self._arrived)
        for job in self._jobs:
            self._meters.prompt_tokens.inc(len(job.prompt))
            self._meters.prompt_length.observe(len(job.prompt))
            for choice in job.choices:
                self._meters.generation_tokens.inc(len(choice.drawn))
                self._meters.generation_length.observe(len(choice.drawn))

    async def _whole(self) -> web.Response:
        parts = [Part() for job in self._jobs for _ in job.choices]
        async for index, part in self._arrivals():
            parts[index].extend(part)
        choices = []
        for index, part in enumerate(parts):
            self._echo(index, part)
            choices.append(self._shape.choice(index, part))
            self._meters.ended(part.reason or "abort")
        return answer(self._shape.body(choices, self._usage))

    def _echo(self, index: int, part: Part) -> None:
        """Puts the prompt before a completion's text when `echo` asked for it."""
        if self._ask.echo:
            job = self._jobs[index // self._ask.choices]
            part.text = self._engine.vocabulary.decode(job.prompt) + part.text
            part.tokens = [*job.prompt_scores, *part.tokens]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        try:
            async for choices in self._chunks():
                await response.write(b"".join(self._frame(choice) for choice in choices))
            if self._ask.usage_chunk:
                last = self._shape.envelope(self._shape.chunk, []) | {"usage": self._usage}
                await response.write(frame(last | {"system_fingerprint": FINGERPRINT}))
            await response.write(DONE)
        except RequestRefused as failure:  # the status line is out: the error can only be a frame
            with contextlib.suppress(ConnectionError):
                await response.write(frame(failure.body()))
        return response

    async def _chunks(self) -> AsyncIterator[list[dict[str, Any]]]:
        """The choices of the chunks that each arrival is worth."""
        opened: set[int] = set()
        async for index, part in self._arrivals():
            choices = []
            if index not in opened:
                opened.add(index)
                self._echo(index, part)
                choices = self._shape.openings(index)
            choices += self._shape.deltas(index, part)
            if part.reason is not None:
                self._meters.ended(part.reason)
            if choices:
                yield choices

    def _frame(self, choice: dict[str, Any]) -> bytes:
        body = self._shape.envelope(self._shape.chunk, [choice])
        if self._ask.usage_always:
            body["usage"] = self._usage | {"completion_tokens_details": None}
        if choice["finish_reason"] is not None and not self._ask.usage_chunk:
            body["system_fingerprint"] = FINGERPRINT
        return frame(body | self._shape.extras(choice))
