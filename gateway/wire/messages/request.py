"""The codec of Anthropic's Messages API: a request as texts to judge, and back as the body that is sent on.

The body that goes to the model server is written from what was parsed and judged, never from the bytes that
came. A thought that its API signed is never edited: where a policy would, the whole block is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core.types import Edit, Role
from gateway.errors import BadRequest
from gateway.wire import json
from gateway.wire.envelope import Envelope, Parsed, opened, written
from gateway.wire.explain import UNTOLD
from gateway.wire.harvest import Harvest
from gateway.wire.leaves import Judge
from gateway.wire.messages import canned, limits
from gateway.wire.messages.answer import Answer
from gateway.wire.messages.content import ROLES, harvest_content, wrong
from gateway.wire.messages.count import CountAnswer
from gateway.wire.messages.fields import REQUEST
from gateway.wire.pointer import edited

FIELD_ROLES: dict[str, Role] = {
    "tools": "developer", "tool_choice": "developer", "output_config": "developer", "system": "system",
}
"""Whose words a top-level field holds; every other one is the caller's. Tools are the application's: a word
that users may not say is no offence in a tool's description."""
_CONVERSATION = frozenset({"messages", "system"})
_PLAIN_KEYS = frozenset({"role", "content"})
_MESSAGE = REQUEST.children["messages"].below("*")
_THOUGHT = re.compile(r"/messages/(\d+)/content/(\d+)/")


class _Body(Parsed):
    __slots__ = ()

    def rewrite(self, edits: tuple[Edit, ...] = (), model: str | None = None) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return written(_without(self.body, edits) if edits else self.body, model)


class MessagesRequest(_Body):
    """A request for an answer."""

    __slots__ = ()

    def answer(self, judge: Judge) -> Answer:
        """See ``gateway.wire.api.Asked``."""
        return Answer(judge)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """See ``gateway.wire.api.Asked``."""
        return (canned.stream if self.stream else canned.whole)(self.model, text, decision_id, told)


class CountRequest(_Body):
    """A request whose tokens are to be counted: judged as any other, but the answer is a number."""

    __slots__ = ()

    def answer(self, judge: Judge) -> CountAnswer:
        """See ``gateway.wire.api.Asked``."""
        return CountAnswer(judge)

    def canned(self, text: str, decision_id: str, now: float, told: Mapping[str, Any] = UNTOLD) -> bytes:
        """A request that the policy itself would answer costs the model nothing."""
        return json.dumps({"input_tokens": 0, **told})


def parse(data: bytes) -> MessagesRequest:
    """Reads a request body. Raises BadRequest (or InvalidJson), naming the parameter, never its text."""
    asked = _opened(data)
    if type(asked.body.get("max_tokens")) is not int:
        raise BadRequest("'max_tokens' must be the most tokens that the answer may have.", param="max_tokens")
    return MessagesRequest(asked, _harvested(asked.body))


def parse_count(data: bytes) -> CountRequest:
    """Reads the body of a request to count its tokens. Raises as ``parse`` does."""
    asked = _opened(data)
    if "stream" in asked.body:
        raise BadRequest("'stream' is no parameter of this route.", param="stream")
    return CountRequest(asked, _harvested(asked.body))


def _opened(data: bytes) -> Envelope:
    return opened(data, limits.BOUNDS, limits.DROPPED, limits.REFUSED)


def _harvested(body: dict[str, Any]) -> Harvest:
    harvest = Harvest()
    if body.get("system") is not None:
        harvest_content(body["system"], "/system", "system", harvest)
    _harvest_messages(body.get("messages"), harvest)
    harvest.beside(body, REQUEST, FIELD_ROLES, _CONVERSATION)
    return harvest


def _harvest_messages(messages: Any, harvest: Harvest) -> None:
    if type(messages) is not list:
        raise BadRequest("'messages' must be an array of messages.", param="messages")
    for index, message in enumerate(messages):
        path = f"/messages/{index}"
        if type(message) is not dict:
            raise wrong(path, "must be an object")
        name = message.get("role")
        role = ROLES.get(name) if type(name) is str else None
        if role is None:
            raise wrong(path + "/role", f"must be one of {', '.join(ROLES)}")
        harvest_content(message.get("content"), path + "/content", role, harvest)
        if not message.keys() <= _PLAIN_KEYS:
            rest = {key: value for key, value in message.items() if key not in _PLAIN_KEYS}
            harvest.walk(rest, _MESSAGE, path, role, harvest.turns)


def _without(body: dict[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """``body`` with ``edits`` carried out, but for signed thoughts: those leave, with messages that hold nothing else.

    Turns of one role that then follow each other are one turn to the API.
    """
    signed: dict[int, set[int]] = {}
    others: list[Edit] = []
    for edit in edits:
        place = _THOUGHT.match(edit.path)
        if place is not None and _is_signed(body["messages"][int(place[1])]["content"][int(place[2])]):
            signed.setdefault(int(place[1]), set()).add(int(place[2]))
        else:
            others.append(edit)
    out = edited(body, others)
    if signed:
        messages = [_left(each, signed.get(index, frozenset())) for index, each in enumerate(out["messages"])]
        out["messages"] = [each for each in messages if each is not None]
    return out


def _is_signed(block: Any) -> bool:
    return type(block) is dict and block.get("type") == "thinking" and bool(block.get("signature"))


def _left(message: dict[str, Any], gone: Iterable[int]) -> dict[str, Any] | None:
    """``message`` without the blocks at ``gone``; None when nothing is left of it."""
    if not gone:
        return message
    kept = [block for at, block in enumerate(message["content"]) if at not in gone]
    return {**message, "content": kept} if kept else None
