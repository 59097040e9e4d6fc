"""A closed-loop load generator: CONNECTIONS clients, each asks again as soon as it was answered.

``python -m benchmarks.load PORT MODE CONNECTIONS SECONDS MODEL KEY`` with MODE ``plain`` or ``stream``; prints JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import cast

import orjson
import uvloop

from benchmarks.text import sentence

PROMPT = 700


class Load(asyncio.Protocol):
    """One client connection."""

    mode, model, key = "plain", "", ""
    end = 0.0
    asked = answered = errors = chunks = 0
    times: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < Load.end:
            Load.errors += 1
        self.closed.set_result(None)

    def ask(self) -> None:
        Load.asked += 1
        body = orjson.dumps({
            "model": Load.model, "temperature": 0.7, "max_tokens": 256, "stream": Load.mode == "stream",
            "messages": [{"role": "system", "content": "You are a helpful assistant."},
                         {"role": "user", "content": f"item {Load.asked} {sentence(Load.asked, PROMPT)}"}],
        })  # fmt: skip
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\naccept: */*\r\nuser-agent: bench\r\n"
                f"content-type: application/json\r\nauthorization: Bearer {Load.key}\r\n"
                f"content-length: {len(body)}\r\n\r\n")  # fmt: skip
        self.tail = b""
        self.began = time.perf_counter()
        self.transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        Load.chunks += data.count(b"data: ")
        self.tail += data
        if Load.mode == "stream":
            done = self.tail.endswith(b"0\r\n\r\n")
            self.tail = self.tail[:400] if len(self.tail) < 400 else self.tail[:200] + self.tail[-200:]
        else:
            head, found, body = self.tail.partition(b"\r\n\r\n")
            at = head.lower().find(b"content-length: ")
            done = bool(found) and at >= 0 and len(body) >= int(head[at + 16 :].split(b"\r\n")[0])
        if not done:
            return
        now = time.perf_counter()
        if not self.tail.startswith(b"HTTP/1.1 200"):
            Load.errors += 1
        Load.answered += 1
        Load.times.append(now - self.began)
        if now < Load.end:
            self.ask()
        else:
            self.transport.close()


async def main() -> None:
    port, Load.mode, connections, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    Load.model, Load.key = sys.argv[5], sys.argv[6]
    loop = asyncio.get_running_loop()
    Load.end = time.perf_counter() + seconds
    pairs = [await loop.create_connection(Load, "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(protocol.closed for _, protocol in pairs))
    times = sorted(Load.times)
    at = lambda part: round(times[int(part * (len(times) - 1))] * 1000, 3) if times else None  # noqa: E731
    print(orjson.dumps({"answered": Load.answered, "errors": Load.errors, "chunks": Load.chunks, "p50_ms": at(0.5),
                        "p99_ms": at(0.99)}).decode())  # fmt: skip


if __name__ == "__main__":
    uvloop.run(main())
