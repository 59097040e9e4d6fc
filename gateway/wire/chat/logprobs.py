"""Holds token probabilities back with their text: an entry spells out its token, so it is content too.

An entry goes out when its whole token has been released unedited. After the first edit of a text no entry
of that text goes out any more: its neighbours would give away what stood there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from gateway.wire.leaves import Leaves, Stream, malformed

KINDS = ("content", "refusal")
_KEYS = frozenset({"token", "logprob", "bytes"})
_NEVER = 1 << 62


@dataclass(slots=True)
class Tracked:
    """A text whose tokens have entries: ``held`` is its original beyond ``base``, ``clean`` where edits begin."""

    stream: Stream
    held: str = ""
    base: int = 0
    clean: int = _NEVER

    def took(self, released: str) -> None:
        """``released`` went out: find out whether it is what came in."""
        count = self.stream.position - self.base
        original, self.held = self.held[:count], self.held[count:]
        if released != original and self.clean == _NEVER:
            same = 0
            while same < min(len(released), len(original)) and released[same] == original[same]:
                same += 1
            self.clean = self.base + same
        self.base += count


_Mark = tuple[Tracked, int]


class Logprobs:
    """The entries of one choice that wait for their text."""

    __slots__ = ("_leaves", "_spelled", "_texts", "_tracked", "_waiting")

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._tracked: dict[int, Tracked] = {}
        self._spelled: dict[str, Tracked] = {}
        self._texts: list[tuple[Tracked, str]] = []
        self._waiting: deque[tuple[str, dict[str, Any], tuple[_Mark, ...]]] = deque()

    def feed(self, stream: Stream, text: str) -> str:
        """Feed ``text`` to ``stream``, keeping track of what becomes of it."""
        tracked = self._tracked.get(id(stream))
        if tracked is None:
            tracked = self._tracked[id(stream)] = Tracked(stream)
        tracked.held += text
        released = stream.feed(text)
        tracked.took(released)
        self._texts.append((tracked, text))
        return released

    def finish(self, stream: Stream) -> str:
        """Finish ``stream``."""
        released = stream.finish()
        self.took(stream, released)
        return released

    def took(self, stream: Stream, released: str) -> None:
        """``stream`` has ``released`` that without being fed."""
        tracked = self._tracked.get(id(stream))
        if tracked is not None:
            tracked.took(released)

    def take(self, logprobs: Any) -> None:
        """The entries that came with the texts fed since the last call."""
        texts, self._texts = self._texts, []
        if logprobs is None:
            return
        if type(logprobs) is not dict:
            raise malformed()
        for kind in KINDS:
            self._queue(kind, [_clean(entry) for entry in logprobs.get(kind) or ()], texts)

    def note(self, kind: str, entries: list[Any]) -> None:
        """The entries, of a ``kind`` of the caller's own, that came with the texts fed since the last call."""
        texts, self._texts = self._texts, []
        self._queue(kind, [_clean(entry) for entry in entries], texts)

    def _queue(self, kind: str, entries: list[dict[str, Any]], texts: list[tuple[Tracked, str]]) -> None:
        if not entries:
            return
        spelled = "".join(entry["token"] for entry in entries)
        if len(texts) == 1 and texts[0][1] == spelled:
            tracked = texts[0][0]
            end = tracked.base + len(tracked.held) - len(spelled)
            for entry in entries:
                end += len(entry["token"])
                self._waiting.append((kind, entry, ((tracked, end),)))
            return
        # The tokens are not the text (an end token, half a character): they are judged as a text of their own.
        marks = [(tracked, tracked.base + len(tracked.held)) for tracked, _ in texts]
        own = self._spelled.get(kind)
        if own is None:
            own = self._spelled[kind] = Tracked(self._leaves.open(f"logprobs/{kind}"))
        own.held += spelled
        own.took(own.stream.feed(spelled))
        if own.stream.cut:
            self._leaves.cut = True
        marks.append((own, own.base + len(own.held)))
        self._waiting += [(kind, entry, tuple(marks)) for entry in entries]

    def end(self, kind: str) -> None:
        """No more entries of this kind will come."""
        own = self._spelled.pop(kind, None)
        if own is not None:
            if not own.stream.cut:
                own.took(own.stream.finish())
            self._leaves.cut = self._leaves.cut or own.stream.cut

    def released(self, *, over: bool = False) -> dict[str, Any] | None:
        """The entries that may go out now, in order; ``over`` when no text will follow."""
        if over:
            for kind in tuple(self._spelled):
                self.end(kind)
        out: dict[str, Any] = {}
        while self._waiting:
            kind, entry, marks = self._waiting[0]
            if all(end <= tracked.clean for tracked, end in marks):
                if any(end > tracked.stream.position for tracked, end in marks):
                    break
                out.setdefault(kind, []).append(entry)
            self._waiting.popleft()
        if over:
            self._waiting.clear()
        return out or None


def _clean(entry: Any) -> dict[str, Any]:
    """``entry`` without members that no one has judged."""
    if type(entry) is not dict or type(entry.get("token")) is not str:
        raise malformed()
    out = {key: value for key, value in entry.items() if key in _KEYS}
    if "top_logprobs" in entry:
        out["top_logprobs"] = [
            {key: value for key, value in other.items() if key in _KEYS}
            for other in entry["top_logprobs"] or () if type(other) is dict
        ]
    if type(entry.get("logprob", 0.0)) not in (int, float):
        raise malformed()
    return out
