"""A model server that misbehaves on purpose: a script per request writes raw bytes, resets, stalls or closes."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

HEAD_JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
HEAD_EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class Ask(asyncio.Protocol):
    """One connection from the gateway; ``left`` is set, with its time, when the gateway closes it."""

    def __init__(self, server: ChaosUpstream) -> None:
        self.server = server
        self.left = asyncio.Event()
        self.left_at = 0.0
        self.buffer = b""
        self.head = b""
        self.body = b""
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.server.open.add(self)
        self.server.accepted += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.left_at = time.monotonic()
        self.left.set()
        self.writable.set()
        self.server.open.discard(self)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self.head, self.body, self.buffer = head, rest[:length], rest[length:]
        self.server.requests.append((self.head, self.body))
        self.server.asks.append(self)
        task = asyncio.get_running_loop().create_task(self._play())
        self.server.tasks.add(task)
        task.add_done_callback(self.server.tasks.discard)

    async def _play(self) -> None:
        await self.server.script(self)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    # -- what scripts do -----------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def chunk(self, data: bytes) -> None:
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def answer(self, value: Any, status: bytes = b"200 OK") -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send(b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                  % (status, len(body), body))  # fmt: skip

    def reset(self) -> None:
        """An RST, not a FIN."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def close(self) -> None:
        self.transport.close()


def completion(text: str, finish: str = "stop") -> dict[str, Any]:
    """A whole chat completion."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    }  # fmt: skip


def delta(text: str | None, finish: str | None = None, index: int = 0) -> bytes:
    """One event of a stream."""
    piece: dict[str, Any] = {} if text is None else {"content": text}
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": index, "delta": piece, "finish_reason": finish}]}  # fmt: skip
    return b"data: " + json.dumps(event).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


async def friendly(ask: Ask) -> None:
    """Answers as a model server should."""
    if ask.head.startswith(b"GET"):
        ask.answer({"object": "list", "data": [{"id": "m"}, {"id": "handbook-1"}]})
    elif ask.json.get("stream"):
        ask.send(HEAD_EVENTS)
        for word in ("Hello", ", ", "world", "!"):
            ask.chunk(delta(word))
        ask.chunk(delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)
    else:
        ask.answer(completion("Hello, world!"))


class ChaosUpstream:
    """``script`` plays for each request; ``asks`` are the connections that carried one."""

    def __init__(self) -> None:
        self.script: Callable[[Ask], Awaitable[None]] = friendly
        self.requests: list[tuple[bytes, bytes]] = []
        self.asks: list[Ask] = []
        self.open: set[Ask] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> ChaosUpstream:
        self._server = await asyncio.get_running_loop().create_server(lambda: Ask(self), "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def stop(self) -> None:
        self._server.close()
        for ask in tuple(self.open):
            ask.transport.abort()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.sleep(0)
