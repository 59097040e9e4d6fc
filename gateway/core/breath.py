"""A place at which a thread that judges lets others have their turn.

Python gives up its lock between instructions of its own, which compiled modules have none of: a loop over a long text
in them would hold the whole process. So this is never compiled, and such loops call it now and then.
"""

from __future__ import annotations

EVERY = 63
"""Steps of a loop between two calls, less one, where each is short: ``if not step & EVERY: breathe()``."""


def breathe() -> None:
    """Nothing; that it is called is what counts."""
