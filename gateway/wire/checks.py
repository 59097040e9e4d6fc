"""The codec of ``/v1/checks``: texts to judge without a model, and what the policy makes of them.

The API is Wardgate's own, so it is strict: a member that it does not know is an error, never a text unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.core.types import Channel, Finding, RuleState, Unscannable, Verdict
from gateway.errors import BadRequest
from gateway.wire import bounds
from gateway.wire.chat.fields import REQUEST
from gateway.wire.chat.request import harvest_messages
from gateway.wire.envelope import read_object
from gateway.wire.harvest import Harvest
from gateway.wire.pointer import edited
from gateway.wire.prompts import harvest_prompts

MEMBERS = ("model", "input", "messages", "tools", "output")
MAX_TEXTS = 256
"""Elements of ``input`` and of ``output``."""


@dataclass(frozen=True, slots=True)
class Check:
    """A parsed request. ``model`` is empty where none was named; ``outputs`` are answers, one text a choice."""

    body: dict[str, Any]
    model: str
    channels: tuple[Channel, ...]
    unscannable: tuple[Unscannable, ...]
    outputs: tuple[str, ...]

    @property
    def one_output(self) -> bool:
        """Whether ``output`` was one text, not a list of them."""
        return type(self.body.get("output")) is str


def parse(data: bytes) -> Check:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the member, never its text."""
    body = read_object(data)
    if not body.keys() <= frozenset(MEMBERS):
        raise BadRequest(f"A check has no members but {', '.join(MEMBERS)}.")
    body = {key: value for key, value in body.items() if value is not None}
    bounds.check(body)
    if "input" in body and "messages" in body:
        raise BadRequest("Send either 'input' or 'messages'.", param="messages")
    if not body.keys() & {"input", "messages", "output"}:
        raise BadRequest("Send 'input', 'messages' or 'output': there is nothing to judge.", param="input")
    harvest = Harvest()
    if "input" in body:
        harvest_prompts("input", body["input"], harvest, MAX_TEXTS)
    if "messages" in body:
        harvest_messages(body["messages"], harvest)
    if "tools" in body:
        harvest.member("tools", body["tools"], REQUEST, "developer")
    return Check(body, model_of(body), harvest.channels(), tuple(harvest.unscannable), _outputs(body.get("output")))


def model_of(body: Mapping[str, Any]) -> str:
    """The model that ``body`` names; empty where it names none. Raises BadRequest."""
    model = body.get("model")
    if model is None:
        return ""
    if type(model) is not str or not model:
        raise BadRequest("'model' must be the name of a model, or left out.", param="model")
    return model


def _outputs(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if type(value) is str:
        return (value,)
    if type(value) is not list or not 0 < len(value) <= MAX_TEXTS:
        raise BadRequest(f"'output' must be a string or an array of 1 to {MAX_TEXTS} strings.", param="output")
    for index, each in enumerate(value):
        if type(each) is not str:
            raise BadRequest(f"'output[{index}]' must be a string.", param=f"output[{index}]")
    return tuple(value)


def render(
    check: Check, decision: str, verdicts: tuple[Verdict, Verdict], delivered: Sequence[str], about: Mapping[str, str]
) -> bytes:
    """The answer. ``verdicts``: of input and output; ``delivered``: what a caller would get of each output;
    ``about``: ``id``, ``policy`` and ``revision``.
    """
    given, answered = verdicts
    said: dict[str, Any] = {"object": "check", **about, "decision": decision}
    said["rules"] = list(dict.fromkeys((*given.rules, *answered.rules)))
    said["findings"] = [
        *[_finding(each, "input", each.path) for each in given.findings],
        *[_finding(each, "output", _place(each.path, check)) for each in answered.findings],
    ]
    said["states"] = states((*given.states, *answered.states))
    if refusal := given.respond or given.refusal:
        said["refusal"] = refusal
    if changed := _edited(check, given, delivered):
        said["edited"] = changed
    return orjson.dumps(said)


def states(found: Sequence[RuleState]) -> list[dict[str, str]]:
    """What each rule did, as JSON."""
    return [{"rule": each.rule, "stage": each.stage, "state": each.state.value} for each in found]


def _finding(each: Finding, stage: str, path: str) -> dict[str, Any]:
    return {"rule": each.rule, "entity": each.entity, "stage": stage, "path": path, "start": each.start,
            "end": each.end, "score": each.score}  # fmt: skip


def _place(path: str, check: Check) -> str:
    """A choice's content as the place in the request that it was sent in."""
    index = path.split("/")[2]
    return "/output" if check.one_output else f"/output/{index}"


def _edited(check: Check, given: Verdict, delivered: Sequence[str]) -> dict[str, Any]:
    """The members that the policy changes, as they would go on."""
    out: dict[str, Any] = {}
    if given.edits:
        body = edited(check.body, given.edits)
        out = {key: body[key] for key in ("input", "messages", "tools") if body.get(key) != check.body.get(key)}
    if tuple(delivered) != check.outputs:
        out["output"] = delivered[0] if check.one_output else list(delivered)
    return out
