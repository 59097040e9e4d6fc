"""The codec of ``/v1/feedback``: someone says that a decision was wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.errors import BadRequest
from gateway.wire.envelope import read_object

VERDICTS = ("too_strict", "too_lax")
"""``too_strict``: what was blocked or edited should have passed; ``too_lax``: what passed should not have."""
ROLES = ("user", "assistant")
MEMBERS = ("decision_id", "verdict", "note", "text", "role")
MAX_TEXT, MAX_NOTE = 100_000, 2_000
_id = re.compile(r"[0-9a-f]{24}").fullmatch


@dataclass(frozen=True, slots=True)
class Feedback:
    """``text`` and ``note`` are the caller's words: they go into a local suite or nowhere. ``role``: whose ``text``."""

    decision_id: str
    verdict: str
    note: str
    text: str
    role: str


def parse(data: bytes) -> Feedback:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the member, never its text."""
    body = read_object(data)
    if not body.keys() <= frozenset(MEMBERS):
        raise BadRequest(f"Feedback has no members but {', '.join(MEMBERS)}.")
    decision = body.get("decision_id")
    if type(decision) is not str or not _id(decision):
        raise BadRequest("'decision_id' must be a decision's id: 24 hexadecimal digits.", param="decision_id")
    verdict = body.get("verdict")
    if verdict not in VERDICTS:
        raise BadRequest(f"'verdict' must be {' or '.join(VERDICTS)}.", param="verdict")
    role = body.get("role") or ROLES[0]
    if role not in ROLES:
        raise BadRequest(f"'role' must be {' or '.join(ROLES)}.", param="role")
    return Feedback(decision, verdict, _words(body, "note", MAX_NOTE), _words(body, "text", MAX_TEXT), role)


def _words(body: dict[str, Any], name: str, most: int) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if type(value) is not str or len(value) > most:
        raise BadRequest(f"'{name}' must be a string of at most {most} characters.", param=name)
    return value


def render(feedback: Feedback, *, kept: bool) -> bytes:
    """The answer; ``kept``: whether the caller's words went into the local suite."""
    words = [name for name in ("text", "note") if getattr(feedback, name)] if kept else []
    return orjson.dumps({"object": "feedback", "decision_id": feedback.decision_id, "verdict": feedback.verdict,
                         "queued": True, "kept": words})  # fmt: skip
