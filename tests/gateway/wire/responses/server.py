"""Tells a whole response as a model server streams it, and puts a stream together as clients do."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from gateway.wire import responses
from gateway.wire.responses.events import OWN_TEXT, PART_KINDS
from gateway.wire.sse import Splitter

HEAD = {"id": "resp_1", "object": "response", "created_at": 1, "status": "in_progress", "model": "m", "error": None,
        "incomplete_details": None, "completed_at": None, "instructions": None, "metadata": {}, "output": [],
        "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": None}  # fmt: skip
USAGE = {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
         "output_tokens": 5,
         "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 8}  # fmt: skip
Cutter = Callable[[str], list[str]]
_PART_EVENT = {"content": "response.content_part", "summary": "response.reasoning_summary_part"}


def whole(output: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A finished response with these items."""
    return {**HEAD, "status": "completed", "completed_at": 2, "output": output, "usage": USAGE, **more}


def message(*parts: dict[str, Any], name: str = "msg_1") -> dict[str, Any]:
    return {"id": name, "type": "message", "status": "completed", "role": "assistant", "content": list(parts)}


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}


def call(arguments: str, name: str = "find", at: int = 1) -> dict[str, Any]:
    return {"id": f"fc_{at}", "type": "function_call", "status": "completed", "call_id": f"call_{at}", "name": name,
            "arguments": arguments}  # fmt: skip


def thoughts(*texts: str, summary: Iterable[str] = (), name: str = "rs_1") -> dict[str, Any]:
    return {"id": name, "type": "reasoning", "status": "completed",
            "summary": [{"type": "summary_text", "text": each} for each in summary],
            "content": [{"type": "reasoning_text", "text": each} for each in texts]}  # fmt: skip


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more, "sequence_number": 0}


def _part(lane: str, at: int, part: dict[str, Any], where: dict[str, Any], cut: Cutter) -> Iterator[dict[str, Any]]:
    kind = PART_KINDS.get(part["type"])
    if kind is None:
        yield event(f"{_PART_EVENT[lane]}.added", **where, content_index=at, part={"type": part["type"]})
        yield event(f"{_PART_EVENT[lane]}.done", **where, content_index=at, part=part)
        return
    place = {**where, kind.index: at}
    text, tokens = part[kind.member], list(part.get("logprobs") or ())
    blank = {**part, kind.member: ""}
    for note in ("annotations", "logprobs"):
        if note in part:
            blank[note] = []
    yield event(f"{_PART_EVENT[lane]}.added", **place, part=blank)
    pieces = [entry["token"] for entry in tokens] if tokens else cut(text)
    for number, piece in enumerate(pieces):
        more = {"logprobs": tokens[number : number + 1]} if kind.part == "output_text" else {}
        yield event(f"{kind.name}.delta", **place, delta=piece, **more)
    for index, each in enumerate(part.get("annotations") or ()):
        yield event("response.output_text.annotation.added", **place, annotation_index=index, annotation=each)
    more = {"logprobs": tokens} if kind.part == "output_text" else {}
    yield event(f"{kind.name}.done", **place, **{kind.member: text}, **more)
    yield event(f"{_PART_EVENT[lane]}.done", **place, part=part)


def item(raw: dict[str, Any], index: int, cut: Cutter) -> Iterator[dict[str, Any]]:
    """The events of one item."""
    own = OWN_TEXT.get(raw["type"])
    names = ("id", "type", "role", "call_id", "name", "server_label", "container_id")
    begun: dict[str, Any] = {key: raw[key] for key in names if key in raw}
    begun |= {"status": "in_progress"} if "status" in raw else {}
    lanes = [lane for lane in ("content", "summary") if lane in raw]
    begun |= {lane: [] for lane in lanes} | ({own.member: ""} if own else {})
    yield event("response.output_item.added", output_index=index, item=begun)
    where = {"item_id": raw.get("id"), "output_index": index}
    for lane in lanes:
        for at, part in enumerate(raw[lane]):
            yield from _part(lane, at, part, where, cut)
    if own:
        for piece in cut(raw[own.member]):
            yield event(f"{own.name}.delta", **where, delta=piece)
        yield event(f"{own.name}.done", **where, **{own.member: raw[own.member]})
    if raw["type"] == "web_search_call":
        yield event("response.web_search_call.searching", **where)
    yield event("response.output_item.done", output_index=index, item=raw)


