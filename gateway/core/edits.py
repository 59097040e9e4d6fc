"""Edits on texts: where a channel's finding lies in its segments, how edits merge, how they are applied."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from gateway.core.types import Channel, Edit


def starts(channel: Channel) -> list[int]:
    """Where each of the channel's segments begins in its text."""
    found, at = [], 0
    for segment in channel.segments:
        found.append(at)
        at += len(segment.text) + len(channel.joiner)
    return found


def localize(channel: Channel, begins: list[int], start: int, end: int) -> tuple[tuple[str, int, int], ...]:
    """The parts ``(path, start, end)`` of ``[start, end)`` of the channel's text, one a segment that it touches.

    ``begins``: its ``starts``, known to whoever asks about many findings.
    """
    parts = []
    for index in range(max(bisect_right(begins, start) - 1, 0), bisect_left(begins, end)):
        segment, at = channel.segments[index], begins[index]
        low, high = max(start - at, 0), min(end - at, len(segment.text))
        if low < high:
            parts.append((segment.path, low, high))
    return tuple(parts)


def merge(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits sorted by path and place; overlapping ones become one that covers both, with the first's text."""
    merged: list[Edit] = []
    for edit in sorted(edits, key=lambda each: (each.path, each.start, -each.end)):
        last = merged[-1] if merged else None
        if last is not None and last.path == edit.path and edit.start < last.end:
            if edit.end > last.end:
                merged[-1] = Edit(last.path, last.start, edit.end, last.replacement)
        else:
            merged.append(edit)
    return tuple(merged)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with merged ``edits`` of one path carried out."""
    out: list[str] = []
    at = 0
    for edit in edits:
        out += (text[at : edit.start], edit.replacement)
        at = edit.end
    out.append(text[at:])
    return "".join(out)
