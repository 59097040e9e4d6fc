"""Puts one question to one target, again when that may help, and says what came of it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from evals.run.pace import Pace
from evals.run.plan import Ask
from evals.run.reply import (
    CLIENT,
    CONNECTION,
    FAILED,
    MALFORMED,
    RATE_LIMITED,
    SERVER,
    TIMEOUT,
    Reply,
    failed,
    read_answer,
)
from evals.run.stream import Assembled, assemble
from evals.run.targets import Target
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from evals.run.other_apis import OtherApis

MAX_ANSWER = 16 << 20
_AGAIN = (CONNECTION, TIMEOUT, RATE_LIMITED, SERVER)
_PUSHES = (TIMEOUT, RATE_LIMITED, SERVER)
"""Failures by which a server says that it is asked too much."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often to ask again; seconds. Waits double from ``first`` to ``longest``, jittered.

    ``per_minute``: requests a minute that each target allows, 0 for any number.
    """

    attempts: int = 5
    timeout: float = 120.0
    first: float = 0.25
    longest: float = 10.0
    per_minute: float = 0.0


_Answer = tuple[int, dict[str, str], bytes, Assembled | None]
"""Status, headers by lower-case name, body; or what a stream came to instead of the body."""


class Client:
    """One connection pool for all targets. Redirects are not followed: a key goes to the host it was given for."""

    def __init__(self, patience: Patience, concurrency: int = 8) -> None:
        self.patience, self.concurrency = patience, concurrency
        self.paces: dict[str, Pace] = {}
        self._jitter = random.Random()
        self._session: aiohttp.ClientSession | None = None
        self._others: OtherApis | None = None

    async def __aenter__(self) -> Client:
        timeout = aiohttp.ClientTimeout(total=self.patience.timeout)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
        if self._others is not None:
            await self._others.close()

    async def ask(self, ask: Ask) -> Reply:
        """The reply; a failure is a reply too, after ``patience.attempts`` attempts where asking again may help."""
        attempt, pace = 0, self._pace(ask.target)
        while True:
            attempt += 1
            async with pace.turn() as turn:
                reply, wait = await self._once(ask)
            if reply.reason in _PUSHES:
                pace.refused(turn, wait)
            elif reply.outcome != FAILED:
                pace.answered()
            if reply.outcome != FAILED or reply.reason not in _AGAIN or attempt >= self.patience.attempts:
                return dataclasses.replace(reply, attempts=attempt)
            longest = min(self.patience.longest, self.patience.first * 2 ** (attempt - 1))
            await asyncio.sleep(max(wait, self._jitter.uniform(longest / 2, longest)))

    def _pace(self, target: Target) -> Pace:
        if target.name not in self.paces:
            self.paces[target.name] = Pace(self.concurrency, self.patience.per_minute)
        return self.paces[target.name]

    async def _once(self, ask: Ask) -> tuple[Reply, float]:
        body = {"model": ask.target.model, **ask.sample.body}
        began = time.perf_counter()
        streamed: Assembled | None = None
        try:
            if ask.target.litellm:
                return await self._through_litellm(ask, body, began), 0.0
            status, headers, content, streamed = await self._exchange(ask.target, ask.sample.endpoint, body)
        except TimeoutError:
            return failed(TIMEOUT, seconds=time.perf_counter() - began), 0.0
        except (aiohttp.ClientError, OSError):
            return failed(CONNECTION, seconds=time.perf_counter() - began), 0.0
        except (ValueError, KeyError, TypeError, AttributeError):
            return failed(MALFORMED, seconds=time.perf_counter() - began), 0.0
        seconds = time.perf_counter() - began
        first = None if streamed is None or streamed.first is None else round(streamed.first - began, 6)
        prompts = body["prompt"] if isinstance(body.get("prompt"), list) else ()
        reply = read_answer(ask.sample.endpoint, status, headers, _data(content, streamed), round(seconds, 6),
                            prompts=prompts, start=len(ask.sample.asked), first_token=first)
        if streamed is not None and streamed.error is not None and reply.reason == MALFORMED:
            reply = dataclasses.replace(reply, reason=SERVER)  # the server said in its stream that it failed
        return reply, min(_seconds(headers.get("retry-after", "")), self.patience.longest)

    async def _through_litellm(self, ask: Ask, body: dict[str, Any], began: float) -> Reply:
        if ask.sample.endpoint != "chat/completions":
            return failed(CLIENT)
        if self._others is None:
            from evals.run.other_apis import OtherApis

            self._others = OtherApis()
        status, headers, data = await self._others.exchange(ask.target, body, self.patience.timeout)
        return read_answer(ask.sample.endpoint, status, headers, data, round(time.perf_counter() - began, 6))

    async def _exchange(self, target: Target, endpoint: str, body: dict[str, Any]) -> _Answer:
        if self._session is None:
            raise RuntimeError("use `async with Client(…)`")
        headers = {"authorization": f"Bearer {target.api_key}"} if target.api_key else {}
        async with self._session.post(f"{target.base_url}/{endpoint}", json=body, headers=headers,
                                      allow_redirects=False) as answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            if body.get("stream") and answer.status == 200:
                return answer.status, named, b"", await assemble(answer.content.iter_any(), MAX_ANSWER)
            content = await answer.content.read(MAX_ANSWER + 1)
            while not answer.content.at_eof():
                content += await answer.content.read(MAX_ANSWER + 1)
                if len(content) > MAX_ANSWER:
                    raise ValueError("too large")
            return answer.status, named, content, None

    async def model_of(self, target: Target) -> str:
        """The first model that the target serves; raises ConfigError when it does not tell."""
        if self._session is None:
            raise RuntimeError("use `async with Client(…)`")
        headers = {"authorization": f"Bearer {target.api_key}"} if target.api_key else {}
        try:
            async with self._session.get(f"{target.base_url}/models", headers=headers, allow_redirects=False) as answer:
                data = await answer.json(content_type=None) if answer.status == 200 else None
            return str(data["data"][0]["id"])  # type: ignore[index]
        except (aiohttp.ClientError, OSError, TimeoutError):
            why = "cannot be reached"
        except (KeyError, IndexError, TypeError, ValueError):
            why = f"does not name its models (HTTP {answer.status})"
        raise ConfigError(f"target '{target.name}' {why} at {target.base_url}/models",
                          cure="check the address and the key, or give --model")


def _data(content: bytes, streamed: Assembled | None) -> Any:
    """The decoded body; None when it is none."""
    if streamed is not None:
        return streamed.body()
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 5 else 0.0
