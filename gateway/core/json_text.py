"""Edits in texts that are JSON, as the arguments of a tool call are: whatever is put in, they stay JSON.

A value with a quote in it would end the string it stands in, and a masked number needs quotes of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from gateway.core.types import Edit

_SIGNS: Final = re.compile(r'\\.|["\\]', re.DOTALL)
_BARE: Final = re.compile(r'[^\s{}\[\]:,"]*')
_STRUCTURE: Final = frozenset('{}[]:," \t\r\n')
_JSON: Final = re.compile(
    r"(?:(?:/choices/\d+/|/messages/\d+/)?(?:tool_calls/\d+/function|function_call)/arguments"
    r"|/input/\d+/arguments|(?:/choices/\d+/)?(?:output/\d+/arguments|content/\d+/partial_json))(?:#\d+)?")
"""The places of the APIs, and no others: a member that a caller or a tool calls ``arguments`` is any text."""


def is_json(path: str) -> bool:
    """Whether the text at ``path`` (a JSON pointer, or the name of an answer's field) is JSON by its API.

    Those are the arguments of calls; for others see ``_JSON``.
    """
    return _JSON.fullmatch(path) is not None


class JsonText:
    """Follows a growing JSON text from edit to edit; linear, and chunks do not show."""

    __slots__ = ("_bare", "_drop", "_escaped", "_inside")

    def __init__(self) -> None:
        self._inside = self._escaped = False
        self._bare = ""
        """What went out of the number or word in which the text stands, shortened when it is long."""
        self._drop = False
        """Whether the rest of the number or word is to go."""

    def keep(self, text: str) -> str:
        """``text`` goes out as it is, but for the rest of a number of which the beginning was replaced."""
        if self._drop:
            rest = _BARE.match(text)
            text = text[rest.end() :] if rest is not None else text
            self._drop = not text
        if not text:
            return text
        start = 1 if self._escaped else 0
        self._escaped = False
        for found in _SIGNS.finditer(text, start):
            if found.group() == '"':
                self._inside = not self._inside
            elif found.group() == "\\":
                self._escaped = self._inside
        self._bare = "" if self._inside else _begun(self._bare, text)
        return text

    def put(self, original: str, replacement: str) -> str:
        """What stands in the place of ``original``: ``replacement`` once, and all of its brackets and quotes."""
        said = json.dumps(replacement, ensure_ascii=False)[1:-1]
        out: list[str] = []
        if self._escaped and original:  # the backslash before it is out already: its letter goes with it
            width = 5 if original[0] == "u" else 1
            out.append(original[:width])
            original, self._escaped = original[width:], False
        filled = False
        for char in original:
            if self._inside:
                ends = char == '"' and not self._escaped
                self._escaped = char == "\\" and not self._escaped
                if ends:
                    self._inside = False
                    out.append(char)
                elif not filled:
                    filled = True
                    out.append(said)
            elif char in _STRUCTURE:
                self._inside, self._bare, self._drop = char == '"', "", False
                out.append(char)
            elif not self._drop:
                self._drop = True
                out.append(_ended(self._bare) if self._bare else "null" if filled else f'"{said}"')
                filled = True
        if self._escaped:  # what follows is the letter of an escape whose backslash has gone
            out.append("\\")
        return "".join(out)


def _begun(bare: str, text: str) -> str:
    """What there is of a number or word at the end of ``text``, which follows ``bare`` of it."""
    tail = text[-8:]
    for index in range(len(tail) - 1, -1, -1):
        if tail[index] in _STRUCTURE:
            return tail[index + 1 :]
    whole = bare + tail if len(text) <= 8 else tail
    return whole if len(whole) <= 8 else f"0{whole[-1]}"


def _ended(bare: str) -> str:
    """What must follow the beginning of a number or word that nothing else may follow."""
    for word in ("true", "false", "null"):
        if word.startswith(bare):
            return word[len(bare) :]
    return "" if bare[-1].isdigit() else "0"


def fitted(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """Merged ``edits`` of one JSON ``text``, changed so that it stays JSON."""
    place, at, out = JsonText(), 0, list[Edit]()
    for edit in edits:
        dropped = _dropped(place, text[at : edit.start])
        if dropped and out:
            out[-1] = Edit(out[-1].path, out[-1].start, out[-1].end + dropped, out[-1].replacement)
        out.append(Edit(edit.path, edit.start, edit.end, place.put(text[edit.start : edit.end], edit.replacement)))
        at = edit.end
    dropped = _dropped(place, text[at:])
    if dropped and out:
        out[-1] = Edit(out[-1].path, out[-1].start, out[-1].end + dropped, out[-1].replacement)
    return out


def _dropped(place: JsonText, text: str) -> int:
    """How many characters at the beginning of ``text`` go with the edit before it."""
    return len(text) - len(place.keep(text))
