"""Judges the strings of an answer that come whole: titles, addresses, names, and whatever an API adds next.

A string that no table names is judged on its own; a member whose key would have to change is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from gateway.core.policy import STOPS, ActionKind
from gateway.core.types import Explanation
from gateway.errors import UpstreamFailed
from gateway.wire.fields import BLOBS, UNKNOWN, Node
from gateway.wire.pointer import KEY, escape

_REMEMBERED = 64
CONTEXT = 1024
"""Characters of a text that is out with which the one that reads on from it is judged."""


class Stream(Protocol):
    """What ``gateway.core.stream.FieldStream`` offers."""

    cut: bool
    edited: bool
    moves: list[tuple[int, int, int]]

    @property
    def position(self) -> int: ...
    @property
    def held(self) -> int: ...
    def feed(self, text: str) -> str: ...
    def follow(self, before: str) -> None: ...
    def next_part(self, path: str) -> str: ...
    def finish(self, text: str = "") -> str: ...


class Judge(Protocol):
    """What ``gateway.core.exchange.Exchange`` offers an answer."""

    def refusal(self, choice: int) -> str: ...
    def field(self, choice: int, name: str) -> Stream: ...
    def unreadable(self, kind: str) -> ActionKind: ...
    def settle(self, kept: Sequence[Any], blocking: str = "") -> None: ...
    def explained(self) -> Explanation | None: ...


def malformed() -> UpstreamFailed:
    """The model server sent what cannot be read, and so cannot be judged."""
    return UpstreamFailed("The model server's answer is malformed.")


class Leaves:
    """The whole strings of one choice (or, with index -1, of what stands beside the choices)."""

    __slots__ = ("_counts", "_index", "_judge", "_known", "_pieces", "_said", "cut")

    def __init__(self, judge: Judge, index: int) -> None:
        self._judge, self._index = judge, index
        self._counts: dict[str, int] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._pieces: dict[str, str] = {}
        """By name, the end of what was said there."""
        self._said: dict[str, str] | None = None
        """``_pieces``, while strings may be pieces of one text."""
        self.cut = False

    def open(self, name: str) -> Stream:
        """A new text at ``name``; the second one there gets the name ``name#2``, and so on."""
        count = self._counts[name] = self._counts.get(name, 0) + 1
        return self._judge.field(self._index, name if count == 1 else f"{name}#{count}")

    def next_part(self, stream: Stream, name: str) -> str:
        """What reads on from the text of ``stream`` begins at ``name``; what may be released now."""
        return stream.next_part(f"/choices/{self._index}/{name}")

    def whole(self, name: str, text: str) -> str:
        """``text``, judged as a text of its own: edited, or cut (``cut`` is true from then on)."""
        if not text:
            return text
        known = self._known.get((name, text))  # some servers repeat the same string in each chunk
        if known is not None:
            return known
        stream = self.open(name)
        if self._said is not None:
            before = self._said.get(name, "")
            stream.follow(before)
            self._said[name] = (before + text)[-CONTEXT:]
        out = stream.finish(text)
        if stream.cut:
            self.cut = True
        elif len(self._known) < _REMEMBERED:
            self._known[name, text] = out
        return out

    def nested(self, holder: Any, place: Any, node: Node, name: str) -> None:
        """Judge everything below ``holder[place]``, in place. After a cut the rest is not judged: drop it all."""
        value = holder[place]
        kind = type(value)
        if node.treat in BLOBS and value is not None:
            self.unread(node.treat)
        elif kind is str:
            if not node.exempts(value):
                holder[place] = self.whole(name, value)
        elif kind is list:
            child = node.any or UNKNOWN
            for index in range(len(value)):
                self.nested(value, index, child, f"{name}/{index}")
                if self.cut:
                    return
        elif kind is dict:
            self._members(value, node, name)

    def pieces(self, holder: Any, place: Any, node: Node, name: str) -> None:
        """As ``nested``, for a part of a stream: what stands there may go on from what stood in the same place before.

        What of a match came before is out by then; the rest of it is not.
        """
        self._said = self._pieces
        try:
            self.nested(holder, place, node, name)
        finally:
            self._said = None

    def _members(self, value: dict[str, Any], node: Node, name: str) -> None:
        for key in tuple(value):
            child = node.children.get(key)
            token = f"{name}/{escape(key)}"
            if child is None:
                child = node.any or UNKNOWN
                if self.whole(token + KEY, key) != key:
                    del value[key]
            if key in value and not self.cut:
                self.nested(value, key, child, token)
            if self.cut:
                return

    def unread(self, kind: str) -> None:
        """There is a part that no guard can read: ``cut`` is true when the policy stops the answer for it."""
        if self._judge.unreadable(kind) in STOPS:
            self._judge.settle([], f"unscannable:{kind}")
            self.cut = True
