"""Judges what stands around the text of an answer: members beside the choices, and of a choice beside its text.

Servers put new things there all the time (providers, citations, token ids), so the rule is the same as
everywhere: what no table names is judged, and what would undo an edit is taken out.
"""

from __future__ import annotations

from typing import Any, Protocol

from gateway.errors import UpstreamFailed
from gateway.wire.fields import DROPPED_FROM_ANSWERS, Node
from gateway.wire.leaves import Leaves, malformed


class Cuttable(Protocol):
    """One choice of an answer."""

    cut: bool

    @property
    def leaves(self) -> Leaves: ...


def judge_beside(beside: Leaves, answer: dict[str, Any], table: Node, own: str = "choices") -> None:
    """Judge, in place, what stands beside the member ``own``; ``table`` is the whole answer's.

    Raises UpstreamFailed for a block: it concerns all choices, and no refusal could stand in its place.
    """
    for key in tuple(answer):
        unknown = key not in table.children
        if key in DROPPED_FROM_ANSWERS or (unknown and beside.whole(f"{key}/~key", key) != key):
            del answer[key]
        elif key != own and not beside.cut and type(answer[key]) in (str, list, dict):
            beside.nested(answer, key, table.below(key), key)
        if beside.cut:
            raise UpstreamFailed("The model server's answer was stopped: a policy blocks what stands beside it.")


def judge_around(choice: Cuttable, raw: dict[str, Any], table: Node, own: frozenset[str]) -> None:
    """Judge, in place, what stands in a choice beside its ``own`` members. Raises UpstreamFailed for an odd end.

    ``table`` is one choice's; ``finish_reason``, which it must name, is never text.
    """
    leaves = choice.leaves
    if not raw.keys() <= own:
        for key in tuple(raw):
            if key in DROPPED_FROM_ANSWERS:
                del raw[key]
            elif key not in own and not leaves.cut:
                if key not in table.children and leaves.whole(f"~choice/{key}/~key", key) != key:
                    del raw[key]
                else:
                    leaves.nested(raw, key, table.below(key), f"~choice/{key}")
        if leaves.cut:
            choice.cut = True
            for key in raw.keys() - own:
                del raw[key]
    reason = raw.get("finish_reason")
    if reason is not None and not (type(reason) is str and table.children["finish_reason"].exempts(reason)):
        raise malformed()
