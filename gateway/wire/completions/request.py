"""The codec of ``/v1/completions``: prompts as texts to judge, and back as the body that is sent on.

A prompt is the caller's word. A list of prompts is as many questions, each judged on its own and answered in
``n`` choices of its own; with ``echo`` the prompt comes back as a part of the answer, and is judged as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.types import Role
from gateway.errors import BadRequest
from gateway.wire.bounds import BOUNDS, Bound
from gateway.wire.completions import canned
from gateway.wire.completions.answer import Answer
from gateway.wire.completions.fields import REQUEST
from gateway.wire.envelope import Envelope, Parsed, opened
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge
from gateway.wire.prompts import harvest_prompts

MAX_CHOICES = 256
"""Prompts of a request, and choices of its answer."""
LIMITS: dict[str, Bound] = {
    **BOUNDS,
    "logprobs": Bound("integer", 0, 20, "a sort and a text per token and alternative"),
    "max_tokens": Bound("integer", 0, 1 << 20, "room is reserved for them; 0 with echo asks for the prompt's scores"),
    "echo": Bound("boolean", 0, 1, "a flag"),
}
FIELD_ROLES: dict[str, Role] = dict.fromkeys(
    ("response_format", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar"),
    "developer",
)
"""Whose words a field beside the prompt holds; every other one is the caller's."""


class CompletionRequest(Parsed):
    """A parsed request. ``choices``: how many its answer has, over all prompts."""

    __slots__ = ("choices", "include_usage", "logprobs")

    def __init__(self, asked: Envelope, harvest: Harvest, choices: int) -> None:
        super().__init__(asked, harvest)
        self.choices: Final = choices
        self.logprobs: Final = asked.body.get("logprobs") is not None
        self.include_usage: Final = asked.include_usage

    def answer(self, judge: Judge) -> Answer:
        return Answer(judge, self)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return (canned.stream if self.stream else canned.whole)(self, text, decision_id, now, told)


def parse(data: bytes) -> CompletionRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = opened(data, LIMITS)
    body = asked.body
    harvest = Harvest()
    choices = harvest_prompts("prompt", body.get("prompt"), harvest, MAX_CHOICES) * (body.get("n") or 1)
    if choices > MAX_CHOICES:
        raise BadRequest(f"The prompts times 'n' may be at most {MAX_CHOICES}.", param="n")
    harvest.beside(body, REQUEST, FIELD_ROLES, ("prompt",))
    return CompletionRequest(asked, harvest, choices)
