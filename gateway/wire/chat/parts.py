"""Content of an answer that comes as a list of parts: its text parts read as one text, as those of a request do.

In a stream, the first text of a list goes on where the last list's last text ended, and each further one begins a part.
What is held at the end of a part is told with what the next one brings: what a client puts together is the same.
"""

from __future__ import annotations

from typing import Any

from gateway.wire.chat.logprobs import Logprobs
from gateway.wire.fields import Node
from gateway.wire.joined import Joined
from gateway.wire.leaves import Leaves, Stream

Part = dict[str, Any]


class TextParts:
    """The text parts of one choice, judged by ``stream``. ``keep``: they come at once, in a whole answer."""

    __slots__ = ("_holders", "_keep", "_leaves", "_node", "joined")

    def __init__(self, leaves: Leaves, stream: Stream, log: Logprobs | None, node: Node, *, keep: bool) -> None:
        self._leaves, self._node, self._keep = leaves, node, keep
        self.joined = Joined(leaves, log)
        self.joined.begin("content")
        self.joined.stream = stream
        self._holders: list[Part] = []
        """The parts of a whole answer, by place."""

    def _stopped(self) -> bool:
        return self._leaves.cut

    def take(self, parts: list[Any]) -> list[Any]:
        """What may go out of ``parts``; nothing follows that where ``joined.cut`` or the leaves' is true."""
        judge = self._leaves.nested if self._keep else self._leaves.pieces
        out: list[Any] = []
        begun = False
        for at, part in enumerate(parts):
            holder, name = [part], f"content/{at}"
            text = part.pop("text") if type(part) is dict and type(part.get("text")) is str else None
            judge(holder, 0, self._node, name)
            if self._stopped():
                break
            if text is None:
                out += holder
                continue
            out += self._leaves.rest(only="content").get("content", []) if text else []
            if self._stopped():
                break
            released: list[tuple[int, str]] = []
            if begun:
                self.joined.end()
                released = self.joined.begin(f"content/{self.joined.begun}/text")
            begun = True
            out += self._placed(part, text, released + self.joined.feed(name, text))
            if self.joined.cut:
                break
        return out

    def finish(self, *, lost: bool) -> list[Part]:
        """The text has ended: the rest of it, as further parts of a stream; nothing where that is ``lost``."""
        released = self.joined.finish()
        return [] if lost else self._told(released)

    def _placed(self, part: Part, text: str, released: list[tuple[int, str]]) -> list[Part]:
        """What may go out of ``part``, whose ``text`` was fed."""
        last = self.joined.begun - 1
        part["text"] = "".join([own for place, own in released if place == last])
        before = self._told([each for each in released if each[0] < last])
        if self._keep:
            self._holders.append(part)
        silent = text and not (self._keep or part["text"]) and part.keys() <= {"type", "text"}
        return before if silent else [*before, part]

    def _told(self, released: list[tuple[int, str]]) -> list[Part]:
        if self._keep:
            for place, text in released:
                self._holders[place]["text"] += text
            return []
        return [{"type": "text", "text": text} for _, text in released]
