"""What a gateway adds to a stream's delay: from the model's write of a piece to the caller's read of its last letter.

``python -m benchmarks.delay``: the model and the callers live in this process, so one clock times both ends; Wardgate
(the shipped policies) and a plain pass-through relay 50 tokens a second in turns. ``ended`` pieces end with a space;
``open`` ones begin with it, as most tokenizers have it: then a word that may go on (to an address) is held until
the next piece shows that it does not. ``clear`` are pieces after which, by the engine itself, nothing is left that may
still become a match: what they are delayed by is the gateway's own doing, and what ``held`` ones are by is the wait for
the next token. Streams begin ``--apart`` milliseconds from each other: 20 within 20 ms are 1,000
requests a second, where a first token waits for the requests behind it; with ``--apart 100`` each begins beside those
that are under way, as people's do. The last line says whether the goals hold for the clear ones; where they do not, the
exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import orjson
import uvloop

from benchmarks.gateway import KEY, MODEL, ROOT, Subject, passthrough, wardgate
from benchmarks.text import sentence
from gateway.config.policy_file import load_policies
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.types import Context

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
TOKENS, INTERVAL = 100, 0.02
MAX_ADDED, FIRST_RATIO, FIRST_ADDED = 3.0, 1.05, 1.0
"""The goals: milliseconds that the gateway's p99 may be above the pass-through's of the same run; and how far its
median first token may be beyond the pass-through's, as a ratio and milliseconds on top."""
Delays = dict[str, list[float]]
"""Milliseconds: ``clear``, ``held``, and ``first`` for the first token of a stream, where that is clear."""


class Model(asyncio.Protocol):
    """Writes the words of a sentence, one an event; ``written``: by stream, when each was and where it ended.

    ``tells``: by stream, its pieces, and whether each leaves nothing that may still become a match. They are worked
    out before a round: this loop reads what callers get, and would be late while it reckons.
    """

    written: dict[int, list[tuple[int, float, bool]]] = {}
    tells: dict[int, tuple[list[str], list[bool]]] = {}

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
        pieces, cleared = self.tells[stream]
        self.pieces, self.clear = list(pieces), list(cleared)
        self.said, self.marks = 0, self.written.setdefault(stream, [])
        self.transport.write(EVENTS)
        self.write()

    def write(self) -> None:
        if self.transport.is_closing():
            return  # this caller's gateway has gone
        if not self.pieces:
            self.transport.write(_chunk(_event({}, "stop") + b"data: [DONE]\n\n") + b"0\r\n\r\n")
            return
        piece = self.pieces.pop(0)
        self.said += len(piece)
        self.marks.append((self.said, time.perf_counter(), self.clear.pop(0)))
        self.transport.write(_chunk(_event({"content": piece}, None)))
        asyncio.get_running_loop().call_later(INTERVAL, self.write)


class Caller(asyncio.Protocol):
    """Reads one stream; one delay a piece, the first one's apart."""

    delays: Delays = {}

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
            _, written, is_clear = marks.pop(0)
            self.delays["held" if not is_clear else "clear" if self.begun else "first"].append((now - written) * 1000)
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


def told(stream: int, kind: str) -> list[str]:
    """The pieces of one stream."""
    words = sentence(stream, 12 * TOKENS).split()[:TOKENS]
    return [f"{word} " if kind == "ended" else f" {word}" for word in words]


def clear(plan: Plan, pieces: list[str]) -> list[bool]:
    """Of each piece, whether nothing of the text is held after it."""
    field = Exchange(plan, Context("bench")).field(0, "content")
    out = []
    for piece in pieces:
        field.feed(piece)
        out.append(not field.held)
    return out


async def _round(subject: Subject, plan: Plan, kind: str, number: int, arguments: argparse.Namespace) -> Delays:
    Caller.delays = {"clear": [], "held": [], "first": []}
    loop, callers = asyncio.get_running_loop(), []
    streams = range(number * arguments.streams, (number + 1) * arguments.streams)
    Model.tells = {stream: (pieces := told(stream, kind), clear(plan, pieces)) for stream in streams}
    for stream in streams:
        transport, caller = await loop.create_connection(
            lambda at=stream: Caller(at), "127.0.0.1", subject.port)  # type: ignore[misc]
        callers.append((transport, caller))
        await asyncio.sleep(arguments.apart / 1000)
    await asyncio.gather(*(caller.over for _, caller in callers))
    for transport, _ in callers:
        transport.close()
    return Caller.delays


def _at(values: list[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]


async def _measure(arguments: argparse.Namespace, folder: Path) -> bool:
    """Prints the figures; whether the goals hold."""
    server = await asyncio.get_running_loop().create_server(Model, "127.0.0.1", 0)
    upstream = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    subjects = [passthrough(upstream, folder), wardgate(upstream, folder, arguments.policies)]
    shipped = load_policies(Path(arguments.policies))
    plan = Plan.compile(shipped.policies, shipped.revision, guards())
    found: dict[tuple[str, str], Delays] = {}
    try:
        number = 0
        for turn in range(-1, arguments.rounds):  # the first round pays for connections and caches, and is not counted
            for kind in ("ended", "open"):
                for subject in subjects if turn % 2 == 0 else subjects[::-1]:
                    number += 1
                    for what, delays in (await _round(subject, plan, kind, number, arguments)).items():
                        if turn >= 0:
                            found.setdefault((kind, subject.name), {}).setdefault(what, []).extend(delays)
    finally:
        for subject in subjects:
            subject.process.terminate()
            subject.process.wait(10)
    print(f"{arguments.rounds} rounds of {arguments.streams} streams, {arguments.apart:g} ms apart, at "
          f"{1 / INTERVAL:.0f} tokens/s each; delays in ms")  # fmt: skip
    for (kind, name), measured in found.items():
        for what, each in measured.items():
            if each:
                print(f"{kind:6} {name:12} {what:6} n {len(each):6}  p50 {_at(each, .5):7.2f}  "
                      f"p99 {_at(each, .99):7.2f}")  # fmt: skip
    plain, guarded = (found["ended", each.name] for each in subjects)
    added = _at(guarded["clear"], .99) - _at(plain["clear"], .99)
    first, bound = _at(guarded["first"], .5), FIRST_RATIO * _at(plain["first"], .5) + FIRST_ADDED
    held = added <= MAX_ADDED and first <= bound
    print(f"{'pass' if held else 'FAIL'}: text without a live prefix: p99 {added:+.2f} ms beside the pass-through "
          f"(goal: at most {MAX_ADDED:+.0f}, n {len(guarded['clear'])}); first token, median {first:.2f} ms "
          f"(goal: at most {bound:.2f}, n {len(guarded['first'])})")  # fmt: skip
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--apart", type=float, default=1.0, help="milliseconds from one stream's start to the next's")
    parser.add_argument("--policies", default=str(ROOT / "policies"))
    with tempfile.TemporaryDirectory() as name:
        held = uvloop.run(_measure(parser.parse_args(), Path(name)))
    sys.exit(not held)


if __name__ == "__main__":
    main()