def frames(events: Iterable[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps({**each, "sequence_number": number}) for number, each in enumerate(events)]


def stream(response: dict[str, Any], cut: Cutter = lambda text: [text]) -> list[dict[str, Any]]:
    """The events of the whole ``response``, its texts cut into pieces by ``cut``."""
    return told(response, [list(item(raw, index, cut)) for index, raw in enumerate(response["output"])])


def told(response: dict[str, Any], items: list[list[dict[str, Any]]], order: Iterable[int] = ()) -> list[dict[str, Any]]:
    """The events of all items in ``order`` (which item's event is next), then what is left of each."""
    head = {**HEAD, **{key: response[key] for key in ("metadata", "instructions", "tools")}}
    left = [list(each) for each in items]
    out = [event("response.created", response=head), event("response.in_progress", response=head)]
    begun = 0
    for index in [*order, *(at for at, each in enumerate(items) for _ in each)]:
        if index > begun:
            index = begun  # items are announced in the order of the output
        if left[index]:
            out.append(left[index].pop(0))
            begun = max(begun, min(index + 1, len(items) - 1))
    return [*out, event(f"response.{response['status']}", response=response)]


def request(**fields: Any) -> responses.ResponsesRequest:
    return responses.parse(orjson.dumps({"model": "m", "input": "hi", "stream": True, **fields}))


def events(out: bytes) -> list[dict[str, Any]]:
    """The events of ``out``; each has the name that its type says, and they are numbered without a gap."""
    found = []
    for each in Splitter().feed(out):
        said = json.loads(each.data)
        assert each.name == said["type"]
        found.append(said)
    assert [each["sequence_number"] for each in found] == list(range(len(found)))
    return found


def built(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The output as a client puts it together from what comes piece by piece. Asserts that every repetition agrees."""
    output: list[dict[str, Any]] = []
    over: set[int] = set()
    for each in copy.deepcopy(found):
        kind, index = each["type"], each.get("output_index")
        assert index is None or index not in over, "an item went on after its end"
        if kind == "response.output_item.added":
            assert index == len(output)
            output.append(each["item"])
        elif kind == "response.output_item.done":
            over.add(index)
            assert _texts(output[index]) == _texts(each["item"])
            output[index] = each["item"]
        elif kind.endswith("_part.added"):
            lane = "summary" if "summary_index" in each else "content"
            parts = output[index][lane] = output[index].get(lane) or []
            assert each.get("content_index", each.get("summary_index")) == len(parts)
            parts.append(each["part"])
        elif kind.endswith("_part.done"):
            assert _texts(_holder(output, each)) == _texts(each["part"])
        elif kind.endswith(".delta") and isinstance(each.get("delta"), str):
            _holder(output, each)[_member(kind)] += each["delta"]
        elif kind.endswith(".done"):
            assert _holder(output, each)[_member(kind)] == each[_member(kind)]
    assert len(over) == len(output), "an item did not end"
    return output


def _member(kind: str) -> str:
    names = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text", "reasoning_summary_text": "text",
             "custom_tool_call_input": "input", "code_interpreter_call_code": "code"}  # fmt: skip
    return names.get(kind.split(".")[1], "arguments")


def _holder(output: list[dict[str, Any]], each: dict[str, Any]) -> dict[str, Any]:
    holder = output[each["output_index"]]
    assert each["item_id"] == holder["id"]
    if "summary_index" in each:
        return holder["summary"][each["summary_index"]]  # type: ignore[no-any-return]
    return holder["content"][each["content_index"]] if "content_index" in each else holder


def _texts(value: Any) -> Any:
    """The texts of an item or a part that come in pieces."""
    if isinstance(value, dict):
        parts = [_texts(each) for lane in ("content", "summary") for each in value.get(lane) or ()]
        return parts + [value.get(key) or "" for key in ("text", "refusal", "arguments", "input", "code")]
    return value
