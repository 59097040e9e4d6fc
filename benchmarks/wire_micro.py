"""What the wire room costs: CPU microseconds per request and per streamed chunk, without and with judging.

Run it as ``python -m benchmarks.wire_micro``. Each figure is the best of several rounds: other work on the
machine only ever adds to a round.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import orjson

from gateway.core.engine import Exchange, Plan
from gateway.core.types import Context
from gateway.wire import chat
from gateway.wire.sse import Splitter

ROUNDS, TIMES = 7, 3000


class Free:
    """A stream that releases all it is fed: what is left is the wire's own cost."""

    cut = edited = False
    position = held = 0

    def feed(self, text: str) -> str:
        return text

    def finish(self) -> str:
        return ""


class FreeExchange(Exchange):
    """Judges nothing."""

    def field(self, choice: int, name: str) -> Free:  # type: ignore[override]
        return Free()


def _request(stream: bool, words: int = 160) -> bytes:
    text = " ".join(f"word{at}" for at in range(words))
    return orjson.dumps({"model": "m", "stream": stream, "temperature": 0.7, "max_tokens": 256, "messages": [
        {"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": text}]})  # fmt: skip


def _chunk(delta: dict[str, object], **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None, **more}
    return orjson.dumps({"id": "chatcmpl-5f2c", "object": "chat.completion.chunk", "created": 1700000000,
                         "model": "my-model", "choices": [choice]})  # fmt: skip


def _answer(judged: bool, **fields: object) -> chat.Answer:
    plan = Plan.compile([], "r", {})
    exchange = plan.open(Context("d")) if judged else FreeExchange(plan, Context("d"))
    body = orjson.loads(_request(True)) | fields
    answer = chat.Answer(exchange, chat.parse(orjson.dumps(body)))
    answer.feed(_chunk({"role": "assistant", "content": ""}))
    return answer


def best(work: Callable[[], object]) -> float:
    """CPU microseconds of one call of ``work``, in the best round."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            work()
        found.append((time.process_time() - began) / TIMES * 1e6)
    return min(found)


def measure() -> dict[str, float]:
    """All figures by name."""
    request = _request(False)
    content = _chunk({"content": " hello"})
    call = _chunk({"tool_calls": [{"index": 0, "function": {"arguments": "abc"}}]})
    entry = {"token": " hello", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    probable = _chunk({"content": " hello"}, logprobs={"content": [entry]})
    plain = orjson.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "word " * 200}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 200, "total_tokens": 201}})  # fmt: skip
    event = b"data: " + content + b"\n\n"
    splitter = Splitter()
    splitter.feed(event)
    parsed = chat.parse(request)
    free, judged, beside, likely = _answer(False), _answer(True), _answer(False), _answer(False, logprobs=True)
    exchange = FreeExchange(Plan.compile([], "r", {}), Context("d"))
    return {
        "request: parse (1.3 KB)": best(lambda: chat.parse(request)),
        "request: rewrite": best(parsed.rewrite),
        "answer: complete (1 KB)": best(lambda: chat.Answer(exchange, parsed).complete(plain)),
        "chunk: split": best(lambda: splitter.feed(event)),
        "chunk: content, wire alone": best(lambda: free.feed(content)),
        "chunk: content, empty policy": best(lambda: judged.feed(content)),
        "chunk: tool arguments, wire alone": best(lambda: beside.feed(call)),
        "chunk: content with logprobs, wire alone": best(lambda: likely.feed(probable)),
    }


def main() -> None:
    figures = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures, indent=1))
        return
    for name, cost in figures.items():
        print(f"{name:<42}{cost:8.2f} µs")


if __name__ == "__main__":
    main()
