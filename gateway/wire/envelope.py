"""What the requests of all relayed APIs begin with (strict JSON, bounded parameters, a model, a stream or not), and end
as: a body to send on, and the texts of it that are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.core.types import Edit
from gateway.errors import ApiError, BadRequest
from gateway.wire import bounds, json
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import malformed
from gateway.wire.pointer import edited


class Envelope:
    """``body``: what may be sent on; the parameters in ``dropped`` are out of it."""

    __slots__ = ("body", "dropped", "model", "stream")

    def __init__(self, body: dict[str, Any], model: str, stream: bool, dropped: tuple[str, ...]) -> None:
        self.body, self.model, self.stream, self.dropped = body, model, stream, dropped

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the counts of tokens."""
        options = self.body.get("stream_options")
        return bool(options and options.get("include_usage") is True)


class Parsed:
    """A parsed request, as ``gateway.wire.api.Asked`` has it; each API's own says how it is answered."""

    __slots__ = ("body", "channels", "dropped", "model", "stream", "unscannable")

    def __init__(self, asked: Envelope, harvest: Harvest) -> None:
        # Frozen by Final: a frozen dataclass takes ten times as long to make.
        self.body: Final = asked.body
        self.model: Final = asked.model
        self.stream: Final = asked.stream
        self.dropped: Final = asked.dropped
        self.channels: Final = harvest.channels()
        self.unscannable: Final = tuple(harvest.unscannable)

    def rewrite(self, edits: tuple[Edit, ...] = (), model: str | None = None) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return written(edited(self.body, edits) if edits else self.body, model)


def opened(
    data: bytes,
    limits: Mapping[str, bounds.Bound] = bounds.BOUNDS,
    drop: Mapping[str, str] = bounds.DROPPED,
    refused: Mapping[str, str] = bounds.REFUSED,
) -> Envelope:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text.

    ``drop`` and ``refused``: parameters, with the reason, as ``gateway.wire.bounds`` has them.
    """
    body = read_object(data)
    dropped = tuple(sorted(drop.keys() & body.keys()))
    if dropped:
        body = {key: value for key, value in body.items() if key not in drop}
    bounds.check(body, limits, refused)
    model, stream = body.get("model"), body.get("stream")
    if type(model) is not str or not model:
        raise BadRequest("'model' must be the name of a model.", param="model")
    if stream is not None and type(stream) is not bool:
        raise BadRequest("'stream' must be true or false.", param="stream")
    return Envelope(body, model, stream is True, dropped)


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object that ``data`` holds. Raises BadRequest or InvalidJson."""
    body = json.loads(data)
    if type(body) is not dict:
        raise BadRequest("The body must be a JSON object.")
    return body


def written(body: dict[str, Any], model: str | None) -> bytes:
    """The body to send on, with another ``model`` named where one is given."""
    return orjson.dumps(body if model is None else {**body, "model": model})


def read_answer(data: bytes) -> dict[str, Any]:
    """A whole answer, parsed. Raises UpstreamFailed for what is no JSON object; its text is in no error's context."""
    try:
        answer = json.loads(data)
    except ApiError:
        answer = None
    if type(answer) is not dict:
        raise malformed()
    return answer
