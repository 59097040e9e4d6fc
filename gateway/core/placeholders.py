"""Placeholders stand for values that the model must not see; only the request that made one can undo it.

A placeholder is an HMAC of tenant key, entity type and value: stable over turns, workers and restarts,
and one-way. The way back is the request's own map, since clients send their history with the real values.
Models do not always repeat a placeholder letter by letter, so what they make of one is read, too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gateway.core.pattern import Pattern, pattern

UNKNOWN = "UNKNOWN_PLACEHOLDER"
"""The entity of a finding: what reads like a placeholder and is none of this request's."""
_DIGITS = 12
_HEX = r"[0-9a-f](?:[ -]?[0-9a-f]){12,15}"
"""Fourteen digits when nothing was lost; one less, or two more, are read as well, to be reported."""
_MADE = r"<{1,2} ?[a-z][a-z0-9_]{0,30}_[0-9a-f]{13,16} ?>{1,2}"
_BEFORE, _AFTER = r"(?:&lt;|[<\[{]{1,2})", r"(?:&gt;|[>\]}]{1,2})"
_APART = r"(?:\\?[ _-]){0,2}"
_OPENING, _CLOSING = re.compile(rf"(?:{_BEFORE} ?)?"), re.compile(rf"(?: ?{_AFTER})?\Z")
_PAIRS = {"<": ">", "[": "]", "{": "}"}
_OTHER = re.compile(r"[^0-9A-Za-z]")
_NO_NAME = re.compile(r"[^A-Z0-9]+")


class Reading(NamedTuple):
    """What is a placeholder in a match: ``lead`` characters before it and ``tail`` after it are the sentence's."""

    lead: int
    tail: int
    key: str
    """The same for all ways to write one placeholder."""


@lru_cache(maxsize=256)
def placeholders(entities: tuple[str, ...]) -> Pattern:
    """Placeholders as they are made and, for ``entities``, as models repeat them.

    That is in another case, with spaces, hyphens or backslashes in the place of underscores, and in other brackets
    or none.
    """
    names = "|".join(_APART.join(_name(each).split("_")) for each in dict.fromkeys(entities))
    loose = rf"|(?:{_BEFORE} ?)?\b(?:{names})(?:\\?[ _:#-]){{0,3}}{_HEX}\b(?: ?{_AFTER})?" if names else ""
    return pattern(f"(?:{_MADE}{loose})", ignore_case=True)


def read(text: str) -> Reading:
    """How ``text``, a match of ``placeholders``, reads: a pair of brackets belongs to it, a single one does not."""
    lead, end = _OPENING.match(text).end(), _CLOSING.search(text).start()  # type: ignore[union-attr]  # both match ""
    opening, closing = text[:lead].replace("&lt;", "<").rstrip(" "), text[end:].replace("&gt;", ">").lstrip(" ")
    name, tail = text[lead:end], len(text) - end
    if opening and closing and _PAIRS[opening[-1]] == closing[0]:
        pairs = min(_run(opening[::-1]), _run(closing))
        lead, tail = len(opening) - pairs, len(closing) - pairs
    return Reading(lead, tail, _OTHER.sub("", name).upper())


def _run(brackets: str) -> int:
    """How many of its first sign ``brackets`` begins with."""
    return len(brackets) - len(brackets.lstrip(brackets[0]))


@dataclass(slots=True, init=False)
class Minted:
    """The placeholders of one request. ``keys``: the tenant's secrets, the one in use first, retired ones after it."""

    keys: tuple[bytes, ...]
    values: dict[str, str]
    """By placeholder."""
    _read: dict[str, str]
    """By ``Reading.key``."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        # Written out, as what dataclasses generate is not compiled.
        self.keys = keys
        self.values, self._read = {}, {}

    def mint(self, entity: str, value: str) -> str:
        """The placeholder of ``value``; the same for the same tenant, entity and value.

        What a retired key would have made of it is undone as well: a conversation outlives a change of keys.
        """
        made = [_written(entity, value, key) for key in self.keys]
        if made[0] not in self.values:
            self.values[made[0]] = value
            self._read.update((read(each).key, value) for each in made)
        return made[0]

    def name(self, entity: str, value: str) -> str:
        """The placeholder of ``value``, without remembering it."""
        return _written(entity, value, self.keys[0])

    def digest(self, entity: str, value: str) -> str:
        """A one-way stand-in: nothing is remembered, nothing can be restored."""
        return f"<{_name(entity)}:{_digest(entity, value, self.keys[0])}>"

    def restore(self, key: str) -> str | None:
        """The value behind the placeholder with this ``Reading.key`` when this request made it, else None."""
        return self._read.get(key)


def _written(entity: str, value: str, key: bytes) -> str:
    """``<ENTITY_iidddddddddddd>``: two digits that tell which key made it, twelve that tell the value."""
    return f"<{_name(entity)}_{_key_id(key)}{_digest(entity, value, key)}>"


@lru_cache(maxsize=4096)
def _key_id(key: bytes) -> str:
    return hmac.digest(key, b"key id", "sha256").hex()[:2]


def _digest(entity: str, value: str, key: bytes) -> str:
    message = f"{entity}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_DIGITS]


@lru_cache(maxsize=4096)
def _name(entity: str) -> str:
    """``entity`` as it stands in a placeholder: capitals, digits and underscores."""
    return _NO_NAME.sub("_", entity.upper()).strip("_")[:31] or "VALUE"


def tokenized(named: Iterable[str], params: object, *, whole: bool) -> tuple[str, ...]:
    """The entities that a rule makes placeholders of: those ``named``, and all its guard's where ``whole``."""
    own = (*getattr(params, "entities", ()), getattr(params, "entity", "")) if whole else ()
    return tuple(each for each in (*named, *own) if isinstance(each, str) and each)
