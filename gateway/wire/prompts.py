"""Reads what completions and embeddings are given: one text or many, or the same as token ids, which no guard can read.

Each text of a list is a request of its own to the model, so each is a channel of its own: a match never spans two.
"""

from __future__ import annotations

from typing import Any

from gateway.core.types import Channel, Segment, Unscannable
from gateway.errors import BadRequest
from gateway.wire.harvest import Harvest

TOKENS = "tokens"
"""The kind of a text that comes as token ids, as policies name it."""
_MAX_ID = 1 << 31


def harvest_prompts(name: str, value: Any, harvest: Harvest, most: int) -> int:
    """The texts of the parameter ``name``; how many there are. Raises BadRequest, naming the element that is wrong."""
    path = f"/{name}"
    if type(value) is str:
        _text(path, value, harvest)
        return 1
    if type(value) is not list:
        raise BadRequest(f"'{name}' must be a string, an array of strings, or token ids.", param=name)
    if not value:
        raise BadRequest(f"'{name}' must not be an empty array.", param=name)
    if type(value[0]) is int:
        _check_ids(name, value)
        harvest.unscannable.append(Unscannable(path, TOKENS))
        return 1
    if len(value) > most:
        raise BadRequest(f"'{name}' may have at most {most} elements.", param=name)
    strings = type(value[0]) is str
    for index, each in enumerate(value):
        place = f"{name}[{index}]"
        if strings and type(each) is str:
            _text(f"{path}/{index}", each, harvest)
        elif not strings and type(each) is list and each:
            _check_ids(place, each)
            harvest.unscannable.append(Unscannable(f"{path}/{index}", TOKENS))
        else:
            what = "a string" if strings else "an array of token ids"
            raise BadRequest(f"'{place}' must be {what}.", param=place)
    return len(value)


def _text(path: str, text: str, harvest: Harvest) -> None:
    if text:
        harvest.extra.append(Channel("user", (Segment(path, "user", text),)))


def _check_ids(name: str, ids: list[Any]) -> None:
    for index, each in enumerate(ids):
        if type(each) is not int or not 0 <= each < _MAX_ID:
            raise BadRequest(f"'{name}[{index}]' must be a token id.", param=f"{name}[{index}]")
