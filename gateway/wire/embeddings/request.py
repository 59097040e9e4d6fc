"""The codec of ``/v1/embeddings``: what is to be embedded is the caller's text, judged and edited like any other.

A vector of a text that was edited is the edited text's, which ``x-wardgate-decision: edit`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.core.types import Channel, Edit, Unscannable
from gateway.errors import BadRequest
from gateway.wire.bounds import BOUNDS, Bound
from gateway.wire.embeddings.answer import Answer
from gateway.wire.embeddings.fields import REQUEST
from gateway.wire.envelope import opened, written
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge
from gateway.wire.pointer import edited
from gateway.wire.prompts import harvest_prompts

MAX_INPUTS = 2048
"""The API's own bound."""
FORMATS = ("float", "base64")
LIMITS: dict[str, Bound] = {**BOUNDS, "dimensions": Bound("integer", 1, 1 << 16, "the length of each vector")}


@dataclass(frozen=True, slots=True)
class EmbeddingsRequest:
    """A parsed request. ``inputs``: how many vectors are asked for."""

    body: dict[str, Any]
    model: str
    inputs: int
    channels: tuple[Channel, ...]
    unscannable: tuple[Unscannable, ...]
    dropped: tuple[str, ...] = ()

    @property
    def stream(self) -> bool:
        return False

    def rewrite(self, edits: tuple[Edit, ...] = (), model: str | None = None) -> bytes:
        """The body to send on, with ``edits`` carried out and, where given, another ``model`` named."""
        return written(edited(self.body, edits) if edits else self.body, model)

    def answer(self, judge: Judge) -> Answer:
        return Answer(judge, self)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """Never asked for: the API does not speak."""
        raise NotImplementedError


def parse(data: bytes) -> EmbeddingsRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = opened(data, LIMITS)
    body = asked.body
    if asked.stream:
        raise BadRequest("Embeddings are not streamed: leave 'stream' out.", param="stream")
    form = body.get("encoding_format")
    if form is not None and form not in FORMATS:
        raise BadRequest(f"'encoding_format' must be {' or '.join(FORMATS)}.", param="encoding_format")
    if body.get("messages") is not None:
        raise BadRequest("'messages' cannot be embedded here: send their text as 'input'.", param="messages")
    harvest = Harvest()
    inputs = harvest_prompts("input", body.get("input"), harvest, MAX_INPUTS)
    for key, value in body.items():
        if key not in REQUEST.children or (key != "input" and type(value) in (str, dict, list)):
            harvest.member(key, value, REQUEST, "user")
    return EmbeddingsRequest(body, asked.model, inputs, harvest.channels(), tuple(harvest.unscannable), asked.dropped)
