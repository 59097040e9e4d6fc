"""Judges what stands around the text of an answer: members beside the choices, and of a choice beside its text.

Servers put new things there all the time (providers, citations, token ids), so the rule is the same as
everywhere: what no table names is judged, and what would undo an edit is taken out.
"""

from __future__ import annotations

from typing import Any

from gateway.errors import UpstreamFailed
from gateway.wire.chat.choice import Choice
from gateway.wire.chat.fields import ANSWER
from gateway.wire.fields import DROPPED_FROM_ANSWERS
from gateway.wire.leaves import Leaves, malformed

_OWN = frozenset({"index", "delta", "message", "logprobs", "finish_reason"})
_CHOICE = ANSWER.children["choices"].below("*")
_FINISH = _CHOICE.children["finish_reason"]


def judge_beside(beside: Leaves, answer: dict[str, Any]) -> None:
    """Judge, in place, what stands beside the choices.

    Raises UpstreamFailed for a block: it concerns all choices, and no refusal could stand in its place.
    """
    for key in tuple(answer):
        unknown = key not in ANSWER.children
        if key in DROPPED_FROM_ANSWERS or (unknown and beside.whole(f"{key}/~key", key) != key):
            del answer[key]
        elif key != "choices" and not beside.cut and type(answer[key]) in (str, list, dict):
            beside.nested(answer, key, ANSWER.below(key), key)
        if beside.cut:
            raise UpstreamFailed("The model server's answer was stopped: a policy blocks what stands beside it.")


def judge_around(choice: Choice, raw: dict[str, Any]) -> None:
    """Judge, in place, what stands in a choice beside its text. Raises UpstreamFailed for an odd end."""
    leaves = choice.leaves
    if not raw.keys() <= _OWN:
        for key in tuple(raw):
            if key in DROPPED_FROM_ANSWERS:
                del raw[key]
            elif key not in _OWN and not leaves.cut:
                if key not in _CHOICE.children and leaves.whole(f"~choice/{key}/~key", key) != key:
                    del raw[key]
                else:
                    leaves.nested(raw, key, _CHOICE.below(key), f"~choice/{key}")
        if leaves.cut:
            choice.cut = True
            for key in raw.keys() - _OWN:
                del raw[key]
    reason = raw.get("finish_reason")
    if reason is not None and not (type(reason) is str and _FINISH.exempts(reason)):
        raise malformed()
