"""The codec of ``/v1/chat/completions``: a request as texts to judge, and back as the body that is sent on.

The body that goes to the model server is written from what was parsed and judged, never from the bytes that
came, so there is no second way to read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.types import Channel, Role, Segment, Unscannable
from gateway.errors import BadRequest
from gateway.wire.chat import canned
from gateway.wire.chat.answer import Answer
from gateway.wire.chat.fields import REQUEST
from gateway.wire.envelope import Envelope, Parsed, opened
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge

ROLES: Final[dict[str, Role]] = {
    "system": "system", "developer": "developer", "user": "user", "assistant": "assistant", "tool": "tool",
    "function": "tool",
}
"""The roles of messages, as the roles of segments."""
FIELD_ROLES: Final[dict[str, Role]] = {
    "tools": "developer", "functions": "developer", "tool_choice": "developer", "function_call": "developer",
    "response_format": "developer", "structured_outputs": "developer", "guided_json": "developer",
    "guided_regex": "developer", "guided_choice": "developer", "guided_grammar": "developer",
    "documents": "document", "prediction": "assistant",
}
"""Whose words a top-level field holds; every other one is the caller's. Tools are the application's: a word
that users may not say is no offence in a tool's description."""
PART_KINDS: Final = {
    "text": "", "input_text": "", "output_text": "", "refusal": "", "thinking": "", "reasoning": "",
    "image_url": "image", "input_image": "image", "image": "image", "image_embeds": "image", "image_pil": "image",
    "input_audio": "audio", "audio_url": "audio", "audio": "audio",
    "video_url": "video", "video": "video", "file": "file", "input_file": "file",
}
"""Types of content parts and what no guard can read in them; a type that is not here is ``other``."""
_MESSAGE: Final = REQUEST.children["messages"].below("*")
_PART: Final = _MESSAGE.children["content"].below("*")
_PLAIN_KEYS: Final = frozenset({"role", "content"})
_TEXT_KEYS: Final = frozenset({"text", "refusal", "thinking"})


class ChatRequest(Parsed):
    """A parsed request. ``n``: choices asked for."""

    __slots__ = ("include_usage", "n")

    def __init__(self, asked: Envelope, harvest: Harvest) -> None:
        super().__init__(asked, harvest)
        self.n: Final[int] = asked.body.get("n") or 1
        self.include_usage: Final = asked.include_usage

    def answer(self, judge: Judge) -> Answer:
        return Answer(judge, self)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return (canned.stream if self.stream else canned.whole)(self, text, decision_id, now, told)


def parse(data: bytes) -> ChatRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = opened(data)
    body = asked.body
    harvest = Harvest()
    harvest_messages(body.get("messages"), harvest)
    harvest.beside(body, REQUEST, FIELD_ROLES, ("messages",))
    return ChatRequest(asked, harvest)


def harvest_messages(messages: Any, harvest: Harvest) -> None:
    """Every text of ``messages``, under ``/messages``. Raises BadRequest, naming the place, for what is no message."""
    if type(messages) is not list:
        raise BadRequest("'messages' must be an array of messages.", param="messages")
    for index, message in enumerate(messages):
        if type(message) is not dict:
            raise _wrong(index, "", "must be an object")
        name = message.get("role")
        role = ROLES.get(name) if type(name) is str else None
        if role is None:
            raise _wrong(index, ".role", f"must be one of {', '.join(ROLES)}")
        path = f"/messages/{index}"
        content = message.get("content")
        if type(content) is str:
            harvest.turn(path + "/content", role, content)
        elif type(content) is list:
            _harvest_parts(content, index, role, harvest)
        elif content is not None:
            raise _wrong(index, ".content", "must be a string or an array of parts")
        if not message.keys() <= _PLAIN_KEYS:
            _check_calls(message, index)
            rest = {key: value for key, value in message.items() if key not in _PLAIN_KEYS}
            harvest.walk(rest, _MESSAGE, path, role, harvest.turns)


def _harvest_parts(parts: list[Any], index: int, role: Role, harvest: Harvest) -> None:
    texts: list[Segment] = []
    for at, part in enumerate(parts):
        path = f"/messages/{index}/content/{at}"
        if type(part) is str:
            harvest.turn(path, role, part)
            texts.append(Segment(path, role, part))
            continue
        if type(part) is not dict:
            raise _wrong(index, f".content[{at}]", "must be an object")
        kind = part.get("type")
        if type(kind) is not str:
            raise _wrong(index, f".content[{at}].type", "must be a string")
        if kind == "text" and type(part.get("text")) is not str:
            raise _wrong(index, f".content[{at}].text", "must be a string")
        texts += [Segment(f"{path}/{key}", role, part[key]) for key in part
                  if key in _TEXT_KEYS and type(part[key]) is str]
        before = len(harvest.unscannable)
        harvest.walk(part, _PART, path, role, harvest.turns)
        if len(harvest.unscannable) == before and (unread := PART_KINDS.get(kind, "other")):
            harvest.unscannable.append(Unscannable(path, unread))
    if len(texts) > 1:  # a model reads the parts of a message as one text: a word may be cut between them
        harvest.extra.append(Channel(role, tuple(texts), ""))


def _check_calls(message: dict[str, Any], index: int) -> None:
    calls = message.get("tool_calls")
    if calls is not None and type(calls) is not list:
        raise _wrong(index, ".tool_calls", "must be an array")
    for at, call in enumerate(calls or ()):
        if type(call) is not dict:
            raise _wrong(index, f".tool_calls[{at}]", "must be an object")
        function = call.get("function")
        if function is not None and type(function) is not dict:
            raise _wrong(index, f".tool_calls[{at}].function", "must be an object")
        arguments = function.get("arguments") if function else None
        if arguments is not None and type(arguments) is not str:
            raise _wrong(index, f".tool_calls[{at}].function.arguments", "must be a string that holds JSON")


def _wrong(index: int, where: str, what: str) -> BadRequest:
    param = f"messages[{index}]{where}"
    return BadRequest(f"'{param}' {what}.", param=param)
