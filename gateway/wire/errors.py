"""The one place where an error becomes bytes, so that every caller meets OpenAI's error shape."""

from __future__ import annotations

import re
from typing import Any

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import sse

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")


def render(error: ApiError) -> bytes:
    """The body of an error answer."""
    return orjson.dumps(error.body())


def frame(error: ApiError) -> bytes:
    """The event that ends a stream which failed; no ``[DONE]`` follows it."""
    return sse.frame(render(error))


def reported(error: object) -> UpstreamFailed:
    """What a model server reported in the place of an answer or of an event.

    Its kind and code pass where they are single words; its message may repeat the prompt and does not.
    """
    said: dict[str, Any] = error if isinstance(error, dict) else {}
    names = [said[key] for key in ("type", "code") if isinstance(said.get(key), str) and _WORD.fullmatch(said[key])]
    about = f" ({', '.join(dict.fromkeys(names))})" if names else ""
    return UpstreamFailed(f"The model server reported an error{about}.")
