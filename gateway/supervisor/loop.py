"""The event loop that every serving process runs on, and how its garbage collector is set."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

_COLLECT_AFTER = 20_000
"""New objects before the collector looks at the youngest: the hot path makes no cycles, so looking is waste."""


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` in this thread to its end; on uvloop where there is one."""
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main())
    return int(uvloop.run(main()))


def settle() -> None:
    """Call once all is loaded: modules, plans and patterns stay, so they need not be looked at again."""
    gc.freeze()
