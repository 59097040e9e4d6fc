"""Strict JSON, because a body that two parsers read differently is a body that was not judged.

What orjson accepts silently and others read otherwise (repeated keys, integers beyond 64 bits, deep nesting)
is refused here. No error says what was in the body.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

from gateway.errors import InvalidJson, TooLarge

MAX_DEPTH: Final = 64
"""Levels of nesting; no API that passes here needs more than a dozen beside JSON schemas."""
MAX_BYTES = 64 << 20
"""Bytes of one document; the proxy's own bounds are lower."""

_TO_ZERO: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_MANY_DIGITS: Final = b"0" * 19
_ESCAPED_COLON: Final = b"\\u003"
_INT_RANGE: Final = range(-(2**63), 2**64)

dumps = orjson.dumps
"""``dumps(value) -> bytes``: compact UTF-8."""


def loads(body: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value of ``body`` (UTF-8). Raises InvalidJson or TooLarge.

    Refuses what RFC 8259 leaves to each parser: NaN, Infinity, a byte order mark, UTF-16, lone surrogates,
    repeated keys, numbers outside 64-bit integers and finite doubles, more than ``max_depth`` levels.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(f"The JSON document may hold at most {MAX_BYTES} bytes.")
    wrong: int | None = None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        wrong = error.pos
    if wrong is not None:  # not raised above: the parser's error holds the body and would be the context of ours
        raise InvalidJson(f"The body is not valid JSON (at character {wrong}).")
    if body.count(b"[") + body.count(b"{") > max_depth and _deeper_than(value, max_depth):
        raise InvalidJson(f"The body is nested more than {max_depth} levels deep.")
    if _suspicious(body, value):
        _check_slowly(body)
    return value


def _suspicious(body: bytes, value: Any) -> bool:
    """Whether ``body`` may hold a repeated key or a number beyond 64 bits; never false when it does.

    What is written as we would write it was read without loss (most clients send just that). A dropped member
    takes its colon along and nothing else changes the number of colons, unless one was written as an escape.
    A number out of range has at least 19 digits in a row.
    """
    written = orjson.dumps(value)
    if written == body:
        return False
    if _ESCAPED_COLON in body or body.count(b":") != written.count(b":"):
        return True
    return _MANY_DIGITS in body.translate(_TO_ZERO)


def _check_slowly(body: bytes) -> None:
    deep = False
    try:
        json.loads(body, object_pairs_hook=_unique, parse_int=_bounded)
    except RecursionError:
        deep = True
    if deep:
        raise InvalidJson("The body is nested too deeply.")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise InvalidJson("An object in the body has the same key twice.")


def _bounded(digits: str) -> None:
    if len(digits) > 20 or int(digits) not in _INT_RANGE:
        raise InvalidJson("A number in the body does not fit into 64 bits.")


def _deeper_than(value: Any, bound: int) -> bool:
    level = [value]
    for _ in range(bound):
        if not level:
            return False
        below: list[Any] = []
        for each in level:
            if type(each) is dict:
                below += [child for child in each.values() if type(child) is dict or type(child) is list]
            elif type(each) is list:
                below += [child for child in each if type(child) is dict or type(child) is list]
        level = below
    return bool(level)
