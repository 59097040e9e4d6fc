"""The tool calls of a request, and the tools that it offers, as channels of their own, whatever the API.

Guards of calls need to know which words are a tool's name and what it is called with; as running text all of it is
judged already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gateway.core.types import Channel, Segment

_BODIES = ("function", "custom")
_GIVEN = ("arguments", "input")


def calls(body: dict[str, Any]) -> tuple[Channel, ...]:
    """The definitions and calls of ``body``, a request of any of the APIs that know tools; its shape was checked."""
    found: list[Channel] = []
    for key in ("tools", "functions"):
        found += _definitions(body.get(key), f"/{key}")
    for key in ("messages", "input"):
        items = body.get(key)
        for index, item in enumerate(items if type(items) is list else ()):
            if type(item) is dict and (len(item) > 2 or type(item.get("content")) is not str):
                found += _of_item(item, f"/{key}/{index}")
    return tuple(found)


def _definitions(tools: Any, path: str) -> Iterator[Channel]:
    for index, tool in enumerate(tools if type(tools) is list else ()):
        if type(tool) is not dict:
            continue
        holder, place = tool, f"{path}/{index}"
        for kind in _BODIES:
            if type(tool.get(kind)) is dict:
                holder, place = tool[kind], f"{place}/{kind}"
                break
        name = "name" if type(holder.get("name")) is str else "type"  # what the model server runs itself has no name
        if type(holder.get(name)) is str and holder[name]:
            yield Channel("developer", (Segment(f"{place}/{name}", "developer", holder[name]),), kind="definition")


def _of_item(item: dict[str, Any], path: str) -> Iterator[Channel]:
    """The calls of a message, or of an item that is one."""
    each = item.get("tool_calls")
    for index, call in enumerate(each if type(each) is list else ()):
        for body in _BODIES:
            if type(call) is dict and type(call.get(body)) is dict:
                yield from _call(call[body], f"{path}/tool_calls/{index}/{body}")
    if type(item.get("function_call")) is dict:
        yield from _call(item["function_call"], f"{path}/function_call")
    kind = item.get("type")
    if type(kind) is str and kind.endswith("_call"):
        yield from _call(item, path)
    parts = item.get("content")
    for index, part in enumerate(parts if type(parts) is list else ()):
        kind = part.get("type") if type(part) is dict else None
        if type(kind) is str and kind.endswith("tool_use"):
            yield from _call(part, f"{path}/content/{index}")


def _call(holder: dict[str, Any], path: str) -> Iterator[Channel]:
    name = "name" if type(holder.get("name")) is str else "type"
    if type(holder.get(name)) is not str or not holder[name]:
        return
    segments = [Segment(f"{path}/{name}", "assistant", holder[name])]
    for key in _GIVEN:
        given = holder.get(key)
        if given is not None and given != "":
            text = given if type(given) is str else json.dumps(given, ensure_ascii=False)
            segments.append(Segment(f"{path}/{key}", "assistant", text))
    yield Channel("assistant", tuple(segments), kind="call")
