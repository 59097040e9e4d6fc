"""Tells one and the same answer in each API, whole and streamed, and reads what a client gets of it.

What differs between the APIs ends here: the law over them (``test_law1_matrix``) is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson

from gateway.wire import messages
from gateway.wire.api import Asked
from tests.gateway.wire import streams
from tests.gateway.wire.completions import streams as completion
from tests.gateway.wire.messages import streams as message
from tests.gateway.wire.responses import server

Cut = Callable[[str], list[str]]
Lane = list[tuple[str, bytes]]
"""Events that keep their order: the name of each (or none), and its data."""


@dataclass(frozen=True)
class Said:
    """One choice, in the order in which models write: ``parts`` of its text, which some APIs keep apart, and ``calls``:
    the arguments of tools, as JSON.
    """

    thoughts: str
    parts: tuple[str, ...]
    calls: tuple[str, ...]

    @property
    def content(self) -> str:
        return "".join(self.parts)


@dataclass
class Heard:
    """What a client has of one choice; ``rest``: everything that is to be the same, streamed or not."""

    thoughts: str = ""
    content: str = ""
    calls: list[Any] = field(default_factory=list)
    refused: bool = False
    rest: Any = None


class Field(NamedTuple):
    """``kind``: the member of ``Heard`` that it adds to; ``name``: the codec's; ``parts``: of one text, as it reads."""

    kind: str
    name: str
    parts: tuple[str, ...]


class Speaker(Protocol):
    """An API. ``many``: whether an answer has several choices; ``tools``: whether there are thoughts and calls;
    ``aside``: whether its content may go on beside its calls, so that a cut in one loses what the others still hold;
    ``apart``: whether the parts of its content and its calls stand apart, so that a refusal has a place of its own.
    """

    many: bool
    tools: bool
    aside: bool
    apart: bool

    def ask(self, n: int, *, stream: bool) -> Asked: ...
    def whole(self, said: Sequence[Said]) -> bytes: ...
    def streamed(self, said: Sequence[Said], cut: Cut, order: Sequence[int]) -> Lane: ...
    def fields(self, said: Said) -> list[Field]:
        """The fields of a choice in the order in which they are judged."""
    def read(self, body: bytes) -> list[Heard]: ...
    def listen(self, out: bytes) -> list[Heard]: ...


def mingled(lanes: Sequence[Lane], order: Sequence[int]) -> Lane:
    """The events of all lanes in ``order`` (whose event is next), then what is left of each."""
    left = [list(each) for each in lanes]
    turns = [*[index % len(lanes) for index in order], *(at for at, each in enumerate(lanes) for _ in each)]
    return [left[index].pop(0) for index in turns if left[index]]


class Chat:
    many = tools = aside = True
    apart = False

    def ask(self, n: int, *, stream: bool) -> Asked:
        return streams.request(n=n, stream=stream)

    def whole(self, said: Sequence[Said]) -> bytes:
        choices = []
        for index, each in enumerate(said):
            told: dict[str, Any] = {"role": "assistant", "content": each.content}
            told |= {"reasoning_content": each.thoughts} if each.thoughts else {}
            told |= {"tool_calls": [self._call(at, text) for at, text in enumerate(each.calls)]} if each.calls else {}
            choices.append({"index": index, "message": told, "finish_reason": "stop"})
        return orjson.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices})

    def _call(self, at: int, text: str) -> dict[str, Any]:
        return {"index": at, "id": f"call_{at}", "type": "function", "function": {"name": "send", "arguments": text}}

    def streamed(self, said: Sequence[Said], cut: Cut, order: Sequence[int]) -> Lane:
        return [*mingled([list(self._lane(index, each, cut)) for index, each in enumerate(said)], order), ("", b"[DONE]")]

    def _lane(self, index: int, each: Said, cut: Cut) -> Iterator[tuple[str, bytes]]:
        yield "", streams.chunk({"role": "assistant", "content": ""}, index=index)
        for piece in cut(each.thoughts):
            yield "", streams.chunk({"reasoning_content": piece}, index=index)
        for content in self._content(each, cut):
            yield "", streams.chunk({"content": content}, index=index)
        for at, text in enumerate(each.calls):
            yield "", streams.chunk({"tool_calls": [self._call(at, "")]}, index=index)
            for piece in cut(text):
                yield "", streams.chunk({"tool_calls": [{"index": at, "function": {"arguments": piece}}]}, index=index)
        yield "", streams.chunk({}, "stop", index=index)

    def _content(self, each: Said, cut: Cut) -> Iterable[Any]:
        """The content, piece by piece."""
        return cut(each.content)

    def fields(self, said: Said) -> list[Field]:
        calls = [Field("calls", f"tool_calls/{at}/function/arguments", (text,)) for at, text in enumerate(said.calls)]
        texts = [Field("thoughts", "reasoning_content", (said.thoughts,)), Field("content", "content", (said.content,))]
        return [*texts, *calls]

    def read(self, body: bytes) -> list[Heard]:
        choices = sorted(json.loads(body)["choices"], key=lambda each: each["index"])
        return [self._heard(each["message"], each["message"].get("tool_calls") or [], each) for each in choices]

    def listen(self, out: bytes) -> list[Heard]:
        found = sorted(streams.joined(out).items())
        return [self._heard(each, [call for _, call in sorted((each.get("tool_calls") or {}).items())], each)
                for _, each in found]

    def _heard(self, told: dict[str, Any], calls: list[dict[str, Any]], choice: dict[str, Any]) -> Heard:
        thoughts, content = told.get("reasoning_content") or "", told.get("content") or ""
        if isinstance(content, list):
            content = "".join(each["text"] for each in content)
        return Heard(thoughts, content, [each["function"]["arguments"] for each in calls],
                     choice["finish_reason"] == "content_filter", (choice["finish_reason"], thoughts, content, calls))


