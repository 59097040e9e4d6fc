"""Reads a streamed chat answer into the shape of a whole one, with the time of its first token."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Assembled:
    """What has come so far. ``first``: when the first text came; ``done``: whether [DONE] did."""

    text: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)
    finish: str | None = None
    usage: Any = None
    error: Any = None
    first: float | None = None
    done: bool = False

    def take(self, data: bytes) -> None:
        """One event's data; raises ValueError, KeyError or TypeError for what is none of a chat's."""
        if data == b"[DONE]":
            self.done = True
            return
        try:
            chunk = json.loads(data)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        self.error = chunk.get("error") or self.error
        self.usage = chunk.get("usage") or self.usage
        for choice in chunk.get("choices") or ():
            said = (choice.get("delta") or {}).get("content")
            if said:
                self.first = self.first or time.perf_counter()
                self.text.append(said)
            self.logprobs += (choice.get("logprobs") or {}).get("content") or ()
            self.finish = choice.get("finish_reason") or self.finish

    def body(self) -> dict[str, Any] | None:
        """The answer as if it had not been streamed; None for a stream that broke off."""
        if self.error is not None:
            return {"error": self.error}
        if not self.done:
            return None
        return {"choices": [{"message": {"content": "".join(self.text)}, "finish_reason": self.finish,
                             "logprobs": {"content": self.logprobs} if self.logprobs else None}], "usage": self.usage}


async def assemble(pieces: AsyncIterator[bytes], most: int) -> Assembled:
    """The events of ``pieces``, cut anywhere; raises ValueError when there are more than ``most`` bytes of them."""
    found, rest, size = Assembled(), b"", 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise ValueError("too large")
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.rstrip(b"\r").partition(b":")
            if name == b"data" and value.strip():
                found.take(value.strip())
    return found
