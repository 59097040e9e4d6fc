"""One question to a model of another API: a task that reports to its ``Call`` as a connection would.

What goes wrong is told as status, kind and waiting time only: the words of a provider may repeat the prompt.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson

from gateway.errors import UpstreamFailed, UpstreamTimeout, WardgateError
from gateway.proxy.call import Call
from gateway.wire import foreign
from gateway.wire.sse import frame

JSON = {b"content-type": b"application/json"}
_EVENTS = {b"content-type": b"text/event-stream"}
_DONE = b"data: [DONE]\n\n"
_KINDS = {"ContextWindowExceededError": "context_length_exceeded", "ContentPolicyViolationError": "content_policy",
          "UnsupportedParamsError": "unsupported_parameter"}  # fmt: skip


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
                call.head(200, JSON)
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
            call.head(status, {**JSON, **_waiting(error)})
            call.add(orjson.dumps({"error": {"type": "invalid_request_error", "code": name}}))
            call.done()


def _status(error: Exception) -> int:
    """The provider's status; 0 where none came, and litellm only made one up."""
    if type(error).__name__ in ("APIConnectionError", "Timeout", "MidStreamFallbackError"):
        return 0
    status = getattr(error, "status_code", 0)
    return status if type(status) is int and 400 <= status < 600 else 0


def _unreached(error: Exception) -> WardgateError:
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
