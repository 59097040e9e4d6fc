"""A model server that costs little: answers of 1 KB, streams of many small chunks, never the same text twice.

``python -m benchmarks.mock_model PORT CHUNKS INTERVAL_MS``; prints ``ready`` once it listens.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import orjson
import uvloop

from benchmarks.text import sentence

ANSWER = 1024
PIECE = 24
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
_PREPARED = 4096


class Mock(asyncio.Protocol):
    """One connection. A body is told from the next by its content-length, as every client here sends one."""

    answers: list[bytes] = []
    pieces: list[bytes] = []
    chunks = 100
    interval = 0.02
    served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.buffer = b""
        self.left = 0
        self.timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        body, self.buffer = rest[:length], rest[length:]
        Mock.served += 1
        if b'"stream":true' in body:
            self.transport.write(EVENTS)
            self.left = self.chunks
            self.timer = asyncio.get_running_loop().call_later(self.interval, self.tick)
        else:
            self.transport.write(self.answers[Mock.served % _PREPARED].replace(b"#count#", b"%07d" % Mock.served))

    def tick(self) -> None:
        self.left -= 1
        Mock.served += 1
        piece = self.pieces[Mock.served % _PREPARED]
        if self.left:
            self.transport.write(piece)
            self.timer = asyncio.get_running_loop().call_later(self.interval, self.tick)
            return
        last = _event({"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"})
        self.transport.write(piece + _chunk(last) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(choice: dict[str, object]) -> bytes:
    body = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1730000000, "model": "mock",
            "choices": [choice]}  # fmt: skip
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _answer(seed: int) -> bytes:
    message = {"role": "assistant", "content": "#count# " + sentence(seed, ANSWER - 8), "refusal": None}
    body = orjson.dumps({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1730000000, "model": "mock",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 256, "completion_tokens": 256, "total_tokens": 512},
    })  # fmt: skip
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def main() -> None:
    port, Mock.chunks, Mock.interval = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
    Mock.answers = [_answer(seed) for seed in range(_PREPARED)]
    Mock.pieces = [
        _chunk(_event({"index": 0, "delta": {"content": " " + sentence(seed, PIECE - 1)}, "logprobs": None,
                       "finish_reason": None}))
        for seed in range(_PREPARED)
    ]  # fmt: skip
    server = await asyncio.get_running_loop().create_server(Mock, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
