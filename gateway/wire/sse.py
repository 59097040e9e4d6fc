"""Server-sent events on bytes: cut anywhere on the way in, one frame per event on the way out.

Reads what the WHATWG standard allows (CR, LF, CRLF, comments, a byte order mark), because line readers of
HTTP libraries give up on long lines, and an event that was split differently would be judged differently.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gateway.errors import UpstreamFailed

MAX_EVENT: Final = 16 << 20
"""Bytes of one line, and of one event's data; what a model server sends beyond is a fault."""
_BOM: Final = b"\xef\xbb\xbf"
_NAMED: Final = re.compile(rb"event: ([^\r\n]*)\ndata: ([^\r\n]*)\n\n")
_NAMED_SIZE: Final = len(b"event: \ndata: \n\n")


class EventTooLarge(UpstreamFailed):
    """An event holds more than ``MAX_EVENT`` bytes."""


class Event(NamedTuple):
    """One event (a NamedTuple, as one is made for each token): its data lines joined by LF, and its name."""

    data: bytes
    name: str = ""


class Splitter:
    """Cuts a stream of bytes into events, whatever the bytes' own cuts."""

    __slots__ = ("_after_cr", "_begun", "_data", "_line", "_name", "_partial", "_size", "max_event")

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self.max_event = max_event
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0
        self._partial = 0
        self._name = ""
        self._after_cr = False
        self._begun = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. Raises EventTooLarge; the splitter is of no use afterwards."""
        if data[:6] == b"data: " and self._idle() and data[-2:] == b"\n\n" and b"\r" not in data:
            if data.find(b"\n") == len(data) - 2 and len(data) <= self.max_event:
                return [Event(data[6:-2])]
            whole = [part[6:] for part in data[:-2].split(b"\n\n") if part[:6] == b"data: " and b"\n" not in part]
            if len(whole) == data.count(b"\n\n") and len(data) <= self.max_event:
                return [Event(part) for part in whole]
        elif data[:7] == b"event: " and self._idle() and data[-2:] == b"\n\n" and len(data) <= self.max_event:
            found = _NAMED.findall(data)
            if sum(len(name) + len(part) + _NAMED_SIZE for name, part in found) == len(data):
                return [Event(part, name.decode("utf-8", "replace")) for name, part in found]
        return self._feed_lines(data)

    def _idle(self) -> bool:
        """Whether the next byte begins an event."""
        return self._begun and not (self._line or self._data or self._name or self._after_cr)

    def end(self) -> list[Event]:
        """The stream has ended: the event that only its blank line was missing from, if there is one."""
        events: list[Event] = []
        line, self._line, self._partial = b"".join(self._line), [], 0
        if line:
            self._take_line(line, events)
        self._take_line(b"", events)
        return events

    def _feed_lines(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        if self._after_cr and data:
            self._after_cr = False
            if data[0] == 0x0A:
                data = data[1:]
        if b"\r" in data:
            self._after_cr = data[-1] == 0x0D
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if self._line:
                self._line.append(line)
                line = b"".join(self._line)
                self._line, self._partial = [], 0
            self._take_line(line, events)
        if rest:
            self._line.append(rest)
            self._partial += len(rest)
            self._bound(self._partial)
        return events

    def _bound(self, size: int) -> None:
        if size > self.max_event:
            raise EventTooLarge("The model server sent an event that is too large.")

    def _take_line(self, line: bytes, events: list[Event]) -> None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                events.append(Event(self._data[0] if len(self._data) == 1 else b"\n".join(self._data), self._name))
            self._data, self._name, self._size = [], "", 0
            return
        self._bound(len(line))
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value)
            self._bound(self._size)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")


def frame(data: bytes, event: str = "") -> bytes:
    """``data`` as one event; each of its lines gets a field of its own."""
    if b"\n" in data or b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    if event:
        return b"event: %b\ndata: %b\n\n" % (event.encode(), data)
    return b"data: %b\n\n" % data