class ChatParts(Chat):
    """Chat whose content is a list of parts."""

    def whole(self, said: Sequence[Said]) -> bytes:
        body = json.loads(super().whole(said))
        for each, choice in zip(said, body["choices"], strict=True):
            choice["message"]["content"] = [{"type": "text", "text": part} for part in each.parts if part]
        return orjson.dumps(body)

    def _content(self, each: Said, cut: Cut) -> Iterator[Any]:
        """A part begins where a list says more than one text: what it begins with comes with the end of the one before."""
        last: list[str] = []
        for part in filter(None, each.parts):
            first, *rest = cut(part)
            for piece in last[:-1]:
                yield [{"type": "text", "text": piece}]
            yield [{"type": "text", "text": piece} for piece in [*last[-1:], first]]
            last = rest or [""]
        for piece in last:
            yield [{"type": "text", "text": piece}]

    def fields(self, said: Said) -> list[Field]:
        parts = tuple(filter(None, said.parts))
        return [each._replace(parts=parts) if each.kind == "content" and parts else each for each in super().fields(said)]


class Completions:
    many, tools, aside, apart = True, False, False, False

    def ask(self, n: int, *, stream: bool) -> Asked:
        return completion.request(n=n, stream=stream)

    def whole(self, said: Sequence[Said]) -> bytes:
        return completion.body(*[completion.choice(each.content, at, "stop") for at, each in enumerate(said)])

    def streamed(self, said: Sequence[Said], cut: Cut, order: Sequence[int]) -> Lane:
        lanes = []
        for index, each in enumerate(said):
            pieces = [*cut(each.content), ""]
            ends = [*[None] * (len(pieces) - 1), "stop"]
            lanes.append([("", completion.body(completion.choice(piece, index, end)))
                          for piece, end in zip(pieces, ends, strict=True)])
        return [*mingled(lanes, order), ("", b"[DONE]")]

    def fields(self, said: Said) -> list[Field]:
        return [Field("content", "text", (said.content,))]

    def read(self, body: bytes) -> list[Heard]:
        return [self._heard(each) for each in sorted(json.loads(body)["choices"], key=lambda each: each["index"])]

    def listen(self, out: bytes) -> list[Heard]:
        return [self._heard(each) for _, each in sorted(completion.joined(out).items())]

    def _heard(self, each: dict[str, Any]) -> Heard:
        return Heard("", each["text"], [], each["finish_reason"] == "content_filter", (each["text"], each["finish_reason"]))


