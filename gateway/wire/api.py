"""What the flow knows of an API: how a request is read, how its answer is judged, and how an error looks.

The relay is written against these types alone, so an API is one package beside ``chat`` and one line in
``gateway.wire.apis``; nothing in the flow asks which API it is serving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.core.types import Channel, Edit, Unscannable
from gateway.errors import ApiError
from gateway.wire import errors
from gateway.wire.explain import UNTOLD
from gateway.wire.leaves import Judge


class Answering(Protocol):
    """One answer on its way to the caller. ``feed``, ``finish``, ``complete`` raise UpstreamFailed for an odd one."""

    @property
    def done(self) -> bool:
        """All of it is over and some was cut: the model server need not go on."""
    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the prompt and of the answer, as far as the model server has said."""
    def feed(self, data: bytes) -> bytes:
        """The data of one event in, the events to send out."""
    def finish(self) -> bytes:
        """The model server's stream has ended: what is still owed, the API's last event included."""
    def fail(self, error: ApiError) -> bytes:
        """The stream was lost: the API's error event, and no sign of a regular end."""
    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""


class Asked(Protocol):
    """A parsed request. ``body`` is what may be sent on: parameters in ``dropped`` are out of it."""

    @property
    def body(self) -> dict[str, Any]: ...
    @property
    def model(self) -> str: ...
    @property
    def stream(self) -> bool: ...
    @property
    def channels(self) -> tuple[Channel, ...]: ...
    @property
    def unscannable(self) -> tuple[Unscannable, ...]: ...
    @property
    def dropped(self) -> tuple[str, ...]: ...
    def rewrite(self, edits: tuple[Edit, ...] = (), model: str | None = None) -> bytes:
        """The body to send on, with ``edits`` carried out and, where given, another ``model`` named."""
    def answer(self, judge: Judge) -> Answering:
        """The way back."""
    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes | None:
        """The operator's ``text`` as a model's answer, or as its events where ``stream``; ``now``: Unix seconds.

        ``told`` is what ``gateway.wire.explain.member`` gave. None where the API's answers hold no words, so that a
        policy's own (``action: {respond: …}``) cannot stand in their place.
        """


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """How an API writes errors: as the ``body`` of an answer, and as the ``frame`` that ends a stream.

    ``id_header``: the header in which its clients look for a request's id, where that is not ``x-request-id``.
    """

    body: Callable[[ApiError], bytes]
    frame: Callable[[ApiError], bytes]
    id_header: str = ""

    def id_lines(self, request_id: str) -> bytes:
        """The header line for ``request_id`` that this API's clients look for beside ``x-request-id``; or nothing."""
        return f"{self.id_header}: {request_id}\r\n".encode("ascii") if self.id_header else b""


OPENAI = ErrorShape(errors.render, errors.frame)


@dataclass(frozen=True, slots=True)
class Api:
    """``name``: in metrics and audit. ``route``: what callers post to. ``path``: the model server's, below its base."""

    name: str
    route: bytes
    path: str
    parse: Callable[[bytes], Asked]
    errors: ErrorShape = OPENAI
