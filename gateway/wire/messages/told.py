"""The events of a message's blocks: as they are sent, and as the blocks that they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from gateway.wire.messages.block import Block, Delta

DELTA = "content_block_delta"
Event = dict[str, Any]


def started(block: Block) -> Event:
    """``block`` begins."""
    return {"type": "content_block_start", "index": block.index, "content_block": block.raw}


def piece(index: int, delta: Delta) -> Event:
    """A piece of the block at ``index``."""
    return {"type": DELTA, "index": index, "delta": delta}


def stopped(index: int) -> Event:
    """The block at ``index`` is over."""
    return {"type": "content_block_stop", "index": index}


def framed(event: Event) -> bytes:
    """``event`` as the server-sent event of its type."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))


def sent(events: Sequence[Event]) -> bytes:
    """All of them, one after the other."""
    return framed(events[0]) if len(events) == 1 else b"".join([framed(each) for each in events])


def put_together(events: Iterable[Event], blocks: Sequence[Block], given: Sequence[Any]) -> list[dict[str, Any]]:
    """The blocks as they may go out; ``blocks``: those that were judged, ``given``: what their tools were given."""
    out: list[dict[str, Any]] = []
    inputs: dict[int, str] = {}
    for event in events:
        if event["type"] == "content_block_start":
            out.append(event["content_block"])
        elif event["type"] == DELTA:
            index, delta = event["index"], event["delta"]
            kind = delta["type"]
            if kind == "citations_delta":
                out[index]["citations"].append(delta["citation"])
            elif kind == "input_json_delta":
                inputs[index] = inputs.get(index, "") + delta["partial_json"]
            else:
                key = kind.removesuffix("_delta")  # text, thinking or signature
                out[index][key] += delta[key]
    for index, text in inputs.items():
        out[index]["input"] = blocks[index].given(given[index], text)
    return out
