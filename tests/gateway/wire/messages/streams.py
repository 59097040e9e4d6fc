"""Writes messages and their events as Anthropic's API does, and reads them back with its client's own code."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from gateway.wire.sse import Splitter

_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
_RUNNING = {"text": ("text", "text_delta", "text"), "thinking": ("thinking", "thinking_delta", "thinking"),
            "tool_use": ("input", "input_json_delta", "partial_json"),
            "server_tool_use": ("input", "input_json_delta", "partial_json")}  # fmt: skip
USAGE = {"input_tokens": 3, "output_tokens": 4}
Cut = Callable[[str], Iterable[str]]


def request(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}], **fields}


def message(*blocks: dict[str, Any] | str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": each} if isinstance(each, str) else each for each in blocks]
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": "end_turn", "stop_sequence": None, "usage": dict(USAGE), **fields}  # fmt: skip


def tool(given: dict[str, Any], name: str = "send") -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": given}


def thought(text: str, signature: str = "c2lnbmVk") -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


def event(kind: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": kind, **fields})


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def start(**fields: Any) -> bytes:
    begun = message(**{"stop_reason": None, "usage": {"input_tokens": 3, "output_tokens": 1}, **fields})
    return event("message_start", message=begun)


def text_start(index: int = 0) -> bytes:
    return event("content_block_start", index=index, content_block={"type": "text", "text": ""})


def ended(reason: str = "end_turn", **fields: Any) -> list[bytes]:
    said = {"stop_reason": reason, "stop_sequence": None, **fields}
    return [event("message_delta", delta=said, usage={"output_tokens": 4}), event("message_stop")]


def stop(index: int = 0) -> bytes:
    return event("content_block_stop", index=index)


def written(whole: dict[str, Any], cut: Cut = lambda text: [text], write: Callable[[Any], str] | None = None) -> list[bytes]:
    """The datas of the events with which a server would stream ``whole``; ``cut`` makes pieces of each text."""
    write = write or (lambda value: json.dumps(value, ensure_ascii=False))
    whole = copy.deepcopy(whole)
    blocks, out = whole.pop("content"), []
    end = {key: whole.pop(key, None) for key in ("stop_reason", "stop_sequence", "stop_details")}
    head = {**whole, "content": [], "stop_reason": None, "stop_sequence": None}
    out.append(event("message_start", message={**head, "usage": {**whole["usage"], "output_tokens": 1}}))
    for index, block in enumerate(blocks):
        member, kind, key = _RUNNING.get(block["type"], ("", "", ""))
        text = block.get(member, "")
        text = write(text) if member == "input" and text else text or ""
        citations, signature = block.get("citations") or (), block.get("signature")
        empty = {member: {} if member == "input" else ""} if member else {}
        begun = {**block, **empty, **({"signature": ""} if signature is not None else {})}
        begun |= {"citations": []} if citations else {}
        out.append(event("content_block_start", index=index, content_block=begun))
        pieces = [delta(index, kind, **{key: piece}) for piece in cut(text)] if member else []
        cited = [delta(index, "citations_delta", citation=each) for each in citations]
        half = len(pieces) // 2
        out += pieces[:half] + cited + pieces[half:]
        if signature:
            out.append(delta(index, "signature_delta", signature=signature))
        out.append(stop(index))
    out.append(event("message_delta", delta=end, usage={"output_tokens": whole["usage"]["output_tokens"]}))
    return [*out, event("message_stop")]


def events(out: bytes) -> list[dict[str, Any]]:
    """The events of ``out``; each names its type twice, and alike."""
    assert not out or out.endswith(b"\n\n")
    found = [(each.name, json.loads(each.data)) for each in Splitter().feed(out)]
    assert all(name == said["type"] for name, said in found)
    return [said for _, said in found]


def joined(out: bytes) -> dict[str, Any]:
    """The message that Anthropic's client makes of ``out``, after the order of the events was checked."""
    told = [each for each in events(out) if each["type"] != "ping"]
    _check_order(told)
    snapshot, buffers = None, {}
    for each in told:
        snapshot = accumulate_event(event=_EVENT.validate_python(each), current_snapshot=snapshot, json_bufs=buffers)
    assert snapshot is not None
    return snapshot.to_dict(mode="json", exclude_unset=False)


def _check_order(told: list[dict[str, Any]]) -> None:
    """As documented: a start, blocks one after the other with indexes that have no gap, one delta, one stop."""
    kinds = [each["type"] for each in told]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    count, is_open = 0, False
    for each in told[1:-2]:
        if each["type"] == "content_block_start":
            assert (is_open, each["index"]) == (False, count)
            is_open, count = True, count + 1
        else:
            assert (is_open, each["index"]) == (True, count - 1)
            assert each["type"] in ("content_block_delta", "content_block_stop")
            is_open = each["type"] == "content_block_delta"
    assert not is_open


def same(whole: dict[str, Any]) -> dict[str, Any]:
    """``whole`` in the form in which ``joined`` gives a message, without what a cut stream cannot know (its usage)."""
    from anthropic.types import Message

    kept = Message.model_validate(whole).to_dict(mode="json", exclude_unset=False)
    return {key: value for key, value in kept.items() if key != "usage"}
