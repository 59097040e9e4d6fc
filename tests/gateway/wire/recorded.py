"""Streams as model servers send them, kept byte for byte in ``recordings/``: written by us, in the shape of real ones.

``python -m tests.gateway.wire.recorded`` writes the files anew; a test holds that they are what is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from gateway.wire.api import Asked
from tests.gateway.wire import streams
from tests.gateway.wire.completions import streams as completion
from tests.gateway.wire.messages import streams as message
from tests.gateway.wire.responses import server

FOLDER = Path(__file__).parent / "recordings"
TOKENS = ["Sure", "!", " Here", " is", " a", " naïve", " café", " 日本", "語", " 🦅", "\n\n", "data: [DONE]", "\\n", ' "quoted"',
          " plan", "\r\n", "\t", "."]  # fmt: skip
THOUGHTS = ["The", " user", " wants", " a", " plan", " — ", "short", "."]
ARGUMENTS = ["{", '"to"', ': "', "Zo", "é", '", ', '"note": "', "line\\n", '\\"two\\""', "}"]
USAGE = {"prompt_tokens": 9, "completion_tokens": 18, "total_tokens": 27}
_CHAT = {"id": "chatcmpl-7f0a", "object": "chat.completion.chunk", "created": 1764000000, "model": "m"}
_TEXT = {"id": "cmpl-7f0a", "object": "text_completion", "created": 1764000000, "model": "m"}


def _chat(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**_CHAT, "choices": list(choices), **more}


def _delta(delta: dict[str, Any], index: int = 0, reason: str | None = None, logprobs: Any = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}


def _entry(token: str) -> dict[str, Any]:
    others = [{"token": other, "logprob": -1.25, "bytes": list(other.encode())} for other in (token, "x")]
    return {"token": token, "logprob": -0.0625, "bytes": list(token.encode()), "top_logprobs": others}


def _chats() -> Iterator[tuple[str, list[Any]]]:
    begun, over = _chat(_delta({"role": "assistant", "content": ""})), _chat(_delta({}, reason="stop"))
    texts = [_chat(_delta({"content": token})) for token in TOKENS]
    counted = [_chat(usage=USAGE)]
    yield "text", [begun, *texts, over, *counted]
    yield "logprobs", [begun, *[_chat(_delta({"content": each}, logprobs={"content": [_entry(each)], "refusal": None}))
                                for each in TOKENS], over]  # fmt: skip
    yield "refusal", [_chat(_delta({"role": "assistant", "content": None, "refusal": ""})),
                      *[_chat(_delta({"refusal": each})) for each in ("I", " can't", " help", " with", " that", ".")], over]  # fmt: skip
    calls = []
    for at, name in enumerate(("send", "look_up")):
        named = {"index": at, "id": f"call_{at}a9", "type": "function", "function": {"name": name, "arguments": ""}}
        calls.append(_chat(_delta({"tool_calls": [named]})))
        calls += [_chat(_delta({"tool_calls": [{"index": at, "function": {"arguments": each}}]})) for each in ARGUMENTS]
    yield "tools", [begun, *calls, _chat(_delta({}, reason="tool_calls"))]
    several = [_chat(_delta({"role": "assistant", "content": ""}, index)) for index in range(3)]
    several += [_chat(_delta({"content": token}, index)) for token in TOKENS for index in (2, 0, 1)]
    several.append(_chat(_delta({"content": " both"}, 0), _delta({"content": " at once"}, 2)))  # one event of two choices
    yield "choices", [*several, *[_chat(_delta({}, index, "stop")) for index in range(3)], *counted]
    yield "reasoning", [begun, *[_chat(_delta({"reasoning_content": each})) for each in THOUGHTS], *texts, over]


def _completions() -> Iterator[tuple[str, list[Any]]]:
    def told(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {**_TEXT, "choices": list(choices), **more}

    yield "text", [*[told(completion.choice(each)) for each in TOKENS], told(completion.choice("", 0, "stop")), told(usage=USAGE)]
    at, scored = 0, []
    for each in TOKENS:
        scored.append(told(completion.choice(each, logprobs=completion.scores([each], at))))
        at += len(each)
    yield "logprobs", [*scored, told(completion.choice("", 0, "length"))]
    yield "choices", [*[told(completion.choice(each, index)) for each in TOKENS for index in (1, 0, 2)],
                      *[told(completion.choice("", index, "stop")) for index in range(3)]]  # fmt: skip


def _responses() -> Iterator[tuple[str, list[Any]]]:
    def told(*items: dict[str, Any], pieces: list[str]) -> list[Any]:
        events = server.stream(server.whole(list(items)), lambda text: pieces if "".join(pieces) == text else [text])
        return [{**each, "sequence_number": number} for number, each in enumerate(events)]

    text, thought = "".join(TOKENS), "".join(THOUGHTS)
    note = {"type": "url_citation", "start_index": 2, "end_index": 9, "title": "Plan", "url": "https://quill.example/plan"}
    yield "text", told(server.message(server.said(text, annotations=[note])), pieces=TOKENS)
    yield "logprobs", told(server.message(server.said(text, logprobs=[_entry(each) for each in TOKENS])), pieces=TOKENS)
    refused = ["I", " can't", " help", "."]
    yield "refusal", told(server.message({"type": "refusal", "refusal": "".join(refused)}), pieces=refused)
    yield "tools", told(server.call("".join(ARGUMENTS)), server.call("{}", "look_up", 2), pieces=ARGUMENTS)
    yield "reasoning", told(server.thoughts(thought, summary=["In short."]), server.message(server.said(text)), pieces=THOUGHTS)


def _messages() -> Iterator[tuple[str, list[Any]]]:
    def told(*blocks: Any, pieces: list[str], **more: Any) -> list[Any]:
        cut = message.written(message.message(*blocks, **more), lambda text: pieces if "".join(pieces) == text else [text])
        events = [orjson.loads(each) for each in cut]
        events[-2]["delta"].pop("stop_details")
        return [events[0], {"type": "ping"}, *events[1:]]

    text = "".join(TOKENS)
    yield "text", told(text, pieces=TOKENS)
    yield "refusal", told("I can't help.", pieces=["I", " can't", " help."], stop_reason="refusal")
    arguments = {"to": "Zoë", "n": [1, 2.5, None], "note": 'line\n"two"'}
    yield "tools", told("One moment.", message.tool(arguments), message.tool({}, "look_up"), pieces=[], stop_reason="tool_use")
    yield "reasoning", told(message.thought("".join(THOUGHTS)), text, pieces=THOUGHTS)


def made() -> dict[str, bytes]:
    """All streams, by the names of their files."""
    out = {}
    for api, cases in (("chat", _chats()), ("completions", _completions())):
        for name, chunks in cases:
            out[f"{api}_{name}.sse"] = b"".join([*[b"data: %b\n\n" % orjson.dumps(each) for each in chunks], b"data: [DONE]\n\n"])
    for api, cases in (("responses", _responses()), ("messages", _messages())):
        for name, chunks in cases:
            out[f"{api}_{name}.sse"] = _named(chunks)
    return out


def _named(events: Iterable[dict[str, Any]]) -> bytes:
    return b"".join([b"event: %b\ndata: %b\n\n" % (each["type"].encode(), orjson.dumps(each)) for each in events])


def asked(file: str) -> Asked:
    """The request to which the stream is an answer."""
    api, name = file.removesuffix(".sse").split("_")
    n = 3 if name == "choices" else 1
    if api == "chat":
        return streams.request(n=n, logprobs=name == "logprobs", stream_options={"include_usage": True})
    if api == "completions":
        return completion.request(n=n, stream=True, **({"logprobs": 2} if name == "logprobs" else {}))
    if api == "responses":
        return server.request(**({"top_logprobs": 2} if name == "logprobs" else {}))
    from gateway.wire import messages

    return messages.parse(orjson.dumps(message.request(stream=True)))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, data in made().items():
        (FOLDER / file).write_bytes(data)
