"""The codec of ``/v1/embeddings``: what is to be embedded is the caller's text, judged and edited like any other.

A vector of a text that was edited is the edited text's, which ``x-wardgate-decision: edit`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import BadRequest
from gateway.wire.bounds import BOUNDS, Bound
from gateway.wire.embeddings.answer import Answer
from gateway.wire.embeddings.fields import REQUEST
from gateway.wire.envelope import Envelope, Parsed, opened
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge
from gateway.wire.prompts import harvest_prompts

MAX_INPUTS = 2048
"""The API's own bound."""
FORMATS = ("float", "base64")
LIMITS: dict[str, Bound] = {**BOUNDS, "dimensions": Bound("integer", 1, 1 << 16, "the length of each vector")}


class EmbeddingsRequest(Parsed):
    """A parsed request. ``inputs``: how many vectors are asked for."""

    __slots__ = ("inputs",)

    def __init__(self, asked: Envelope, harvest: Harvest, inputs: int) -> None:
        super().__init__(asked, harvest)
        self.inputs: Final = inputs

    def answer(self, judge: Judge) -> Answer:
        return Answer(judge, self)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> None:
        """There is none: no words can stand in a vector's place."""


def parse(data: bytes) -> EmbeddingsRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = opened(data, LIMITS)
    body = asked.body
    if asked.stream:
        raise BadRequest("Embeddings are not streamed: leave 'stream' out.", param="stream")
    if body.get("encoding_format") is not None and body["encoding_format"] not in FORMATS:
        raise BadRequest(f"'encoding_format' must be {' or '.join(FORMATS)}.", param="encoding_format")
    if body.get("messages") is not None:
        raise BadRequest("'messages' cannot be embedded here: send their text as 'input'.", param="messages")
    harvest = Harvest()
    inputs = harvest_prompts("input", body.get("input"), harvest, MAX_INPUTS)
    harvest.beside(body, REQUEST, {}, ("input",))
    return EmbeddingsRequest(asked, harvest, inputs)
