"""Bounds how long a text may grow: one rule for each role, or for answers, as the policy's ``on`` says.

Length needs no look at the characters, so the guard finds nothing itself: ``longest`` tells the engine.
Counts of messages and bytes of a request belong to the data port's admission, not to a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.types import Finding
from gateway.core.view import View


@dataclass(frozen=True, slots=True)
class LimitsParams:
    """``max_characters``: of one text (a message, a document, a tool's result, one field of an answer); 0: any.

    Characters are Unicode code points of the original text. Raises ``ValueError`` for a negative number.
    """

    max_characters: int = 200_000

    def __post_init__(self) -> None:
        if self.max_characters < 0:
            raise ValueError("max_characters must be 0 (no limit) or more")


def _longest(params: LimitsParams) -> int:
    return params.max_characters


@guard("limits", params=LimitsParams, decode=False, longest=_longest, entities=("LENGTH",))
def find_limits(view: View, params: LimitsParams) -> Iterator[Finding]:
    """Nothing in the text itself; the engine reports the first character too many as entity ``LENGTH``."""
    return iter(())
