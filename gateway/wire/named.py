"""Paths without users' text, for audit records and callers: a key that a caller or a model made up is text."""

from __future__ import annotations

from gateway.wire.coverage import places
from gateway.wire.fields import SCHEMA_KEYS

_LONGEST_INDEX = 4
_OWN = frozenset({"", "choices", "~choice", "~key"})
"""What the gateway itself writes into the path of a text."""
_NAMES = _OWN.union(SCHEMA_KEYS.split(), *(each.path.split("/") for each in places()))
"""The words of the APIs, which no caller and no model chose."""


def named(path: str) -> str:
    """``path`` with everything in it that is no word of an API, and no index, as ``*``."""
    return "/".join([part if _is_known(part) else "*" for part in path.split("/")])


def _is_known(part: str) -> bool:
    name, _, again = part.partition("#")  # the second text at a place is called "content#2"
    if again and not again.isdecimal():
        return False
    return name in _NAMES or (name.isdecimal() and name.isascii() and len(name) <= _LONGEST_INDEX)
