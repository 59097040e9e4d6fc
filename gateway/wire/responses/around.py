"""Judges the response itself: what stands around its items.

A response repeats most of its request (instructions, tools, metadata). What is the caller's own, word for word and in
the same place, is not judged as an answer: an application that says "never mention X" would block every answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import UpstreamFailed
from gateway.wire.fields import UNKNOWN, Node
from gateway.wire.leaves import Leaves, malformed
from gateway.wire.pointer import KEY, escape
from gateway.wire.responses.fields import ANSWER, DROPPED

_MISSING = object()
CUT = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
_UNTOLD = ("error", "completed_at")
"""Members that say nothing after a cut."""


def judge_around(beside: Leaves, response: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """``response``, judged in place but for its output; ``asked`` is the request's body.

    Raises UpstreamFailed for a block: it concerns all of it, and no refusal could stand in its place.
    """
    if type(response) is not dict:
        raise malformed()
    for key in tuple(response):
        if key in DROPPED:
            del response[key]
        elif key not in ("output", "output_text"):
            _member(beside, response, key, ANSWER, "", asked.get(key, _MISSING))
        if beside.cut:
            raise UpstreamFailed("The model server's answer was stopped: a policy blocks what stands beside it.")
    return response


def _member(leaves: Leaves, holder: dict[str, Any], key: str, node: Node, name: str, asked: Any) -> None:
    child, path = node.children.get(key), f"{name}/{escape(key)}" if name else escape(key)
    if child is None:
        child = node.any or UNKNOWN
        if asked is _MISSING and leaves.whole(path + KEY, key) != key:
            del holder[key]
            return
    if not leaves.cut:
        _nested(leaves, holder, key, child, path, asked)


def _nested(leaves: Leaves, holder: Any, place: Any, node: Node, name: str, asked: Any) -> None:
    value = holder[place]
    if asked is _MISSING:
        leaves.nested(holder, place, node, name)
    elif value == asked:
        return
    elif type(value) is dict and type(asked) is dict:
        for key in tuple(value):
            _member(leaves, value, key, node, name, asked.get(key, _MISSING))
    elif type(value) is list and type(asked) is list:
        for index in range(len(value)):
            own = asked[index] if index < len(asked) else _MISSING
            _nested(leaves, value, index, node.any or UNKNOWN, f"{name}/{index}", own)
    else:
        leaves.nested(holder, place, node, name)


def with_output(response: dict[str, Any], output: list[dict[str, Any]], *, cut: bool) -> dict[str, Any]:
    """``response`` with what went out of its items, and with the end that it had."""
    response["output"] = output
    if "output_text" in response:  # some servers add what clients put together themselves
        parts = [part for item in output if item.get("type") == "message" for part in item.get("content") or ()]
        response["output_text"] = "".join(part["text"] for part in parts if part.get("type") == "output_text")
    if cut:
        response.update(CUT)
        response.update({key: None for key in _UNTOLD if key in response})
    return response
