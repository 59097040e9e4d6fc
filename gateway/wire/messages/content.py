"""Collects every string inside the messages of a request, each object by the table of its own type.

Who wrote a text follows from what it stands in: what a tool or a search found is no word of the user, though it
stands in the user's message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.types import Channel, Role, Segment, Unscannable
from gateway.errors import BadRequest
from gateway.wire.harvest import Harvest
from gateway.wire.messages.fields import KINDS, NESTED, OTHER
from gateway.wire.messages.typed import unread
from gateway.wire.pointer import escape

ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
"""The roles of messages, as the roles of segments."""
_KIND_ROLES: Mapping[str, Role] = {"document": "document", "search_result": "document", "web_search_result": "document",
                                   "web_fetch_result": "document"}  # fmt: skip
"""Whose words an object of this type holds, wherever it stands; of a tool's result, the tool's."""
_NEEDS = {"text": "text", "thinking": "thinking"}
"""The member without which a block of this type says nothing."""


def harvest_content(content: Any, path: str, role: Role, harvest: Harvest) -> None:
    """All texts of ``content``, a string or an array of blocks. Raises BadRequest, naming the place."""
    if type(content) is str:
        harvest.turn(path, role, content)
        return
    if type(content) is not list:
        raise wrong(path, "must be a string or an array of content blocks")
    for index, block in enumerate(content):
        if type(block) is not dict or type(block.get("type")) is not str:
            raise wrong(f"{path}/{index}", "must be an object with a 'type'")
        _object(block, f"{path}/{index}", role, harvest)
    _join(content, path, role, harvest)


def _object(value: dict[str, Any], path: str, role: Role, harvest: Harvest) -> None:
    kind = value.get("type")
    table = KINDS.get(kind) if type(kind) is str else None
    if type(kind) is str:
        role = "tool" if kind.endswith("tool_result") else _KIND_ROLES.get(kind, role)
        needed = _NEEDS.get(kind)
        if needed is not None and type(value.get(needed)) is not str and "data" not in value:
            raise wrong(f"{path}/{needed}", "must be a string")
    what = "other" if table is None else unread(kind, value)
    if what:
        harvest.unscannable.append(Unscannable(path, what))
    nested = [key for key in value if key in NESTED and type(value[key]) in (dict, list)]
    rest = value if not nested else {key: each for key, each in value.items() if key not in nested}
    harvest.walk(rest, table or OTHER, path, role, harvest.turns)
    for key in nested:
        _nested(value[key], f"{path}/{escape(key)}", role, harvest)


def _nested(value: Any, path: str, role: Role, harvest: Harvest) -> None:
    if type(value) is dict:
        _object(value, path, role, harvest)
    elif type(value) is list:
        for index, each in enumerate(value):
            _nested(each, f"{path}/{index}", role, harvest)
        _join(value, path, role, harvest)
    else:
        harvest.walk(value, OTHER.below(""), path, role, harvest.turns)


def _join(blocks: list[Any], path: str, role: Role, harvest: Harvest) -> None:
    """A model reads the texts of one list as one text: a word may be cut between them."""
    texts = [
        Segment(f"{path}/{index}/text", role, block["text"])
        for index, block in enumerate(blocks)
        if type(block) is dict and type(block.get("text")) is str and block["text"]
    ]
    if len(texts) > 1:
        harvest.extra.append(Channel(role, tuple(texts), ""))


def wrong(path: str, what: str) -> BadRequest:
    """The error for the place at the pointer ``path``, whose tokens are the API's names and numbers."""
    first, *rest = path[1:].split("/")
    param = first + "".join(f"[{token}]" if token.isdigit() else f".{token}" for token in rest)
    return BadRequest(f"'{param}' {what}.", param=param)
