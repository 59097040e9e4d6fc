"""What a gateway adds to a stream's delay: from the model's write of a piece to the caller's read of its last letter.

``python -m benchmarks.delay``: the model and the callers live in this process, so one clock times both ends; Wardgate
(all shipped policies) and a plain pass-through relay 50 tokens a second in turns. ``ended`` pieces end with a space, so
nothing may still become a match; ``open`` ones begin with it, as most tokenizers have it: then a word that may go on
(to an address, a name) is held until the next piece shows that it does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import cast

import orjson
import uvloop

from benchmarks.gateway import KEY, MODEL, ROOT, Subject, passthrough, wardgate
from benchmarks.text import sentence

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
TOKENS, INTERVAL = 100, 0.02


class Model(asyncio.Protocol):
    """Writes the words of a sentence, one an event; ``written``: by stream, when each was and where it ended."""

    kind = "ended"
    written: dict[int, list[tuple[int, float]]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        if not found or len(rest) < int(head[at + 15 :].split(b"\r\n")[0]):
            return
        stream = int(json.loads(rest)["messages"][0]["content"].split()[1])
        self.buffer = b""
        self.words = sentence(stream, 12 * TOKENS).split()[:TOKENS]
        self.said, self.marks = 0, self.written.setdefault(stream, [])
        self.transport.write(EVENTS)
        self.write()

    def write(self) -> None:
        if self.transport.is_closing():
            return  # this caller's gateway has gone
        if not self.words:
            self.transport.write(_chunk(_event({}, "stop") + b"data: [DONE]\n\n") + b"0\r\n\r\n")
            return
        word = self.words.pop(0)
        piece = f"{word} " if self.kind == "ended" else f" {word}"
        self.said += len(piece)
        self.marks.append((self.said, time.perf_counter()))
        self.transport.write(_chunk(_event({"content": piece}, None)))
        asyncio.get_running_loop().call_later(INTERVAL, self.write)


class Caller(asyncio.Protocol):
    """Reads one stream; ``delays`` in milliseconds, one a piece, the first one's apart."""

    first: list[float] = []
    delays: list[float] = []

    def __init__(self, stream: int) -> None:
        self.stream, self.tail, self.got, self.begun = stream, b"", 0, False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        body = orjson.dumps({"model": MODEL, "stream": True, "messages": [
            {"role": "user", "content": f"stream {self.stream} please"}]})  # fmt: skip
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {KEY}\r\ncontent-type: "
                f"application/json\r\ncontent-length: {len(body)}\r\n\r\n")  # fmt: skip
        cast("asyncio.Transport", transport).write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.tail += data
        *lines, self.tail = self.tail.split(b"\n")
        for line in lines:
            if line.startswith(b"data: {"):
                for choice in orjson.loads(line[6:])["choices"]:
                    self.got += len(choice["delta"].get("content") or "")
        marks = Model.written.get(self.stream, [])
        while marks and marks[0][0] <= self.got:
            (self.delays if self.begun else self.first).append((now - marks.pop(0)[1]) * 1000)
            self.begun = True
        if any(line.startswith(b"data: [DONE]") for line in lines) and not self.over.done():
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the gateway closed the stream"))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(delta: dict[str, str], reason: str | None) -> bytes:
    return b"data: " + orjson.dumps({
        "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1730000000, "model": "mock",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}) + b"\n\n"  # fmt: skip


async def _round(subject: Subject, kind: str, number: int, streams: int) -> tuple[list[float], list[float]]:
    Model.kind, Caller.first, Caller.delays = kind, [], []
    loop, callers = asyncio.get_running_loop(), []
    for index in range(streams):
        transport, caller = await loop.create_connection(
            lambda at=number * streams + index: Caller(at), "127.0.0.1", subject.port)  # type: ignore[misc]
        callers.append((transport, caller))
        await asyncio.sleep(INTERVAL / streams)
    await asyncio.gather(*(caller.over for _, caller in callers))
    for transport, _ in callers:
        transport.close()
    return Caller.first, Caller.delays


def _at(values: list[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]


async def _measure(arguments: argparse.Namespace, folder: Path) -> None:
    server = await asyncio.get_running_loop().create_server(Model, "127.0.0.1", 0)
    upstream = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    subjects = [passthrough(upstream, folder), wardgate(upstream, folder, arguments.policies)]
    found: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    try:
        number = 0
        for turn in range(-1, arguments.rounds):  # the first round pays for connections and caches, and is not counted
            for kind in ("ended", "open"):
                for subject in subjects if turn % 2 == 0 else subjects[::-1]:
                    number += 1
                    first, delays = await _round(subject, kind, number, arguments.streams)
                    if turn >= 0:
                        known = found.setdefault((kind, subject.name), ([], []))
                        known[0].extend(first)
                        known[1].extend(delays)
    finally:
        for subject in subjects:
            subject.process.terminate()
            subject.process.wait(10)
    print(f"{arguments.rounds} rounds of {arguments.streams} streams at {1 / INTERVAL:.0f} tokens/s; delays in ms")
    for (kind, name), (first, delays) in found.items():
        print(f"{kind:6} {name:12} n {len(delays):6}  p50 {_at(delays, .5):7.2f}  p99 {_at(delays, .99):7.2f}   "
              f"first token n {len(first):4}  p50 {_at(first, .5):7.2f}  p99 {_at(first, .99):7.2f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--policies", default=str(ROOT / "policies"))
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(_measure(parser.parse_args(), Path(name)))


if __name__ == "__main__":
    main()
