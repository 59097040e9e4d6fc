"""Pieces of one text, which differ in nothing but the text and their number: the bulk of every stream.

The first of them is parsed, judged and written anew as a whole; of the next only the text is. What goes out is always
what was parsed: the bytes around the text are those that the first piece was written with.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from gateway.wire.responses.events import framed
from gateway.wire.shape import LONGEST

_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NUMBER = re.compile(rb"[0-9]{1,12}")
_NOISE = re.compile(rb'"[A-Za-z0-9]{0,128}"')
_SLOTS = {"delta": _TEXT, "sequence_number": _NUMBER, "obfuscation": _NOISE}
"""The members that differ, and what each may look like."""
_MARKS = {name: f"wardgate-7c1e5b9a40d2f863-{name}" for name in _SLOTS}
_NAMES = {mark.encode(): name for name, mark in _MARKS.items()}
_MARK = re.compile(b'"(%b)"' % b"|".join(_NAMES))


class Shape:
    """``_steps``: in the order in which they come, each slot and the bytes after it. ``_sent``: what goes out."""

    __slots__ = ("_head", "_order", "_sent", "_steps", "_text")

    def __init__(self, head: bytes, steps: list[tuple[str, bytes]], sent: bytes, order: list[str]) -> None:
        self._head, self._sent = head, sent
        self._steps = [(_SLOTS[name].match, after) for name, after in steps]
        names = [name for name, _ in steps]
        self._text = names.index("delta")
        ours = {"sequence_number": -2, "delta": -1}
        self._order = [ours[name] if name in ours else names.index(name) for name in order]

    @classmethod
    def of(cls, data: bytes, event: dict[str, Any], sent: dict[str, Any]) -> Shape | None:
        """The shape of the event ``data``, which was parsed as ``event`` and goes out as ``sent``."""
        places = []
        if len(data) > LONGEST:
            return None
        for name in _SLOTS.keys() & event.keys():
            key = b'"%b":' % name.encode()
            at = data.find(key)
            start = at + len(key) + (data[at + len(key) : at + len(key) + 1] == b" ")
            found = _SLOTS[name].match(data, start) if at >= 0 and data.find(key, at + 1) < 0 else None
            if found is None or orjson.loads(found[0]) != event[name]:
                return None
            places.append((start, found.end(), name))
        if "delta" not in event or not sent.keys() >= _SLOTS.keys() & event.keys():
            return None
        places.sort()
        ends = [*[start for start, _, _ in places[1:]], len(data)]
        steps = [(name, data[end:following]) for (_, end, name), following in zip(places, ends, strict=True)]
        given = {*event, "sequence_number"}
        marked = {key: _MARKS[key] if key in _SLOTS and key in given else value for key, value in sent.items()}
        pieces = _MARK.split(framed(marked))
        sent_bytes = b"%b".join(piece.replace(b"%", b"%%") for piece in pieces[::2])
        return cls(data[: places[0][0]], steps, sent_bytes, [_NAMES[mark] for mark in pieces[1::2]])

    def read(self, data: bytes) -> tuple[str, list[bytes]] | None:
        """The text of an event of this shape, and what ``event`` wants back; None for any other event."""
        if len(data) > LONGEST or not data.startswith(self._head):
            return None
        at, found = len(self._head), []
        for match, after in self._steps:
            slot = match(data, at)
            if slot is None or not data.startswith(after, slot.end()):
                return None
            found.append(slot[0])
            at = slot.end() + len(after)
        if at != len(data):
            return None
        try:
            text = orjson.loads(found[self._text])
        except orjson.JSONDecodeError:
            return None
        return text, found

    def event(self, text: str, number: int, found: list[bytes]) -> bytes:
        """The event to send out with ``text`` and ``number``, made from what was ``found`` in the one that came."""
        slots = [*found, b"%d" % number, orjson.dumps(text)]
        return self._sent % tuple([slots[index] for index in self._order])
