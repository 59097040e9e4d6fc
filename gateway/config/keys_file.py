"""Takes a key out of a settings file without touching anything else: comments, order and quoting stay.

YAML has no writer that does this, so the key's own characters are cut out of the text. What is left is read again and
must say what the file said before, less that key; where it does not, nothing is written and the lines are named.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.config.yaml_lines import Document, parse, read
from gateway.errors import ConfigError

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Revoked:
    """What went: ``first`` and ``last`` are the lines (1-based) at which the key stood."""

    name: str
    first: int
    last: int


def revoke(path: Path, name: str) -> Revoked:
    """Take the key called ``name`` out of the settings file at ``path``, all at once or not at all.

    Raises ConfigError when there is no such key, when it is the only one, and when the file cannot be changed.
    """
    document = read(path)
    place = _place(document, name)
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    start, end, went = _cut(text.removeprefix(_BOM), place, name)
    rest = text.removeprefix(_BOM)[:start] + text.removeprefix(_BOM)[end:]
    cure = f"delete lines {went.first} to {went.last} in an editor" if went.last > went.first else (
        f"take the key out of line {went.first} in an editor")
    if not _is_less(rest, document, place):
        raise document.error("the key cannot be cut out without changing something else", ("keys", place), cure)
    _write(path.resolve(), (_BOM if text.startswith(_BOM) else "") + rest, str(path), cure)
    return went


def _place(document: Document, name: str) -> int:
    """The index of the key in the list of keys."""
    listed = document.data.get("keys") if isinstance(document.data, dict) else None
    keys = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    names = [str(each.get("name")) for each in keys]
    if name not in names or listed is None or len(keys) != len(listed):
        known = f"known here: {', '.join(names)}" if names else "the file lists no keys"
        raise document.error(f"there is no key called '{name}'", ("keys",), known)
    if len(names) == 1:
        raise document.error("it is the only key, and without keys whoever reaches the gateway is served", ("keys", 0),
                             "add another key first (`wardgate key create`), or stop the gateway")  # fmt: skip
    return names.index(name)


def _cut(text: str, place: int, name: str) -> tuple[int, int, Revoked]:
    """The characters ``[start, end)`` to cut out of ``text``."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    keys = next(value for key, value in root.value if key.value == "keys")
    node = keys.value[place]
    start, end = node.start_mark.index, _end(node)
    if keys.flow_style:
        start, end = _in_flow(text, start, end)
    else:  # from its dash to the end of its last line; a comment above it may belong to others and stays
        start = text.rfind("\n", 0, text.rfind("-", 0, start)) + 1
        end = _line_end(text, end)
    last = text.count("\n", 0, max(start, end - 1)) + 1
    return start, end, Revoked(name, text.count("\n", 0, node.start_mark.index) + 1, last)


def _in_flow(text: str, start: int, end: int) -> tuple[int, int]:
    """The item with the comma behind it, or else before it, and with its line where nothing else stands there."""
    comma = re.compile(r"\s*,[ \t]*").match(text, end)
    before = re.search(r",\s*$", text[:start])
    if comma is not None:
        end = comma.end()
    elif before is not None:
        return before.start(), end
    line = text.rfind("\n", 0, start) + 1
    alone = not text[line:start].strip() and (end == len(text) or text[end] in "\r\n")
    return (line, _line_end(text, end)) if alone else (start, end)


def _end(node: Any) -> int:
    """Where ``node`` ends: a block's own mark stands behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _is_less(rest: str, document: Document, place: int) -> bool:
    """Whether ``rest`` says what ``document`` says, without the key at ``place``."""
    try:
        data = parse(rest.encode(), document.file).data
    except ConfigError:
        return False
    keys = document.data["keys"]
    return bool(data == {**document.data, "keys": keys[:place] + keys[place + 1 :]})


def _write(path: Path, text: str, shown: str, cure: str) -> None:
    """In one step, so that a reader sees the old file or the new one; owner and rights stay."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        known = path.stat()
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            os.fchown(file.fileno(), known.st_uid, known.st_gid)
            os.fchmod(file.fileno(), known.st_mode & 0o7777)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ConfigError(f"cannot be written: {error.strerror}", file=shown, cure=cure) from None
