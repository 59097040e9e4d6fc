"""The codec of ``/v1/responses``: a request as texts to judge, and back as the body that is sent on.

Its input is one string or a list of items: turns, calls, what calls gave back, thoughts. Each item's words belong
to whoever wrote them, so that a rule for what tools say sees them in every shape they come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.types import Channel, Role, Segment, Unscannable
from gateway.errors import BadRequest
from gateway.wire.envelope import Parsed, opened
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge
from gateway.wire.responses import bounds, canned
from gateway.wire.responses.answer import Answer
from gateway.wire.responses.fields import ITEM_OF, REQUEST

ROLES: dict[str, Role] = {
    "system": "system", "developer": "developer", "user": "user", "assistant": "assistant", "tool": "tool",
}
"""The roles of messages, as the roles of segments."""
FIELD_ROLES: dict[str, Role] = {
    "instructions": "system", "tools": "developer", "tool_choice": "developer", "text": "developer",
    "structured_outputs": "developer",
}
"""Whose words a top-level field holds; every other one is the caller's."""
ITEM_ROLES: dict[str, Role] = {
    "function_call": "assistant", "custom_tool_call": "assistant", "computer_call": "assistant",
    "file_search_call": "assistant", "web_search_call": "assistant", "code_interpreter_call": "assistant",
    "image_generation_call": "assistant", "local_shell_call": "assistant", "shell_call": "assistant",
    "apply_patch_call": "assistant", "mcp_call": "assistant", "mcp_approval_request": "assistant",
    "tool_search_call": "assistant", "program": "assistant", "reasoning": "assistant", "compaction": "assistant",
    "function_call_output": "tool", "custom_tool_call_output": "tool", "computer_call_output": "tool",
    "local_shell_call_output": "tool", "shell_call_output": "tool", "apply_patch_call_output": "tool",
    "tool_search_output": "tool", "program_output": "tool", "mcp_list_tools": "tool",
    "additional_tools": "developer", "configuration_update": "developer",
    "mcp_approval_response": "user", "compaction_trigger": "user",
}  # fmt: skip
"""Whose words an item is; one of a kind that is not here is the caller's."""
_GIVEN_BACK: dict[str, tuple[str, Role]] = {
    "file_search_call": ("results", "document"), "web_search_call": ("results", "document"),
    "code_interpreter_call": ("outputs", "tool"), "mcp_call": ("output", "tool"),
}  # fmt: skip
"""Members of calls that hold what came back, and from whom."""
PART_KINDS = {
    "input_text": "", "output_text": "", "text": "", "refusal": "", "reasoning_text": "", "summary_text": "",
    "input_image": "image", "computer_screenshot": "image", "image": "image", "input_audio": "audio",
    "output_audio": "audio", "input_file": "file", "input_video": "video",
}
"""Types of content parts and what no guard can read in them; a type that is not here is ``other``."""
_ITEM = REQUEST.children["input"].below("*")
_PART = _ITEM.children["content"].below("*")
_TEXT_KEYS = ("text", "refusal", "stdout", "stderr")
_PARTS = ("content", "output", "summary")


class ResponsesRequest(Parsed):
    """A parsed request."""

    __slots__ = ()

    def answer(self, judge: Judge) -> Answer:
        return Answer(judge, self.body)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return canned.answer(self, text, decision_id, now, told)


def parse(data: bytes) -> ResponsesRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = opened(data, bounds.BOUNDS, bounds.DROPPED)
    body = asked.body
    bounds.check(body)
    if body.get("store") is True:
        asked.dropped = (*asked.dropped, "store")
    body["store"] = False  # said outright: model servers keep what they are not told to forget
    harvest = Harvest()
    _harvest_input(body.get("input"), harvest)
    own, instructions = ["input"], body.get("instructions")
    if type(instructions) is str:
        own.append("instructions")
        harvest.turn("/instructions", "system", instructions)
    harvest.beside(body, REQUEST, FIELD_ROLES, own)
    return ResponsesRequest(asked, harvest)


