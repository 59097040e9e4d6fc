"""Judges what stands around the blocks of an answer: the members beside them, and why the answer ended."""

from __future__ import annotations

from typing import Any

from gateway.errors import UpstreamFailed
from gateway.wire import errors
from gateway.wire.envelope import read_answer
from gateway.wire.fields import DROPPED_FROM_ANSWERS
from gateway.wire.leaves import Leaves, malformed
from gateway.wire.messages.fields import ANSWER
from gateway.wire.pointer import KEY

_WORDS = ("stop_sequence", "stop_details")
END = frozenset({"stop_reason", *_WORDS})
"""What an answer says at its end; in a stream it comes after the blocks, so it is judged after them."""


def whole(body: bytes) -> dict[str, Any]:
    """A whole answer, parsed. Raises UpstreamFailed for what is none, and for an error in its place."""
    answer = read_answer(body)
    if answer.get("error") is not None or answer.get("type") == "error":
        raise errors.reported(answer.get("error"))
    return answer


def judge_beside(beside: Leaves, answer: dict[str, Any]) -> None:
    """Judge, in place, every member that is neither a block nor the end.

    Raises UpstreamFailed for a block: it concerns all of the answer, and no refusal could stand in its place.
    """
    for key in tuple(answer):
        unknown = key not in ANSWER.children
        if key in DROPPED_FROM_ANSWERS or (unknown and beside.whole(key + KEY, key) != key):
            del answer[key]
        elif key != "content" and key not in END and not beside.cut and type(answer[key]) in (str, list, dict):
            beside.nested(answer, key, ANSWER.below(key), key)
        check(beside)


def check(beside: Leaves) -> None:
    """Raises UpstreamFailed once something beside the blocks was blocked."""
    if beside.cut:
        raise UpstreamFailed("The model server's answer was stopped: a policy blocks what stands beside it.")


def judge_end(leaves: Leaves, answer: dict[str, Any]) -> None:
    """Judge, in place, why the answer ended. Raises UpstreamFailed when the reason is no word of the API."""
    reason = answer.get("stop_reason")
    if reason is not None and not (type(reason) is str and ANSWER.children["stop_reason"].exempts(reason)):
        raise malformed()
    for key in _WORDS:
        if answer.get(key) is not None and not leaves.cut:
            leaves.nested(answer, key, ANSWER.below(key), key)


def count(usage: dict[str, Any], key: str) -> int:
    """A number of tokens; 0 where the model server said none."""
    said = usage.get(key)
    return said if type(said) is int else 0
