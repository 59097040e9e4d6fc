"""The hop to a model of another API, through litellm: it fills the same ``Call`` that a connection fills.

The relay cannot tell the two apart, so there is one judging path. Each question is one task; leaving it, a
time-out or a cut cancels the task, and litellm closes its connection in the same moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import orjson

from gateway.errors import UpstreamFailed, WardgateError
from gateway.proxy.call import Call
from gateway.proxy.litellm_library import Provider
from gateway.proxy.upstream import Target
from gateway.wire import foreign
from gateway.wire.sse import frame

_EVENTS = {b"content-type": b"text/event-stream"}
_JSON = {b"content-type": b"application/json"}
_DONE = b"data: [DONE]\n\n"
_NO_MODELS = b'{"object":"list","data":[]}'
_KINDS = {"ContextWindowExceededError": "context_length_exceeded", "ContentPolicyViolationError": "content_policy",
          "UnsupportedParamsError": "unsupported_parameter"}  # fmt: skip
_SETTLE = 5.0


class LitellmUpstream:
    """One model behind litellm. Has what the relay asks of ``gateway.proxy.upstream.Upstream``."""

    def __init__(self, target: Target, provider: Provider, clock: Callable[[], float]) -> None:
        self.target, self._provider, self._clock = target, provider, clock
        self._lanes: set[Lane] = set()

    def check(self, body: dict[str, Any]) -> None:
        """Raises BadRequest for what has no translation, before anyone is asked."""
        foreign.arguments(body, self._provider.known)

    async def post(self, path: str, body: bytes, request_id: str) -> Call:
        """As ``Upstream.post``. ``path`` is always chat completions."""
        asked = foreign.arguments(orjson.loads(body), self._provider.known)
        lane = Lane(self._provider.library, self._lanes)
        call = Call(lane, self._clock, self.target)
        lane.ask(call, {**asked, **self._fixed(request_id)})
        try:
            await call.ready
        except asyncio.CancelledError:
            call.abort()
            raise
        return call

    async def get(self, path: str, request_id: str) -> Call:
        """The list of models: empty, as the settings name the only one."""
        call = Call(Lane(self._provider.library, self._lanes), self._clock, self.target)
        call.head(200, _JSON)
        call.add(_NO_MODELS)
        call.done()
        return call

    def _fixed(self, request_id: str) -> dict[str, Any]:
        """What the settings say; written last, so that nothing in a request can take its place."""
        import httpx

        target = self.target
        longest = max(target.first_byte_timeout, target.idle_timeout) + _SETTLE  # ours come first
        fixed: dict[str, Any] = {
            "model": self._provider.model, "num_retries": 0, "max_retries": 0, "no-log": True, "caching": False,
            "extra_headers": {"x-request-id": request_id},
            "timeout": httpx.Timeout(longest, connect=target.connect_timeout),
        }  # fmt: skip
        if target.api_key:
            fixed["api_key"] = target.api_key
        if target.base_url:
            fixed["api_base"] = target.base_url
        return fixed

    def sweep(self, now: float) -> None:
        """Enforces first-byte and idle time-outs; called about four times a second."""
        for lane in tuple(self._lanes):
            lane.sweep(now)

    @property
    def live(self) -> int:
        """Questions being answered."""
        return len(self._lanes)

    def close(self) -> None:
        for lane in tuple(self._lanes):
            lane.abort()
        with contextlib.suppress(RuntimeError):  # no loop runs: nothing is open
            closing = asyncio.get_running_loop().create_task(self._provider.library.close_litellm_async_clients())
            _CLOSING.add(closing)
            closing.add_done_callback(_CLOSING.discard)


_CLOSING: set[asyncio.Task[None]] = set()
"""Kept until they are done: the loop itself holds tasks weakly."""


class Lane:
    """One question through litellm; pausing it stops reading, so that the provider's connection fills up."""

    def __init__(self, library: Any, lanes: set[Lane]) -> None:
        self._library, self._lanes = library, lanes
        self._call: Call | None = None
        self._task: asyncio.Task[None] | None = None
        self._open = asyncio.Event()
        self._open.set()

    def ask(self, call: Call, arguments: dict[str, Any]) -> None:
        self._call = call
        self._lanes.add(self)
        self._task = asyncio.get_running_loop().create_task(self._run(call, arguments))
        self._task.add_done_callback(lambda _: self._lanes.discard(self))

    # -- what a call asks ----------------------------------------------------------------------

    def pause(self) -> None:
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    def abort(self) -> None:
        self._call = None
        if self._task is not None:
            self._task.cancel()

    def sweep(self, now: float) -> None:
        if self._call is not None and now > self._call.deadline:
            self._call.expire()

    # -- the task ------------------------------------------------------------------------------

    async def _run(self, call: Call, arguments: dict[str, Any]) -> None:
        try:
            answer = await self._library.acompletion(**arguments)
            if arguments.get("stream"):
                await self._stream(call, answer)
            else:
                call.head(200, _JSON)
                call.add(orjson.dumps(foreign.whole(answer.model_dump())))
                call.take()
                self._end(call)
        except Exception as error:  # noqa: BLE001 - litellm's own, openai's, httpx's and the provider library's
            if self._call is call:
                self._refuse(call, error)

    async def _stream(self, call: Call, answer: Any) -> None:
        try:
            async for each in answer:
                await self._open.wait()
                if not call.status:
                    call.head(200, _EVENTS)
                call.add(frame(orjson.dumps(foreign.chunk(each.model_dump(exclude_none=True)))))
                call.take()
        finally:
            with contextlib.suppress(Exception):  # a broken connection need not close cleanly
                await answer.aclose()
        await self._open.wait()
        if not call.status:
            call.head(200, _EVENTS)
        call.add(_DONE)
        self._end(call)

    def _end(self, call: Call) -> None:
        if self._call is call:
            self._call = self._task = None
            call.done()

    def _refuse(self, call: Call, error: Exception) -> None:
        """What went wrong as the status, kind and waiting time that it is; its text may hold the prompt and stays."""
        self._call = self._task = None
        status = _status(error)
        if call.status:
            call.fail(UpstreamFailed("The connection to the model server was lost."))
        elif not status:
            call.fail(_unreached(error))
        else:
            name = next((kind for cls in type(error).__mro__ if (kind := _KINDS.get(cls.__name__))), None)
            call.head(status, {**_JSON, **_waiting(error)})
            call.add(orjson.dumps({"error": {"type": "invalid_request_error", "code": name}}))
            call.done()


def _status(error: Exception) -> int:
    """The provider's status; 0 where none came, and litellm only made one up."""
    if type(error).__name__ in ("APIConnectionError", "Timeout", "MidStreamFallbackError"):
        return 0
    status = getattr(error, "status_code", 0)
    return status if type(status) is int and 400 <= status < 600 else 0


def _unreached(error: Exception) -> WardgateError:
    from gateway.errors import UpstreamTimeout

    if type(error).__name__ == "Timeout":
        return UpstreamTimeout("The model server did not accept a connection in time.")
    return UpstreamFailed("The model server could not be asked.")


def _waiting(error: Exception) -> dict[bytes, bytes]:
    for source in (getattr(error, "litellm_response_headers", None),
                   getattr(getattr(error, "response", None), "headers", None)):  # fmt: skip
        wait = source.get("retry-after") if source is not None else None
        if isinstance(wait, str) and wait.isascii():
            return {b"retry-after": wait.encode()}
    return {}
