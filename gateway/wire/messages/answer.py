"""The way back: a message judged on its way to the caller, in one piece or as its events.

A plain answer is a stream of one piece a block: both become the same events, which are either sent or put together.
What was cut ends in the policy's refusal and ``stop_reason: refusal``; what cannot be read, an event of a kind that is
not known, or a delta that is not its block's, is never relayed.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import errors, explain
from gateway.wire.leaves import Judge, Leaves, Stream, malformed
from gateway.wire.messages.around import check, count, judge_beside, judge_end, whole
from gateway.wire.messages.block import Block, Delta
from gateway.wire.messages.errors import frame
from gateway.wire.messages.texts import Texts
from gateway.wire.messages.told import DELTA, Event, framed, piece, put_together, sent, started, stopped
from gateway.wire.shape import Shape

DONE = b"[DONE]"
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_LEAD = b"event: content_block_delta\ndata: "
_KNOWN = frozenset({"content_block_start", "content_block_stop", "message_delta", "message_stop"})
REFUSAL = "refusal"


class Answer:
    """One answer. ``feed``, ``finish`` and ``complete`` raise UpstreamFailed when it cannot be judged."""

    __slots__ = ("_beside", "_block", "_closed", "_count", "_cut", "_judge", "_leaves", "_live", "_over", "_shape",
                 "_started", "_texts", "_usage")  # fmt: skip

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._leaves = Leaves(judge, 0)
        self._beside = Leaves(judge, -1)
        self._block: Block | None = None
        """The block that has begun and not ended: an API's stream has one at a time."""
        self._count = 0
        """Blocks that have begun."""
        self._texts: Texts | None = None
        """The text blocks that read as one with what may still come."""
        self._usage: dict[str, Any] = {}
        self._shape: Shape | None = None
        self._live: Stream | None = None
        """The stream of the texts that have ``_shape``."""
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
        shape, live = self._shape, self._live
        if shape is not None and live is not None and (text := shape.text(data)):
            released = live.feed(text)
            if not live.cut:
                return shape.event(released) if released else b""
            return sent(self._after(released))
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
        if kind == DELTA:
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
            if self._block is not None or event.get("index") != self._count:
                raise malformed()
            return sent(self._begin(event.get("content_block")))
        if kind == "content_block_stop":
            self._open(event)
            return sent(self._end_block())
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
        stop = framed({"type": "message_stop", **explain.member(self._judge)})
        if self._over:
            return stop
        delta = {"stop_reason": REFUSAL, "stop_sequence": None}
        counts = {"output_tokens": count(self._usage, "output_tokens")}
        return framed({"type": "message_delta", "delta": delta, "usage": counts}) + stop

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
        return framed({"type": "message_start", "message": message})

    def _open(self, event: dict[str, Any]) -> Block:
        block = self._block
        if block is None or type(event.get("index")) is not int or event["index"] != block.index:
            raise malformed()
        return block

    def _piece(self, event: dict[str, Any], data: bytes) -> bytes:
        block, delta = self._open(event), event.get("delta")
        if type(delta) is not dict:
            raise malformed()
        out = self._take(block, delta)
        if not self._cut and self._shape is None and delta.get("type") == block.piece:
            self._remember(block, delta[block.key], data)
        return sent(out)

    def _remember(self, block: Block, text: str, data: bytes) -> None:
        """After a piece of ``block``: the shape of those that are like it, whose text is released as it comes."""
        texts = self._texts
        self._live = block.stream if texts is None else texts.joined.stream if texts.joined.live else None
        if self._live is not None:
            told = block.delta(text)
            self._shape = Shape.of(data, piece(block.index, told), told, block.key, _LEAD)

    def _end(self, event: dict[str, Any]) -> bytes:
        delta = event.get("delta")
        if type(delta) is not dict:
            raise malformed()
        out = [] if self._block is None else self._end_block()
        out += self._end_texts()
        if not self._cut:
            judge_end(self._leaves, delta)
            if self._leaves.cut:
                out += self._refuse(None)
        if self._cut:
            return sent(out)
        self._judge_beside(delta)
        del event["delta"]
        self._judge_beside(event)
        self._over = True
        return sent(out) + framed({"type": "message_delta", "delta": delta, **event})

    # -- blocks --------------------------------------------------------------------------------

    def _begin(self, raw: Any) -> list[Event]:
        if type(raw) is not dict:
            raise malformed()
        block = Block(self._leaves, self._count, raw)
        out: list[Event] = []
        if block.kind != "text" or not block.started:
            out = self._end_texts()
            if self._cut:
                return out
        self._block = block
        self._count += 1
        if not block.started:
            return out + self._refuse(block)
        if block.kind == "text":
            texts = self._texts = self._texts or Texts(self._leaves)
            return self._told(texts, texts.begin(block))
        return [*out, started(block)]

    def _take(self, block: Block, delta: Delta) -> list[Event]:
        texts = self._texts
        if texts is not None:
            return self._told(texts, texts.take(block, delta))
        out = [piece(block.index, each) for each in block.take(delta)]
        return out + self._refuse(block) if block.cut else out

    def _after(self, released: str) -> list[Event]:
        """A text of the remembered shape was cut after ``released``."""
        block, texts = self._block, self._texts
        if block is None:
            raise malformed()
        out = [piece(block.index, block.delta(released))] if released else []
        return out + self._refuse(block if texts is None else texts.block)

    def _end_block(self) -> list[Event]:
        block, texts = self._block, self._texts
        if block is None:
            raise malformed()
        if texts is not None:
            out = texts.end(block)
            if self._leaves.cut:
                return out + self._refuse(texts.block)
            out = self._told(texts, out)
        else:
            out = [piece(block.index, each) for each in block.end()]
            if block.cut:
                return out + self._refuse(block)
            out.append(stopped(block.index))
        self._block = self._shape = self._live = None
        return out

    def _end_texts(self) -> list[Event]:
        """What follows is no text, so nothing reads on from those before it."""
        texts = self._texts
        if texts is None:
            return []
        out = self._told(texts, texts.finish())
        self._texts = None
        return out

    def _told(self, texts: Texts, out: list[Event]) -> list[Event]:
        return out + self._refuse(texts.block) if texts.joined.cut else out

    def _refuse(self, block: Block | None) -> list[Event]:
        """What stands in the place of what was cut, at the end of ``block`` where that is a text."""
        self._cut, self._block, self._shape, self._live = True, None, None, None
        words, out = self._judge.refusal(0).lstrip("\n"), list[Event]()
        if block is not None and block.started and block.kind == "text":
            index = block.index
            if self._texts is not None and self._texts.joined.spoken:
                words = "\n\n" + words
        else:
            index = self._count
            if block is not None:
                index = block.index + block.started
                out = [stopped(block.index)] if block.started else []
            out.append({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}})
        return [*out, piece(index, {"type": "text_delta", "text": words}), stopped(index)]

    # -- a plain answer ------------------------------------------------------------------------

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = whole(body)
        blocks = answer.get("content")
        if type(blocks) is not list:
            raise malformed()
        self._judge_beside(answer)
        given = [(raw.get("input") if type(raw) is dict else None) for raw in blocks]
        out: list[Event] = []
        made: list[Block] = []
        for raw in blocks:
            out += self._begin(raw)
            if self._block is not None:
                made.append(self._block)
                out += self._end_block()
            if self._cut:
                break
        out += [] if self._cut else self._end_texts()
        if not self._cut:
            judge_end(self._leaves, answer)
            out += self._refuse(None) if self._leaves.cut else []
        answer["content"] = put_together(out, made, given)
        if self._cut:
            answer["stop_reason"], answer["stop_sequence"] = REFUSAL, None
            answer.pop("stop_details", None)
        self._closed = True
        return orjson.dumps({**answer, **explain.member(self._judge)})

    # -- both ----------------------------------------------------------------------------------

    def _judge_beside(self, answer: dict[str, Any]) -> None:
        if type(answer.get("usage")) is dict:
            self._usage.update(answer["usage"])
        judge_beside(self._beside, answer)
