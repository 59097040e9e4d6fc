"""The codec of ``/v1/moderations``: OpenAI's shape, answered by the policy's own rules.

OpenAI's categories are all there, as its clients require them, and false unless a rule of that name says otherwise;
each rule is a category beside them. So ``flagged`` means what it means on every other route: the policy would block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.core.types import Channel, Decision, Segment, State, Unscannable, Verdict
from gateway.errors import BadRequest
from gateway.wire.checks import model_of, states
from gateway.wire.envelope import read_object

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
)
"""OpenAI's."""
THEIR_MODELS = frozenset({"omni-moderation-latest", "omni-moderation-2024-09-26", "text-moderation-latest",
                          "text-moderation-stable"})  # fmt: skip
"""Names that clients send without meaning a model of this gateway: the same as naming none."""
MAX_INPUTS = 256
_IMAGE = "image_url"


@dataclass(frozen=True, slots=True)
class Part:
    """What one result is about."""

    channels: tuple[Channel, ...]
    unscannable: tuple[Unscannable, ...] = ()


@dataclass(frozen=True, slots=True)
class Moderation:
    """A parsed request. ``model``: whose policies judge, or empty; ``named``: the name to answer with."""

    model: str
    named: str
    parts: tuple[Part, ...]


def parse(data: bytes) -> Moderation:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the member, never its text."""
    body = read_object(data)
    if not body.keys() <= {"input", "model"}:
        raise BadRequest("A moderation has no members but input and model.")
    model = model_of(body)
    return Moderation("" if model in THEIR_MODELS else model, model or "wardgate", _parts(body.get("input")))


def _parts(value: Any) -> tuple[Part, ...]:
    if type(value) is str:
        return (_text("/input", value),)
    if type(value) is not list or not 0 < len(value) <= MAX_INPUTS:
        raise BadRequest(f"'input' must be a string or an array of 1 to {MAX_INPUTS} elements.", param="input")
    if type(value[0]) is dict:
        return (_together(value),)
    for index, each in enumerate(value):
        if type(each) is not str:
            raise _wrong(index, "must be a string")
    return tuple(_text(f"/input/{index}", each) for index, each in enumerate(value))


def _text(path: str, text: str) -> Part:
    return Part((Channel("user", (Segment(path, "user", text),)),))


def _together(parts: list[Any]) -> Part:
    """Texts and pictures that are one input, and get one result."""
    segments, unscannable = [], []
    for index, each in enumerate(parts):
        kind = each.get("type") if type(each) is dict else None
        if kind == "text" and each.keys() == {"type", "text"} and type(each["text"]) is str:
            segments.append(Segment(f"/input/{index}/text", "user", each["text"]))
        elif kind == _IMAGE and each.keys() == {"type", _IMAGE}:
            unscannable.append(Unscannable(f"/input/{index}/{_IMAGE}", "image"))
        else:
            raise _wrong(index, "must be {type: text, text: …} or {type: image_url, image_url: …}")
    return Part((Channel("user", tuple(segments)),) if segments else (), tuple(unscannable))


def _wrong(index: int, what: str) -> BadRequest:
    return BadRequest(f"'input[{index}]' {what}.", param=f"input[{index}]")


def render(asked: Moderation, verdicts: Sequence[Verdict], about: Mapping[str, str]) -> bytes:
    """The answer; ``verdicts`` one a part, ``about``: ``id``, ``policy`` and ``revision``."""
    results = [_result(part, verdict) for part, verdict in zip(asked.parts, verdicts, strict=True)]
    ours = {"decision_id": about["id"], "policy": about["policy"], "revision": about["revision"]}
    return orjson.dumps({"id": f"modr-{about['id']}", "model": asked.named, "results": results, "wardgate": ours})


def _result(part: Part, verdict: Verdict) -> dict[str, Any]:
    names = dict.fromkeys((*CATEGORIES, *(each.rule for each in verdict.states), *verdict.rules))
    scores = dict.fromkeys(names, 0.0)
    for finding in verdict.findings:
        scores[finding.rule] = max(scores[finding.rule], finding.score)
    for rule in verdict.rules:
        scores[rule] = scores[rule] or 1.0  # blocked without a finding: a part that no guard can read
    read = {each.rule for each in verdict.states if each.state is not State.NOT_RUN}
    return {
        "flagged": verdict.decision is Decision.BLOCK,
        "categories": {name: name in verdict.rules for name in names},
        "category_scores": scores,
        "category_applied_input_types": {
            name: [*(["text"] if name in read else []), *(["image"] if name == "unscannable:image" else [])]
            for name in names
        },
        "wardgate": {"rules": list(verdict.rules), "states": states(verdict.states)},
    }
