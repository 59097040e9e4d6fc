"""JSON pointers (RFC 6901): the names of places in a payload, and edits carried out at them.

An object's key that a caller chose is text too; it is named by its member's pointer and ``/~key``, which
no real pointer can end in.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from gateway.core.edits import apply
from gateway.core.types import Edit
from gateway.errors import GuardUnavailable

KEY = "/~key"
_FAILED = "An edit that a policy asks for could not be carried out, so nothing was sent on."


def escape(key: str) -> str:
    """``key`` as one token of a pointer."""
    if "~" in key or "/" in key:
        return key.replace("~", "~0").replace("/", "~1")
    return key


def unescape(token: str) -> str:
    """The key that ``token`` names."""
    return token.replace("~1", "/").replace("~0", "~")


def edited(body: dict[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """``body`` with ``edits`` carried out; what they touch is copied, ``body`` stays as it is.

    Offsets are characters of the original texts. Raises GuardUnavailable for an edit that leads nowhere, lies
    outside its text or overlaps another: what cannot be edited must not pass as if it were.
    """
    root = body.copy()
    copied: dict[str, Any] = {"": root}
    ordered = sorted(edits, key=lambda each: (each.path, each.start, each.end))
    for path, group in groupby(ordered, key=lambda each: each.path):
        failed = False
        try:
            _edit(path, tuple(group), copied)
        except (LookupError, ValueError, TypeError):
            failed = True
        if failed:  # not raised above: what went wrong may name a caller's key and would be the context of ours
            raise GuardUnavailable(_FAILED)
    return root


def _edit(path: str, edits: tuple[Edit, ...], copied: dict[str, Any]) -> None:
    if path.endswith(KEY) or not path.startswith("/"):
        raise LookupError
    parent, _, last = path.rpartition("/")
    holder = _owned(parent, copied)
    place = int(last) if isinstance(holder, list) else unescape(last)
    text = holder[place]
    if not isinstance(text, str):
        raise TypeError
    at = 0
    for edit in edits:
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError
        at = edit.end
    holder[place] = apply(text, edits)


def _owned(path: str, copied: dict[str, Any]) -> Any:
    """The container at ``path`` as a copy of our own, that its parents' copies hold."""
    known = copied.get(path)
    if known is not None:
        return known
    parent, _, last = path.rpartition("/")
    holder = _owned(parent, copied)
    place = int(last) if isinstance(holder, list) else unescape(last)
    own = copied[path] = holder[place].copy()
    holder[place] = own
    return own