class Responses:
    many, tools, aside, apart = False, True, False, True

    def ask(self, n: int, *, stream: bool) -> Asked:
        return server.request(stream=stream)

    def _items(self, said: Said) -> list[dict[str, Any]]:
        items = [server.thoughts(said.thoughts)] if said.thoughts else []
        parts = [server.said(part) for part in said.parts if part]
        items += [server.message(*parts)] if parts else []
        return [*items, *[server.call(text, at=at) for at, text in enumerate(said.calls)]]

    def whole(self, said: Sequence[Said]) -> bytes:
        return orjson.dumps(server.whole(self._items(said[0])))

    def streamed(self, said: Sequence[Said], cut: Cut, order: Sequence[int]) -> Lane:
        items = self._items(said[0])
        told = server.told(server.whole(items), [list(server.item(raw, at, cut)) for at, raw in enumerate(items)],
                           [each % len(items) for each in order] if items else ())
        return [(each["type"], data) for each, data in zip(told, server.frames(told), strict=True)]

    def fields(self, said: Said) -> list[Field]:
        out = [Field("thoughts", "text", (said.thoughts,))] if said.thoughts else []
        out += [Field("content", "text", parts)] if (parts := tuple(filter(None, said.parts))) else []
        return [*out, *[Field("calls", "output/9/arguments", (text,)) for text in said.calls]]

    def read(self, body: bytes) -> list[Heard]:
        told = json.loads(body)
        return [self._heard(told["output"], told)]

    def listen(self, out: bytes) -> list[Heard]:
        found = server.events(out)
        last = found[-1]["response"]
        built = server.built(found)
        assert built == last["output"]
        return [self._heard(built, last)]

    def _heard(self, output: list[dict[str, Any]], told: dict[str, Any]) -> Heard:
        def texts(kind: str) -> str:
            parts = [part for item in output if item["type"] == kind for part in item["content"]]
            return "".join(part["refusal" if part["type"] == "refusal" else "text"] for part in parts)

        calls = [item["arguments"] for item in output if item["type"] == "function_call"]
        rest = {key: each for key, each in told.items() if key not in ("usage", "completed_at")}
        return Heard(texts("reasoning"), texts("message"), calls, told["status"] == "incomplete", rest)


class Messages:
    many, tools, aside, apart = False, True, False, True

    def ask(self, n: int, *, stream: bool) -> Asked:
        return messages.parse(orjson.dumps(message.request(stream=stream)))

    def _told(self, said: Said) -> dict[str, Any]:
        blocks: list[Any] = [message.thought(said.thoughts)] if said.thoughts else []
        blocks += [part for part in said.parts if part]
        return message.message(*blocks, *[message.tool(json.loads(text)) for text in said.calls])

    def whole(self, said: Sequence[Said]) -> bytes:
        return orjson.dumps(self._told(said[0]))

    def streamed(self, said: Sequence[Said], cut: Cut, order: Sequence[int]) -> Lane:
        datas = message.written(self._told(said[0]), cut)
        for place in order[:2]:
            datas.insert(1 + place % (len(datas) - 1), message.event("ping"))
        return [(json.loads(data)["type"], data) for data in datas]

    def fields(self, said: Said) -> list[Field]:
        texts = [Field("thoughts", "thinking", (said.thoughts,)), Field("content", "text", tuple(filter(None, said.parts)))]
        calls = [text if text != "{}" else "" for text in said.calls]  # nothing given is nothing written
        return [*[each for each in texts if any(each.parts)], *[Field("calls", "content/9/partial_json", (text,)) for text in calls]]

    def read(self, body: bytes) -> list[Heard]:
        told = json.loads(body)
        return [self._heard(told["content"], told)]

    def listen(self, out: bytes) -> list[Heard]:
        told: dict[str, Any] = {}
        blocks: list[dict[str, Any]] = []
        for each in message.events(out):
            if each["type"] == "message_start":
                told = each["message"]
            elif each["type"] == "content_block_start":
                blocks.append(each["content_block"])
                if blocks[-1]["type"] == "tool_use":
                    blocks[-1]["input"] = ""
            elif each["type"] == "content_block_delta":
                key = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature",
                       "input_json_delta": "partial_json"}[each["delta"]["type"]]  # fmt: skip
                blocks[each["index"]]["input" if key == "partial_json" else key] += each["delta"][key]
            elif each["type"] == "message_delta":
                told |= each["delta"]
        return [self._heard(blocks, told)]

    def _heard(self, blocks: list[dict[str, Any]], told: dict[str, Any]) -> Heard:
        def texts(kind: str, key: str) -> str:
            return "".join(each[key] for each in blocks if each["type"] == kind)

        calls = [each["input"] for each in blocks if each["type"] == "tool_use"]
        others = [each for each in blocks if each["type"] != "tool_use"]
        rest = {key: each for key, each in told.items() if key not in ("usage", "content", "stop_details")}
        return Heard(texts("thinking", "thinking"), texts("text", "text"), calls, told["stop_reason"] == "refusal",
                     (others, rest, len(blocks)))


PARTS: Speaker = ChatParts()
"""Chat as some servers speak it."""
SPEAKERS: dict[str, Speaker] = {"chat": Chat(), "completions": Completions(), "responses": Responses(),
                                "messages": Messages()}
"""By the API's name."""
