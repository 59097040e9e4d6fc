"""Judges the strings of an answer that come whole: titles, addresses, names, and whatever an API adds next.

A string that no table names is judged on its own; a member whose key would have to change is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from gateway.core.policy import STOPS, ActionKind
from gateway.core.types import Explanation
from gateway.errors import UpstreamFailed
from gateway.wire.fields import BLOBS, UNKNOWN, Node
from gateway.wire.pointer import KEY, escape, unescape

_REMEMBERED: Final = 64
_RUNNING: Final = frozenset({"text", "thinking", "summary", "reasoning", "transcript"})
"""Members whose strings clients put together in a stream, wherever they stand; of others none can tell whether a string
is a piece of one or whole, as a name is, and half a name is none.
"""
_NAMES: Final[tuple[str, ...]] = ("type", "index", "id", "format")
"""Members by which a client knows which object a piece belongs to."""
CONTEXT: Final = 1024
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

    __slots__ = ("_chain", "_counts", "_index", "_judge", "_known", "_pieces", "_running", "_said", "cut")

    def __init__(self, judge: Judge, index: int) -> None:
        self._judge, self._index = judge, index
        self._counts: dict[str, int] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._pieces: dict[str, str] = {}
        """By name, the end of what was said there."""
        self._running: dict[str, tuple[Stream, tuple[dict[str, Any], ...]]] = {}
        """By name, texts whose end may be held, and the objects in which the last piece of each stood."""
        self._chain: tuple[dict[str, Any], ...] = ()
        """The objects around what is judged now, where strings may be pieces."""
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
            if self._said is not None and place in _RUNNING and self._chain:
                self._piece(place, name)
            elif not node.exempts(value):
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

        What is sure to be a piece of a text is held as far as it may go on (``rest``). Of a match in anything else,
        what came before is out by then; the rest of it is not.
        """
        self._said = self._pieces
        try:
            self.nested(holder, place, node, name)
        finally:
            self._said, self._chain = None, ()

    def _piece(self, place: str, name: str) -> None:
        holder, said = self._chain[-1], self._pieces
        text = holder[place]
        known = self._running.get(name)
        if known is not None:
            stream = known[0]
        elif text:
            stream = self.open(name)
            stream.follow(said.get(name, ""))
        else:
            return
        self._running[name] = stream, self._chain
        said[name] = (said.get(name, "") + text)[-CONTEXT:]
        holder[place] = stream.feed(text)
        self.cut = self.cut or stream.cut

    def rest(self, only: str = "", but: str = "") -> dict[str, Any]:
        """What was held of pieces that have ended, as members of a delta: of all, ``only`` of one, or ``but`` one."""
        out: dict[str, Any] = {}
        for name in tuple(self._running):
            key, *path = name.split("/")
            if key == but or (only and key != only):
                continue
            stream, chain = self._running.pop(name)
            value: Any = "" if stream.cut else stream.finish()
            self.cut = self.cut or stream.cut
            if value:
                holders = list(chain)
                for token in reversed(path):
                    value = [value] if token.isdigit() else {**_named(holders.pop()), unescape(token): value}
                out[key] = out[key] + value if type(value) is list and type(out.get(key)) is list else value
        return out

    def _members(self, value: dict[str, Any], node: Node, name: str) -> None:
        outside = self._chain
        if self._said is not None:
            self._chain = (*outside, value)
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
                break
        self._chain = outside

    def unread(self, kind: str) -> None:
        """There is a part that no guard can read: ``cut`` is true when the policy stops the answer for it."""
        if self._judge.unreadable(kind) in STOPS:
            self._judge.settle([], f"unscannable:{kind}")
            self.cut = True


def _named(holder: dict[str, Any]) -> dict[str, Any]:
    return {key: holder[key] for key in _NAMES if type(holder.get(key)) in (str, int)}