def _harvest_input(items: Any, harvest: Harvest) -> None:
    if type(items) is str:
        harvest.turn("/input", "user", items)
        return
    if type(items) is not list:
        raise BadRequest("'input' must be a string or an array of items.", param="input")
    if len(items) > bounds.INPUT_ITEMS:
        raise BadRequest(f"'input' may have at most {bounds.INPUT_ITEMS} items.", param="input")
    for index, item in enumerate(items):
        if type(item) is str:
            harvest.turn(f"/input/{index}", "user", item)
        elif type(item) is not dict:
            raise _wrong(index, "", "must be an object")
        else:
            _harvest_item(item, index, harvest)


def _harvest_item(item: dict[str, Any], index: int, harvest: Harvest) -> None:
    kind = item.get("type", "message")
    if type(kind) is not str:
        raise _wrong(index, ".type", "must be a string")
    if kind in bounds.REFUSED_ITEMS:
        raise _wrong(index, "", f"is not supported: {bounds.REFUSED_ITEMS[kind]}")
    role = ITEM_ROLES.get(kind, "user")
    if kind == "message":
        name = item.get("role")
        known = ROLES.get(name) if type(name) is str else None
        if known is None:
            raise _wrong(index, ".role", f"must be one of {', '.join(ROLES)}")
        role = known
    _check_texts(item, index)
    node, path = ITEM_OF.get(kind, _ITEM), f"/input/{index}"
    back, source = _GIVEN_BACK.get(kind, ("", role))
    rest: dict[str, Any] = {}
    for key, value in item.items():
        if key == "content" and type(value) is str:
            harvest.turn(f"{path}/content", role, value)
        elif key in _PARTS and type(value) is list:
            _harvest_parts(value, path, key, source if key == back else role, harvest)
        elif key == back:
            harvest.walk({key: value}, node, path, source, harvest.turns)
        else:
            rest[key] = value
    harvest.walk(rest, node, path, role, harvest.turns)


def _check_texts(item: dict[str, Any], index: int) -> None:
    """A text that is no string would be read by the model server in a way of its own."""
    for key in ("name", "input", "code"):
        if item.get(key) is not None and type(item[key]) is not str:
            raise _wrong(index, f".{key}", "must be a string")
    if item.get("type") in ("function_call", "mcp_call") and type(item.get("arguments")) is not str:
        raise _wrong(index, ".arguments", "must be a string that holds JSON")
    if item.get("content") is not None and type(item["content"]) not in (str, list):
        raise _wrong(index, ".content", "must be a string or an array of parts")


def _harvest_parts(parts: list[Any], item: str, key: str, role: Role, harvest: Harvest) -> None:
    """The parts of a turn, of a thought, or of what a tool gave back."""
    texts: list[Segment] = []
    index = int(item.rpartition("/")[2])
    for at, part in enumerate(parts):
        path = f"{item}/{key}/{at}"
        if type(part) is str:
            harvest.turn(path, role, part)
            texts.append(Segment(path, role, part))
            continue
        if type(part) is not dict:
            raise _wrong(index, f".{key}[{at}]", "must be an object")
        kind = part.get("type", None if key == "output" else 0)
        if kind is not None and type(kind) is not str:
            raise _wrong(index, f".{key}[{at}].type", "must be a string")
        if PART_KINDS.get(kind or "", "other") == "" and type(part.get("text", "")) is not str:
            raise _wrong(index, f".{key}[{at}].text", "must be a string")
        texts += [Segment(f"{path}/{name}", role, part[name]) for name in _TEXT_KEYS
                  if type(part.get(name)) is str and part[name]]
        before = len(harvest.unscannable)
        harvest.walk(part, _PART, path, role, harvest.turns)
        unread = PART_KINDS.get(kind, "other") if kind is not None else ""
        if unread == "other" or (unread and len(harvest.unscannable) == before):
            harvest.unscannable.append(Unscannable(path, unread))
    if len(texts) > 1:  # a model reads the parts of a turn as one text: a word may be cut between them
        harvest.extra.append(Channel(role, tuple(texts), ""))


def _wrong(index: int, where: str, what: str) -> BadRequest:
    param = f"input[{index}]{where}"
    return BadRequest(f"'{param}' {what}.", param=param)
