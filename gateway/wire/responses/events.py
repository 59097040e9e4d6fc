"""The events of a response: which there are, what each is about, and how they are numbered on the way out.

Most repeat what was said before (``*.done``); they are written anew from what was released. One that is not listed
here is dropped unless it holds no text at all: were it a piece of a text, a match could span it and the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.wire.fields import Node, Treat
from gateway.wire.responses.fields import EVENT


@dataclass(frozen=True, slots=True)
class TextKind:
    """A kind of text that comes in pieces.

    ``lane``: the list of the item that its parts are in (empty: the text is the item's own member). ``member``: its
    key there, and in the event that ends it. ``index``: the event's member that says which part.
    """

    name: str
    lane: str
    member: str
    index: str
    part: str = ""
    """The kind of its part."""


_CONTENT, _SUMMARY = "content_index", "summary_index"
TEXT = TextKind("response.output_text", "content", "text", _CONTENT, "output_text")
REFUSAL = TextKind("response.refusal", "content", "refusal", _CONTENT, "refusal")
THOUGHT = TextKind("response.reasoning_text", "content", "text", _CONTENT, "reasoning_text")
SUMMARY = TextKind("response.reasoning_summary_text", "summary", "text", _SUMMARY, "summary_text")
ARGUMENTS = TextKind("response.function_call_arguments", "", "arguments", "")
CUSTOM = TextKind("response.custom_tool_call_input", "", "input", "")
MCP = TextKind("response.mcp_call_arguments", "", "arguments", "")
CODE = TextKind("response.code_interpreter_call_code", "", "code", "")
_KINDS = (TEXT, REFUSAL, THOUGHT, SUMMARY, ARGUMENTS, CUSTOM, MCP, CODE)
DELTAS: Mapping[str, TextKind] = {f"{each.name}.delta": each for each in _KINDS}
DONES: Mapping[str, TextKind] = {f"{each.name}.done": each for each in _KINDS}
PART_KINDS: Mapping[str, TextKind] = {each.part: each for each in (TEXT, REFUSAL, THOUGHT, SUMMARY)}
"""The text of a part, by the part's type."""
OWN_TEXT: Mapping[str, TextKind] = {
    "function_call": ARGUMENTS, "custom_tool_call": CUSTOM, "mcp_call": MCP, "code_interpreter_call": CODE,
}
"""The text that an item itself is, by the item's type."""
LANES: Mapping[str, tuple[str, ...]] = {"message": ("content",), "reasoning": ("content", "summary")}
"""The lists of parts of an item, in the order in which they are judged where they come whole."""
_PARTS = {"response.content_part": ("content", _CONTENT), "response.reasoning_part": ("content", _CONTENT),
          "response.reasoning_summary_part": ("summary", _SUMMARY)}  # fmt: skip
ADDED: Mapping[str, tuple[str, str, str]] = {f"{name}.added": (name, *place) for name, place in _PARTS.items()}
CLOSED: Mapping[str, tuple[str, str, str]] = {f"{name}.done": (name, *place) for name, place in _PARTS.items()}
"""A part begins or ends: the events' common name, the lane, and the member that says which part."""
PART_EVENTS: Mapping[str, str] = {"content": "response.content_part", "summary": "response.reasoning_summary_part"}
NOTE = "response.output_text.annotation.added"
REPEATED = frozenset({
    "response.shell_call_command.added", "response.shell_call_command.delta", "response.shell_call_command.done",
    "response.shell_call_output_content.delta", "response.shell_call_output_content.done",
})  # fmt: skip
"""Pieces of a call that the model server carries out itself. They are not relayed: the item's end says it all again,
and is judged whole there."""
BLOBS: Mapping[str, tuple[str, Treat]] = {
    "response.image_generation_call.partial_image": ("partial_image_b64", "image"),
    "response.audio.delta": ("delta", "audio"),
}
"""Events that carry what no guard reads: the member, and its kind."""
BEGUN = frozenset({"response.created", "response.queued", "response.in_progress"})
OVER = frozenset({"response.completed", "response.incomplete", "response.failed"})


def textless(event: Mapping[str, Any]) -> bool:
    """Whether ``event`` holds nothing that a guard would read."""
    return all(exempt(value, EVENT.below(key)) for key, value in event.items())


def exempt(value: Any, node: Node) -> bool:
    """Whether no string below ``value``, and no key, is text."""
    if type(value) is str:
        return not value or node.exempts(value)
    if type(value) is list:
        return all(exempt(each, node.below("*")) for each in value)
    if type(value) is dict:
        return all(key in node.children and exempt(each, node.below(key)) for key, each in value.items())
    return True


def shown(event: Mapping[str, Any], kind: str, **ours: Any) -> dict[str, Any]:
    """``event`` as one of ``kind``, with ``ours`` in it, and without what no one judged."""
    ours["type"] = kind
    known = EVENT.children
    out = {key: each for key, each in event.items() if key in ours or (key in known and exempt(each, known[key]))}
    out.update(ours)
    return out


class Outgoing:
    """Writes the events that go out, one number after the other; where ``live`` is false, none."""

    __slots__ = ("_live", "_out", "number")

    def __init__(self, *, live: bool) -> None:
        self._live, self._out, self.number = live, list[bytes](), 0

    def add(self, event: dict[str, Any]) -> None:
        """Appends ``event``, whose members are plain data, with its number."""
        if self._live:
            event["sequence_number"] = self.number
            self.number += 1
            self._out.append(framed(event))

    def take(self) -> bytes:
        """What was added since the last call."""
        out, self._out = self._out, []
        return out[0] if len(out) == 1 else b"".join(out)


def framed(event: dict[str, Any]) -> bytes:
    """``event`` as the server-sent event of its type."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))
