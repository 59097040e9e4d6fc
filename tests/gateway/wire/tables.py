"""Reads the codecs' tables entry by entry, not by the tree that the codecs walk, so that tests do not repeat a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.wire.api import Asked
from gateway.wire.fields import BLOBS, Field
from tests.gateway.wire.samples import canaries


def treated(table: Iterable[Field], path: str) -> str:
    """How ``table`` treats ``path``; empty where it does not name it."""
    tokens = path.split("/")
    for entry in table:
        pattern = entry.path.split("/")
        if len(pattern) == len(tokens) and all(a in ("*", b) for a, b in zip(pattern, tokens, strict=True)):
            return str(entry.treat)
    return ""


def counted(asked: Asked, treat: Callable[[str], str]) -> tuple[int, int]:
    """How many canaries of the body are judged, and how many are in parts that no guard reads; each is one of both."""
    segments = {(segment.path, segment.text) for channel in asked.channels for segment in channel.segments}
    parts = tuple(each.path for each in asked.unscannable)
    seen = reported = 0
    for path, text in canaries(asked.body):
        if (path, text) in segments:
            seen += 1
        else:
            assert treat(path) in BLOBS, path
            assert any(path == part or path.startswith(part + "/") for part in parts), path
            reported += 1
    return seen, reported
