"""Reads how much of a decision a caller wants to be told. It can only be told more or less: nothing is judged by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from gateway.core.types import Explain
from gateway.errors import BadRequest, Forbidden
from gateway.proxy.auth import Caller

HEADER: Final = "x-wardgate-explain"
_NAME: Final = HEADER.encode()
_LEVELS: Final[tuple[Explain, ...]] = get_args(Explain)
"""Each tells more than the one before."""


def wanted(headers: Mapping[bytes, bytes], caller: Caller) -> Explain:
    """What the header asks for. Raises BadRequest for another word, Forbidden for more than ``caller`` may ask."""
    said = headers.get(_NAME)
    if said is None:
        return "nothing"
    word = said.strip().lower().decode("latin-1")
    for level in _LEVELS:
        if word == level:
            if _LEVELS.index(level) > _LEVELS.index(caller.explain):
                raise Forbidden(f"This API key may ask {HEADER} for '{caller.explain}' at most.", param=HEADER)
            return level
    raise BadRequest(f"'{HEADER}' must be one of {', '.join(_LEVELS)}.", param=HEADER)
