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

from gateway.errors import BadRequest
from gateway.proxy.call import Call
from gateway.proxy.litellm_lane import JSON, Lane
from gateway.proxy.litellm_library import Provider
from gateway.proxy.upstream import Target
from gateway.wire import foreign

_NO_MODELS = b'{"object":"list","data":[]}'
_SETTLE = 5.0


class LitellmUpstream:
    """One model behind litellm. Has what the relay asks of ``gateway.proxy.upstream.Upstream``."""

    def __init__(self, target: Target, provider: Provider, clock: Callable[[], float]) -> None:
        self.target, self._provider, self._clock = target, provider, clock
        self._lanes: set[Lane] = set()

    def check(self, api: str, body: dict[str, Any]) -> None:
        """Raises BadRequest for what has no translation, before anyone is asked."""
        if api != "chat":
            raise BadRequest("This model takes /v1/chat/completions only.", param="model")
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
        call.head(200, JSON)
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
