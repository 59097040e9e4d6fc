"""Collects every string of a request as a segment, so that nothing reaches the model unseen.

Conversation and fields are kept apart: a role's turns read as one text, and what stands beside the
conversation (tools, metadata, …) does not cut into it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.core.types import Channel, Role, Segment, Unscannable
from gateway.wire.fields import BLOBS, UNKNOWN, Node
from gateway.wire.pointer import KEY, escape


class Harvest:
    """The texts of one request, by role, in the order of the payload."""

    __slots__ = ("extra", "fields", "turns", "unscannable")

    def __init__(self) -> None:
        self.turns: dict[Role, list[Segment]] = {}
        self.fields: dict[Role, list[Segment]] = {}
        self.extra: list[Channel] = []
        self.unscannable: list[Unscannable] = []

    def channels(self) -> tuple[Channel, ...]:
        """One channel a role for the turns, then for the fields, then for the parts of single messages."""
        return (
            *[Channel(role, tuple(segments)) for role, segments in self.turns.items()],
            *[Channel(role, tuple(segments)) for role, segments in self.fields.items()],
            *self.extra,
        )

    def turn(self, path: str, role: Role, text: str) -> None:
        """A text of the conversation."""
        if text:
            known = self.turns.get(role)
            if known is None:
                self.turns[role] = [Segment(path, role, text)]
            else:
                known.append(Segment(path, role, text))

    def beside(self, body: Mapping[str, Any], table: Node, roles: Mapping[str, Role], own: Collection[str]) -> None:
        """All members of a request but its ``own`` texts; ``roles``: whose words each holds, if not the user's."""
        for key, value in body.items():
            if key not in table.children or (key not in own and type(value) in (str, dict, list)):
                self.member(key, value, table, roles.get(key, "user"))

    def member(self, key: str, value: Any, table: Node, role: Role) -> None:
        """A top-level member beside the conversation; ``table`` is the whole request's."""
        node, path = table.children.get(key), "/" + escape(key)
        if node is None:
            node = UNKNOWN
            self.fields.setdefault("user", []).append(Segment(path + KEY, "user", key))
        self.walk(value, node, path, role, self.fields)

    def walk(self, value: Any, node: Node, path: str, role: Role, into: dict[Role, list[Segment]]) -> None:
        """All strings below ``value``, and the keys that their writer chose; ``node`` says what is exempt."""
        kind = type(value)
        if kind is str:
            self._leaf(value, node, path, role, into)
        elif kind is dict:
            if node.treat in BLOBS:
                self.unscannable.append(Unscannable(path, node.treat))
            for key, item in value.items():
                child = node.children.get(key)
                token = path + "/" + escape(key)
                if child is None:
                    child = node.any or UNKNOWN
                    if key:
                        into.setdefault(role, []).append(Segment(token + KEY, role, key))
                self.walk(item, child, token, role, into)
        elif kind is list:
            child = node.any or UNKNOWN
            for index, item in enumerate(value):
                self.walk(item, child, f"{path}/{index}", role, into)
        elif node.treat in BLOBS and value is not None:
            self.unscannable.append(Unscannable(path, node.treat))

    def _leaf(self, text: str, node: Node, path: str, role: Role, into: dict[Role, list[Segment]]) -> None:
        if not text or node.exempts(text):
            return
        if node.treat in BLOBS:
            self.unscannable.append(Unscannable(path, node.treat))
            if not text[:8].lower().startswith(("http://", "https://")):
                return  # encoded bytes; an address, though, is text, and may carry some out of the house
        into.setdefault(role, []).append(Segment(path, role, text))
