"""A judge with the interface of ``gateway.core.exchange.Exchange`` and three words that it knows.

``CUTCUT`` blocks, ``SECRET`` becomes ``<*>``, everything else passes; the last five characters are held
until they are decided, as the real stream holds what may still become a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.core.policy import ActionKind
from gateway.core.types import Explanation

CUT, EDIT, REPLACEMENT = "CUTCUT", "SECRET", "<*>"
_HOLD = len(CUT) - 1
REFUSAL = "Refused."


class FakeStream:
    """Holds, edits and cuts; ``seen`` is all that it was fed."""

    def __init__(self) -> None:
        self.cut = self.edited = self.ended = False
        self.moves: list[tuple[int, int, int]] = []
        self.seen = ""
        self.position = 0

    @property
    def held(self) -> int:
        return len(self.seen) - self.position

    def feed(self, text: str) -> str:
        assert not self.ended, "fed after its end"
        self.seen += text
        return self._release(final=False)

    def follow(self, before: str) -> None:
        assert not self.seen, "begun already"

    def next_part(self, path: str) -> str:
        assert not self.ended, "went on after its end"
        return ""

    def finish(self, text: str = "") -> str:
        assert not self.ended, "finished twice"
        self.ended = True
        self.seen += text
        return self._release(final=True)

    def _release(self, *, final: bool) -> str:
        if self.cut:
            return ""
        limit = len(self.seen) if final else max(self.position, len(self.seen) - _HOLD)
        stop = self.seen.find(CUT, self.position)
        if stop >= 0:
            limit, self.cut = stop, True
        out = []
        while self.position < limit:
            at = self.seen.find(EDIT, self.position)
            if at < 0 or at >= limit:
                out.append(self.seen[self.position : limit])
                self.position = limit
            else:
                out.append(self.seen[self.position : at] + REPLACEMENT)
                self.position, self.edited = at + len(EDIT), True
                self.moves.append((at, at + len(EDIT), len(REPLACEMENT)))
        return "".join(out)


class FakeExchange:
    """``fields`` are the streams by (choice, name), in the order in which they were opened."""

    def __init__(self, unreadable: ActionKind = ActionKind.BLOCK) -> None:
        self.fields: dict[tuple[int, str], FakeStream] = {}
        self.blocking: list[str] = []
        self._unreadable = unreadable

    def refusal(self, choice: int) -> str:
        return REFUSAL

    def field(self, choice: int, name: str) -> FakeStream:
        return self.fields.setdefault((choice, name), FakeStream())

    def unreadable(self, kind: str) -> ActionKind:
        return self._unreadable

    def settle(self, kept: Sequence[Any], blocking: str = "", text: str = "") -> None:
        self.blocking.append(blocking)

    def explained(self) -> Explanation | None:
        return None

    def seen(self) -> list[str]:
        return [stream.seen for stream in self.fields.values()]


def expected(text: str) -> tuple[str, bool]:
    """What a whole text becomes, and whether it is cut."""
    head, found, _ = text.partition(CUT)
    return head.replace(EDIT, REPLACEMENT), bool(found)
