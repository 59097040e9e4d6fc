"""Where a pattern matches: apart from ``gateway.core.pattern``, so that it can be compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import re2

from gateway.core.breath import EVERY, breathe

ANYWHERE: Final = re2._Anchor.UNANCHORED
WHOLE: Final = re2._Anchor.ANCHOR_BOTH


def spans(match: Callable[..., Any], data: bytes, start: int) -> list[tuple[int, int]]:
    """Matches in ``data`` from byte ``start``, leftmost first, not overlapping. ``match``: ``Pattern.match``."""
    end = len(data)
    found: list[tuple[int, int]] = []
    while True:
        span: tuple[int, int] = match(ANYWHERE, data, start, end)[0]
        if span[1] < 0:
            return found
        found.append(span)
        if not len(found) & EVERY:
            breathe()
        start = span[1]
