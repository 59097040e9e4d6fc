"""One block of an answer on its way to the caller: what it begins with, its running text, and its end.

A block of a whole answer takes the same way as the events of a stream: it is begun, and all of it is one piece. So
what is judged, and in which order, does not depend on how the answer comes. The texts of text blocks are no matter of
theirs alone: those that follow each other read as one (``gateway.wire.joined``).
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from gateway.errors import GuardUnavailable
from gateway.wire.leaves import Leaves, Stream, malformed
from gateway.wire.messages.fields import KINDS
from gateway.wire.messages.partial import begun
from gateway.wire.messages.typed import judge_object, judge_part, table_of

RUNNING = {"text": "text", "thinking": "thinking", "tool_use": "input", "server_tool_use": "input",
           "mcp_tool_use": "input"}  # fmt: skip
"""The member of a block that comes piece by piece, by the block's type; other blocks come whole."""
PIECES = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking"),
          "input": ("input_json_delta", "partial_json")}  # fmt: skip
"""How a piece of it is called in a stream: the type of the delta, and its member. What a tool is given is an
object, and its pieces are JSON."""
_CITATION = KINDS["text"].children["citations"].below("*")
_SIGNATURE = KINDS["thinking"].children["signature"]

Delta = dict[str, Any]


class Block:
    """``raw`` becomes what may be sent as the block's beginning. ``cut``: nothing of it may follow."""

    __slots__ = ("_leaves", "_name", "_over", "_signature", "_written", "citations", "cut", "first", "index", "key",
                 "kind", "piece", "raw", "started", "stream")  # fmt: skip

    def __init__(self, leaves: Leaves, index: int, raw: dict[str, Any]) -> None:
        kind = raw.get("type")
        if type(kind) is not str:
            raise malformed()
        self.index, self.raw, self.kind = index, raw, kind
        self._leaves, self._name = leaves, f"content/{index}"
        running = RUNNING.get(kind, "")
        self.piece, self.key = PIECES.get(running, ("", ""))
        self.stream: Stream | None = None
        """The running text's own, once it has begun; a text block has none."""
        self.first = self._taken(running)
        """What it began with of its running text."""
        self._written = self.first
        self.citations = self._taken_citations() if kind == "text" else []
        """Judged when it ends: where they come in the text must not matter."""
        self._signature: Any = ""
        if kind == "thinking":
            self._signature, raw["signature"] = raw.get("signature") or "", ""
        self._over = False
        judge_object(leaves, raw, self._name, table_of(raw))
        self.cut = leaves.cut
        self.started = not self.cut
        """Whether its beginning may go out."""

    def _taken(self, running: str) -> str:
        """The running text that ``raw`` holds, taken out of it."""
        value = self.raw.get(running)
        if running == "input" and type(value) is dict:
            self.raw["input"] = {}
            return json.dumps(value, ensure_ascii=False) if value else ""  # spaced, as models write it
        if running and running != "input":
            if value is not None and type(value) is not str:
                raise malformed()
            self.raw[running] = ""
        return value if type(value) is str and running != "input" else ""

    def _taken_citations(self) -> list[Any]:
        citations = self.raw.get("citations")
        if type(citations) is not list:
            return []
        self.raw["citations"] = []
        return citations

    @property
    def name(self) -> str:
        """What its running text is called."""
        return f"{self._name}/{self.key}"

    # -- a stream ------------------------------------------------------------------------------

    def take(self, delta: Delta) -> list[Delta]:
        """What may go out after ``delta``. What is no delta of this block cannot be judged and is left out."""
        kind = delta.get("type")
        if kind == self.piece and self.piece:
            text = delta.get(self.key)
            if type(text) is not str or self._over or (self.first and self.key == "partial_json"):
                raise malformed()
            out = self._fed(self.first + text)
            self.first = ""
            return [self.delta(out)] if out or not text else []
        if kind == "signature_delta" and self.kind == "thinking":
            self._signature = delta.get("signature") or ""
            return self._ended()
        return []

    def _fed(self, text: str) -> str:
        """What is released of the running text now."""
        if self.stream is None:
            if not text:
                return ""
            self.stream = self._leaves.open(self.name)
        out = self.stream.feed(text)
        self.cut = self.stream.cut
        return out

    def end(self) -> list[Delta]:
        """The block has ended: the rest of it, unless it was cut before."""
        return [] if self.cut else self._ended()

    def _ended(self) -> list[Delta]:
        """The running text has ended; a signature goes out with what it signs, and with nothing else."""
        rest = ""
        if not self._over and (self.first or self.stream is not None):
            self.stream = self.stream or self._leaves.open(self.name)
            rest, self.first = self.stream.finish(self.first), ""
            self.cut = self.stream.cut
        self._over = True
        out = [self.delta(rest)] if rest else []
        signature, self._signature = self._signature, ""
        if signature and not self.cut and not (self.stream is not None and self.stream.edited):
            if type(signature) is not str:
                raise malformed()
            judged = signature if _SIGNATURE.exempts(signature) else self._leaves.whole(
                f"{self._name}/signature", signature)
            self.cut = self._leaves.cut
            if judged == signature and not self.cut:
                out.append({"type": "signature_delta", "signature": signature})
        return out

    def cited(self) -> list[Delta]:
        """Judge what it cites; what may be said of it after its text."""
        out: list[Delta] = []
        for at, citation in enumerate(self.citations):
            if type(citation) is not dict:
                raise malformed()
            judge_part(self._leaves, citation, f"{self._name}/citations/{at}", _CITATION)
            if self._leaves.cut:
                self.cut = True
                break
            out.append({"type": "citations_delta", "citation": citation})
        return out

    def delta(self, text: str) -> Delta:
        """A piece of its running text."""
        return {"type": self.piece, self.key: text}

    # -- a whole answer ------------------------------------------------------------------------

    def given(self, value: Any, text: str) -> Any:
        """What a tool is to be given: ``value``, of which ``text`` may be told as JSON."""
        return value if text == self._written else self._object(text)

    def _object(self, text: str) -> dict[str, Any]:
        if self.cut:
            return begun(text)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = None
        if type(value) is not dict:
            raise GuardUnavailable("What a tool is to be given could not be edited, so it was not sent on.")
        return value
