"""The way back: a message judged on its way to the caller, in one piece or as its events.

Both go through the same ``Block``. What was cut ends in the policy's refusal and ``stop_reason: refusal``; what
cannot be read, an event of a kind that is not known, or a delta that is not its block's, is never relayed.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import errors, explain
from gateway.wire.leaves import Judge, Leaves, malformed
from gateway.wire.messages.around import check, count, judge_beside, judge_end, whole
from gateway.wire.messages.block import Block, Delta
from gateway.wire.messages.errors import frame
from gateway.wire.shape import Shape

DONE = b"[DONE]"
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_DELTA = "content_block_delta"
_LEAD = b"event: content_block_delta\ndata: "
_KNOWN = frozenset({"content_block_start", "content_block_stop", "message_delta", "message_stop"})
REFUSAL = "refusal"


class Answer:
    """One answer. ``feed``, ``finish`` and ``complete`` raise UpstreamFailed when it cannot be judged."""

    __slots__ = ("_beside", "_block", "_closed", "_count", "_cut", "_judge", "_leaves", "_over", "_shape", "_started",
                 "_usage")  # fmt: skip

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._leaves = Leaves(judge, 0)
        self._beside = Leaves(judge, -1)
        self._block: Block | None = None
        """The block that has begun and not ended: an API's stream has one at a time."""
        self._count = 0
        """Blocks that have begun."""
        self._usage: dict[str, Any] = {}
        self._shape: Shape | None = None
        self._started = self._cut = self._over = self._closed = False

    @property
    def done(self) -> bool:
        """It was cut: the model server need not go on."""
        return self._cut

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the prompt and of the answer, as far as the model server has said."""
        return count(self._usage, "input_tokens"), count(self._usage, "output_tokens")

    # -- a stream ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> bytes:
        """The data of one event in, the events to send out; empty when nothing may go out yet."""
        if self._closed or self._cut:
            return b""
        shape, block = self._shape, self._block
        if shape is not None and block is not None and block.stream is not None and (text := shape.text(data)):
            released = block.stream.feed(text)
            if block.stream.cut:
                block.cut = True
                return self._sent(block, [{"type": block.piece, block.key: released}] if released else [])
            return shape.event(released) if released else b""
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            if data.strip() == DONE:
                return b""
            event = None  # raised below: an error raised here would carry the text as its context
        if type(event) is not dict:
            raise malformed()
        return self._event(event, data)

    def _event(self, event: dict[str, Any], data: bytes) -> bytes:
        kind = event.get("type")
        if kind == _DELTA:
            return self._piece(event, data)
        if kind == "ping":
            return _PING
        if kind == "error" or event.get("error") is not None:
            raise errors.reported(event.get("error"))
        if type(kind) is not str:
            raise malformed()
        if kind == "message_start":
            return self._start(event)
        if kind not in _KNOWN:
            return b""  # no guard could read it as the text that it may be a part of
        if not self._started or (self._over and kind != "message_stop"):
            raise malformed()
        if kind == "content_block_start":
            return self._begin(event)
        if kind == "content_block_stop":
            return self._end_block(self._open(event))
        if kind == "message_delta":
            return self._end(event)
        return self.finish()

    def finish(self) -> bytes:
        """The stream has ended: what is owed, ``message_stop`` included.

        Raises UpstreamFailed when it ended before the answer did.
        """
        if self._closed:
            return b""
        if not self._cut and not self._over:
            raise UpstreamFailed("The model server's stream ended before its answer did.")
        self._closed = True
        stop = _frame({"type": "message_stop", **explain.member(self._judge)})
        if self._over:
            return stop
        delta = {"stop_reason": REFUSAL, "stop_sequence": None}
        counts = {"output_tokens": count(self._usage, "output_tokens")}
        return _frame({"type": "message_delta", "delta": delta, "usage": counts}) + stop

    def fail(self, error: ApiError) -> bytes:
        """The stream was lost: held text stays held, an error event ends the stream, no ``message_stop``."""
        if self._closed:
            return b""
        self._closed = True
        return frame(error)

    def _start(self, event: dict[str, Any]) -> bytes:
        message = event.get("message")
        if self._started or type(message) is not dict or message.get("content") not in ([], None):
            raise malformed()
        self._started = True
        message["content"] = []
        self._judge_beside(message)
        judge_end(self._beside, message)
        check(self._beside)
        return _frame({"type": "message_start", "message": message})

    def _open(self, event: dict[str, Any]) -> Block:
        block = self._block
        if block is None or type(event.get("index")) is not int or event["index"] != block.index:
            raise malformed()
        return block

    def _begin(self, event: dict[str, Any]) -> bytes:
        raw = event.get("content_block")
        if self._block is not None or type(raw) is not dict or event.get("index") != self._count:
            raise malformed()
        block = self._block = Block(self._leaves, self._count, raw)
        self._count += 1
        if not block.started:
            return self._refuse(block)
        return _frame({"type": "content_block_start", "index": block.index, "content_block": raw})

    def _piece(self, event: dict[str, Any], data: bytes) -> bytes:
        block, delta = self._open(event), event.get("delta")
        if type(delta) is not dict:
            raise malformed()
        if not self._shape and delta.get("type") == block.piece and type(delta.get(block.key)) is str and block.stream:
            sent = {"type": block.piece, block.key: delta[block.key]}
            out = {"type": _DELTA, "index": block.index, "delta": sent}
            self._shape = Shape.of(data, out, sent, block.key, _LEAD)
        return self._sent(block, block.take(delta))

    def _end_block(self, block: Block) -> bytes:
        out = self._sent(block, block.end())
        if block.cut:
            return out
        self._block = self._shape = None
        return out + _frame({"type": "content_block_stop", "index": block.index})

    def _sent(self, block: Block, deltas: list[Delta]) -> bytes:
        """``deltas`` as events, and the refusal when the block was cut after them."""
        out = b"".join([_frame({"type": _DELTA, "index": block.index, "delta": each}) for each in deltas])
        return out + self._refuse(block) if block.cut else out

    def _end(self, event: dict[str, Any]) -> bytes:
        delta = event.get("delta")
        if type(delta) is not dict:
            raise malformed()
        out = b"" if self._block is None else self._end_block(self._block)
        if self._cut:
            return out
        judge_end(self._leaves, delta)
        if self._leaves.cut:
            return out + self._refuse(None)
        self._judge_beside(delta)
        del event["delta"]
        self._judge_beside(event)
        self._over = True
        return out + _frame({"type": "message_delta", "delta": delta, **event})

    def _refuse(self, block: Block | None) -> bytes:
        """What stands in the place of what was cut, at the end of ``block`` where that is a text."""
        self._cut, self._block, self._shape = True, None, None
        words = self._judge.refusal(0).lstrip("\n")
        out = b""
        if block is not None and block.started and block.kind == "text":
            index, words = block.index, "\n\n" + words if block.spoken else words
        else:
            index = self._count
            if block is not None:
                index = block.index + block.started
                out = _frame({"type": "content_block_stop", "index": block.index}) if block.started else b""
            begun = {"type": "text", "text": ""}
            out += _frame({"type": "content_block_start", "index": index, "content_block": begun})
        out += _frame({"type": _DELTA, "index": index, "delta": {"type": "text_delta", "text": words}})
        return out + _frame({"type": "content_block_stop", "index": index})

    # -- a plain answer ------------------------------------------------------------------------

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = whole(body)
        blocks = answer.get("content")
        if type(blocks) is not list:
            raise malformed()
        self._judge_beside(answer)
        answer["content"] = self._blocks(blocks)
        if not self._cut:
            judge_end(self._leaves, answer)
            if self._leaves.cut:
                answer["content"].append(self._refused(None))
        if self._cut:
            answer["stop_reason"], answer["stop_sequence"] = REFUSAL, None
            answer.pop("stop_details", None)
        self._closed = True
        return orjson.dumps({**answer, **explain.member(self._judge)})

    def _blocks(self, blocks: list[Any]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for index, raw in enumerate(blocks):
            if type(raw) is not dict:
                raise malformed()
            given = raw.get("input")
            block = Block(self._leaves, index, raw)
            kept = [block.complete(given)] if block.started else []
            out += kept
            if block.cut:
                refusal = self._refused(block)
                if kept and block.kind == "text":
                    kept[0]["text"] += refusal["text"]
                else:
                    out.append(refusal)
                break
        return out

    def _refused(self, block: Block | None) -> dict[str, Any]:
        self._cut = True
        words = self._judge.refusal(0).lstrip("\n")
        return {"type": "text", "text": "\n\n" + words if block is not None and block.spoken else words}

    # -- both ----------------------------------------------------------------------------------

    def _judge_beside(self, answer: dict[str, Any]) -> None:
        if type(answer.get("usage")) is dict:
            self._usage.update(answer["usage"])
        judge_beside(self._beside, answer)


def _frame(event: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))
