"""Events of one stream that differ in nothing but their text, which is nearly every event of an answer.

The first of them is parsed, judged and written anew as a whole; of the next, only the text is. What goes out is
always what was parsed: the bytes around the text are those that the first event was written with.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

_string: Final = re.compile(rb' ?("(?:[^"\\]|\\.)*")', re.DOTALL).match
LONGEST: Final = 1 << 16
"""Bytes of an event that has a shape: to look for the end of a string takes memory for each of its characters."""
_MARK: Final = "wardgate-7c1e5b9a40d2f863"
_MARKED: Final = b'"%b"' % _MARK.encode()


class Shape:
    """The bytes before and after the text: ``_head`` and ``_tail`` as they come, ``_before`` and ``_after`` as sent."""

    __slots__ = ("_after", "_before", "_head", "_tail")

    def __init__(self, head: bytes, tail: bytes, before: bytes, after: bytes) -> None:
        self._head, self._tail, self._before, self._after = head, tail, before, after

    @classmethod
    def of(
        cls, data: bytes, event: dict[str, Any], holder: dict[str, Any], key: str = "content", lead: bytes = b"data: "
    ) -> Shape | None:
        """The shape of ``data``, which is to go out as ``event`` and whose text is ``holder[key]``, somewhere in it.

        ``lead``: the bytes that an event to send out begins with. None when the text's place is not certain.
        """
        if len(data) > LONGEST:
            return None
        text, named = holder[key], b'"%b":' % key.encode()
        place = data.find(named)
        found = _string(data, place + len(named)) if place >= 0 else None
        if found is None or data.find(named, place + 1) >= 0 or orjson.loads(found[1]) != text:
            return None
        holder[key] = _MARK
        before, _, after = orjson.dumps(event).partition(_MARKED)
        holder[key] = text
        return cls(data[: found.start(1)], data[found.end(1) :], lead + before, after + b"\n\n")

    def text(self, data: bytes) -> str:
        """The text of an event of this shape; empty for any other event."""
        if not (data.startswith(self._head) and data.endswith(self._tail)):
            return ""
        try:
            text = orjson.loads(data[len(self._head) : len(data) - len(self._tail)])
        except orjson.JSONDecodeError:
            return ""
        return text if type(text) is str else ""

    def event(self, text: str) -> bytes:
        """The event to send out with ``text``."""
        return b"%b%b%b" % (self._before, orjson.dumps(text), self._after)
