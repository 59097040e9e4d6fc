"""What ``wardgate scan`` is to judge: one text, or a JSON object a line, read one by one so that size does not matter.

Every mistake names file, line, field and cure, and never the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from gateway.config.yaml_lines import nearest
from gateway.core.types import ROLES, Role
from gateway.errors import ConfigError

LONGEST_LINE = 32 << 20
"""Bytes of one line, or of a plain text."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text to judge. ``context``: who said what before, or the documents it goes by; ``topics``: JSON, or empty."""

    label: Any
    text: str
    role: Role
    context: tuple[tuple[Role, str], ...] = ()
    topics: bytes = b""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no item; ``error`` says where and why."""

    label: Any
    error: ConfigError


def read_items(
    handle: BinaryIO, name: str, role: Role, *, lines: bool | None, done: list[int] | None = None
) -> Iterator[Item | Unreadable]:
    """The items of ``handle``; ``lines``: JSON lines (True), a text (False), or whatever the first line looks like.

    ``done[0]``, where given, is kept at the number of bytes read.
    """
    first = handle.readline(LONGEST_LINE + 1)
    if lines is None:
        lines = _is_item(first)
    if not lines:
        content = first + handle.read(LONGEST_LINE + 1 - len(first))
        yield _plain(content, name, role)
        return
    count = number = 0
    line = first
    while line:
        number += 1
        if done is not None:
            done[0] += len(line)
        if line.strip():
            if len(line) > LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = handle.readline(LONGEST_LINE)
                yield Unreadable(count, ConfigError(f"is longer than {LONGEST_LINE >> 20} MiB", file=name, line=number,
                                                    cure="split it"))  # fmt: skip
            else:
                yield _item(line, name, number, count, role)
            count += 1
        line = handle.readline(LONGEST_LINE + 1)


def _is_item(line: bytes) -> bool:
    try:
        found = orjson.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and "text" in found


def _plain(content: bytes, name: str, role: Role) -> Item | Unreadable:
    if len(content) > LONGEST_LINE:
        return Unreadable(0, ConfigError(f"is longer than {LONGEST_LINE >> 20} MiB", file=name,
                                         cure="write its parts as JSON lines"))  # fmt: skip
    try:
        return Item(0, content.decode(), role)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Unreadable(0, ConfigError("is not UTF-8 text", file=name, line=line, cure="convert it to UTF-8"))


def _item(line: bytes, name: str, number: int, count: int, role: Role) -> Item | Unreadable:
    """The item on a line; its label is its ``id``, or its number from 0 on."""
    try:
        found = _parsed(line)
    except ValueError:
        return Unreadable(count, ConfigError("is not JSON in UTF-8", file=name, line=number,
                                             cure='write {"id": …, "text": "…"} on one line'))  # fmt: skip
    label: Any = found["id"] if isinstance(found, dict) and found.get("id") is not None else count
    try:
        return _checked(found, label, role, number)
    except ConfigError as error:
        error.file, error.line = name, number
        return Unreadable(label, error)


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        return json.loads(line)  # halves of surrogate pairs, which datasets of broken text are full of


def _checked(found: Any, label: Any, role: Role, number: int) -> Item:
    if not isinstance(found, dict):
        raise ConfigError("is not a JSON object", cure='write {"id": …, "text": "…"}')
    if not isinstance(found.get("text"), str):
        message = "is missing" if "text" not in found else "is not a string"
        cure = nearest("text", [str(key) for key in found]) if "text" not in found else "put the text to judge there"
        raise ConfigError(message, field="text", cure=cure)
    said = found.get("role") or role
    topics = found.get("topics")
    return Item(label, found["text"], _role(said, "role"), tuple(_context(found.get("context"), said)),
                b"" if topics is None else orjson.dumps(topics, option=orjson.OPT_SORT_KEYS), number)  # fmt: skip


def _role(name: Any, field: str) -> Role:
    for each in ROLES:
        if each == name:
            return each
    raise ConfigError("is no role", field=field, cure=nearest(str(name), list(ROLES)))


def _context(context: Any, role: Any) -> Iterator[tuple[Role, str]]:
    """A string, or a list of strings and messages. Without a role it is a document to an answer, else the same's."""
    if context is None:
        return
    for index, each in enumerate(context if isinstance(context, list) else [context]):
        field = f"context[{index}]" if isinstance(context, list) else "context"
        if isinstance(each, str):
            yield ("document" if role == "assistant" else _role(role, "role")), each
        elif isinstance(each, dict) and isinstance(text := each.get("text", each.get("content")), str):
            yield _role(each.get("role", "document"), f"{field}.role"), text
        else:
            raise ConfigError("is neither a string nor a message", field=field, cure='write {"role": …, "text": "…"}')
