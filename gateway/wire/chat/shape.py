"""Events of one stream that differ in nothing but their text, which is nearly every event of an answer.

The first of them is parsed, judged and written anew as a whole; of the next, only the text is. What goes out is
always what was parsed: the bytes around the text are those that the first event was written with.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_KEY = b'"content":'
_string = re.compile(rb' ?("(?:[^"\\]|\\.)*")', re.DOTALL).match
_MARK = "wardgate-7c1e5b9a40d2f863"


class Shape:
    """The bytes before and after the text: ``_head`` and ``_tail`` as they come, ``_before`` and ``_after`` as sent."""

    __slots__ = ("_after", "_before", "_head", "_tail")

    def __init__(self, head: bytes, tail: bytes, before: bytes, after: bytes) -> None:
        self._head, self._tail, self._before, self._after = head, tail, before, after

    @classmethod
    def of(cls, data: bytes, chunk: dict[str, Any], delta: dict[str, Any]) -> Shape | None:
        """The shape of the event ``data``, which was parsed as ``chunk`` and whose text is ``delta``'s content."""
        text, place = delta["content"], data.find(_KEY)
        found = _string(data, place + len(_KEY)) if place >= 0 else None
        if found is None or data.find(_KEY, place + 1) >= 0 or orjson.loads(found[1]) != text:
            return None
        before, _, after = orjson.dumps({**chunk, "choices": [_marked(chunk["choices"][0], delta)]}).partition(
            b'"%b"' % _MARK.encode())
        return cls(data[: found.start(1)], data[found.end(1) :], b"data: " + before, after + b"\n\n")

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


def _marked(raw: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "delta": {**delta, "content": _MARK}}
