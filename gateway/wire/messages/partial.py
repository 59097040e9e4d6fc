"""What the beginning of a JSON object stands for, because a tool's input may be cut while it is written.

A stream has by then sent the text so far, and its clients make of it what is complete; a whole answer gives the
same. What was cut off in the middle of a string is never given as if it were all.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_TOKEN = re.compile(
    r'\s*(?:(?P<open>[{\[])|(?P<close>[}\]])|(?P<sign>[:,])|(?P<value>"(?:[^"\\]|\\.)*"'
    r"|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=[\s,}\]]|\Z)))",
    re.DOTALL,
)
_CLOSING = {"{": "}", "[": "]"}


def begun(text: str) -> dict[str, Any]:
    """The members of the object that ``text`` begins with, as far as their values are complete; linear."""
    holders: list[str] = []
    end, closing = 0, ""
    at, keyed = 0, False
    while (found := _TOKEN.match(text, at)) is not None:
        at, sign = found.end(), found[found.lastgroup or 0]
        if found.lastgroup == "sign":
            keyed = sign == ":"
            continue
        if found.lastgroup == "value" and holders and holders[-1] == "}" and not keyed:
            continue  # a key: it counts with its value
        if found.lastgroup == "open":
            holders.append(_CLOSING[sign])
        elif found.lastgroup == "close" and holders:
            holders.pop()
        keyed = False
        end, closing = at, "".join(reversed(holders))
    return _object(text[:end] + closing)


def _object(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if type(value) is dict else {}
