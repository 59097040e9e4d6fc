"""Judges the objects inside an answer, each by the table of its own type (``gateway.wire.messages.fields``)."""

from __future__ import annotations

from typing import Any

from gateway.wire.fields import Node
from gateway.wire.leaves import Leaves
from gateway.wire.messages.fields import KINDS, NESTED, OTHER
from gateway.wire.pointer import KEY, escape


def unread(kind: Any, value: dict[str, Any]) -> str:
    """What no guard can read in an object of type ``kind``; empty when its texts are all there is."""
    if kind == "image":
        return "image"
    if kind == "container_upload":
        return "file"
    if kind == "document":
        source = value.get("source")
        held = source.get("type") if isinstance(source, dict) else None
        return "" if held in ("text", "content") else "file"
    return ""


def table_of(value: dict[str, Any]) -> Node:
    """The table of the type that ``value`` names."""
    kind = value.get("type")
    return KINDS.get(kind, OTHER) if type(kind) is str else OTHER


def judge_object(leaves: Leaves, value: dict[str, Any], name: str, table: Node) -> None:
    """Judge, in place, every string of ``value``. After a cut the rest is not judged: drop it all."""
    if kind := unread(value.get("type"), value):
        leaves.unread(kind)
    for key in tuple(value):
        if leaves.cut:
            return
        if key in NESTED and type(value[key]) in (dict, list):
            _nested(leaves, value, key, f"{name}/{key}")
        else:
            judge_part(leaves, value, name, table, key)


def judge_part(leaves: Leaves, value: dict[str, Any], name: str, table: Node, only: str = "") -> None:
    """Judge, in place, the members of ``value`` (or one of them) by a table without types inside."""
    for key in (only,) if only else tuple(value):
        known = table.children.get(key)
        place = f"{name}/{escape(key)}"
        if known is None and leaves.whole(place + KEY, key) != key:
            del value[key]
        elif not leaves.cut:
            leaves.nested(value, key, table.below(key), place)
        if leaves.cut:
            return


def _nested(leaves: Leaves, holder: Any, place: Any, name: str) -> None:
    value = holder[place]
    if type(value) is list:
        for index in range(len(value)):
            _nested(leaves, value, index, f"{name}/{index}")
            if leaves.cut:
                return
    elif type(value) is dict:
        judge_object(leaves, value, name, table_of(value))
    else:
        leaves.nested(holder, place, OTHER.below(""), name)
