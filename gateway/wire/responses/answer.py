"""The way back: a response judged on its way to the caller, in one piece or as its events come.

Items are judged one after the other, in the order in which they were announced: events of a later one wait, so the
cut is the same however they mingle. Each text has one machine and one record of what went out of it (``Text``); every
event that repeats it is written from that. What the last event says of items that were told before is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import errors, explain, json
from gateway.wire.envelope import read_answer
from gateway.wire.fields import Node
from gateway.wire.leaves import Judge, Leaves, malformed
from gateway.wire.responses.around import judge_around, with_output
from gateway.wire.responses.canned import turn
from gateway.wire.responses.events import BEGUN, BLOBS, OVER, REPEATED, Outgoing, framed, shown, textless
from gateway.wire.responses.item import TAKEN, Item
from gateway.wire.responses.part import Cut, Part
from gateway.wire.responses.shape import Shape

MAX_ITEMS = 1024
MAX_WAITING = 32 << 20
"""Bytes of events that wait for their turn."""
_DONE = b"[DONE]"
_INCLUDE = "message.output_text.logprobs"


class Answer:
    """One answer. ``feed``, ``finish`` and ``complete`` raise UpstreamFailed when it cannot be judged."""

    __slots__ = ("_asked", "_beside", "_closed", "_head", "_items", "_judge", "_leaves", "_line", "_logprobs", "_out",
                 "_output", "_over", "_shape", "_shaped", "_size", "_usage", "_waiting", "done")  # fmt: skip

    def __init__(self, judge: Judge, asked: Mapping[str, Any]) -> None:
        self._judge, self._asked = judge, asked
        include = asked.get("include")
        self._logprobs = bool(asked.get("top_logprobs")) or (type(include) is list and _INCLUDE in include)
        self._leaves, self._beside = Leaves(judge, 0), Leaves(judge, -1)
        self._out = Outgoing(live=True)
        self._head: dict[str, Any] = {}
        self._usage: Any = None
        self._items: dict[int, Item] = {}
        self._line: list[Item] = []
        """The items that are not over; it is the first one's turn."""
        self._waiting: dict[int, list[dict[str, Any]]] = {}
        """By item (its place in the output), the events that came before its turn."""
        self._size = 0
        self._output: list[dict[str, Any]] = []
        self._shape: Shape | None = None
        self._shaped: Part | None = None
        self._closed = self._over = self.done = False

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the prompt and of the answer, as far as the model server has said."""
        said = self._usage if type(self._usage) is dict else {}
        counts = said.get("input_tokens"), said.get("output_tokens")
        return tuple(each if type(each) is int else 0 for each in counts)  # type: ignore[return-value]

    # -- a stream ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> bytes:
        """The data of one event in, the events to send out; empty when nothing may go out yet."""
        if self._closed or self._over:
            return b""
        shape, part = self._shape, self._shaped
        if shape is not None and part is not None and part.live is not None and (read := shape.read(data)):
            live = part.live
            released = part.quick(live, read[0])
            if not live.cut:
                if not released and read[0]:
                    return b""
                self._out.number += 1
                return shape.event(released, self._out.number - 1, read[1])
            part.send(released, [])
            self._cut()
            return self._out.take()
        self._shape = None
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            if data.strip() == _DONE:
                return b""
            event = None  # raised below: an error raised here would carry the text as its context
        if event is None:
            raise malformed()
        try:
            self._take(event, len(data))
        except Cut:
            self._cut()
        else:
            self._remember(data, event)
        return self._out.take()

    def finish(self) -> bytes:
        """The stream has ended. Raises UpstreamFailed when it ended before its answer did."""
        if not (self._closed or self._over):
            raise UpstreamFailed("The model server's stream ended before its answer did.")
        self._closed = True
        return b""

    def fail(self, error: ApiError) -> bytes:
        """The stream was lost: held text stays held, an error event ends it, and no response is completed."""
        if self._closed:
            return b""
        self._closed = True
        return failure(error, self._out.number)

    def _take(self, event: Any, size: int) -> None:
        kind = event.get("type") if type(event) is dict else None
        if kind == "error" or (kind is None and type(event) is dict and event.get("error") is not None):
            raise errors.reported(event if kind else event["error"])
        if type(kind) is not str:
            raise malformed()
        index = event.get("output_index")
        if kind in BEGUN or kind in OVER:
            self._lifecycle(kind, event)
        elif kind == "response.output_item.added" or (kind == "response.output_item.done" and index not in self._items):
            self._announced(kind, event, size)
        elif index is None and kind not in TAKEN:
            self._aside(kind, event)
        else:
            item = self._items.get(index) if type(index) is int else None
            if item is None:
                raise malformed()
            self._of_item(item, event, size)

    def _remember(self, data: bytes, event: dict[str, Any]) -> None:
        """After a piece of a text: the shape of those that are like it."""
        part = self._line[0].open if self._line else None
        if part is not None and part.live is not None and part.told is event:
            self._shape, self._shaped = Shape.of(data, event, {**part.sent, "sequence_number": 0}), part

    def _lifecycle(self, kind: str, event: dict[str, Any]) -> None:
        response = event.get("response")
        if kind in OVER:
            said = response.get("output") if type(response) is dict else None
            self._end_items(said if type(said) is list else [])
        self._head = judge_around(self._beside, response, self._asked)
        if self._head.get("usage") is not None:
            self._usage = self._head["usage"]
        output = self._output if kind in OVER else []
        self._over = kind in OVER
        response = with_output({**self._head}, output, cut=False)
        if self._over:
            response.update(explain.member(self._judge))
        self._out.add(shown(event, kind, response=response))

    # -- items ---------------------------------------------------------------------------------

    def _announced(self, kind: str, event: dict[str, Any], size: int) -> None:
        index = event.get("output_index")
        if type(index) is not int or index < 0 or index in self._items or len(self._items) >= MAX_ITEMS:
            raise malformed()
        item = self._items[index] = self._new(len(self._items))
        self._line.append(item)
        self._of_item(item, event, size)

    def _new(self, place: int) -> Item:
        return Item(self._leaves, self._out, place, logprobs=self._logprobs)

    def _of_item(self, item: Item, event: dict[str, Any], size: int) -> None:
        """An event of ``item``, now or when it is its turn."""
        if item.done:
            return
        if item is not self._line[0]:
            self._waiting.setdefault(item.place, []).append(event)
        else:
            self._turn(item, event)
            while self._line and self._line[0].done:
                self._line.pop(0)
                if self._line:
                    self._catch_up(self._line[0])
        self._size = self._size + size if self._waiting or item.waiting else 0
        if self._size > MAX_WAITING:
            raise UpstreamFailed("The model server sent too much out of turn.")

    def _catch_up(self, item: Item) -> None:
        for event in self._waiting.pop(item.place, ()):
            if not item.done:
                self._turn(item, event)

    def _turn(self, item: Item, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind in TAKEN:
            item.take(event)
        elif kind == "response.output_item.added":
            self._output.append(item.body)
            item.begin(event.get("item"), event)
        elif kind == "response.output_item.done":
            if not item.begun:
                self._output.append(item.body)
                item.begin(event.get("item"), {})
            item.end(event.get("item"), event)
        else:
            self._aside(kind, event, item)

    def _end_items(self, said: list[Any]) -> None:
        """The answer is over; items that were not are, as the response repeats them."""
        if not self._items:
            for each in said:
                self._whole(each)
        upstream = {item.place: index for index, item in self._items.items()}
        while self._line:
            item = self._line[0]
            self._catch_up(item)
            if not item.done:
                index = upstream[item.place]
                raw = said[index] if index < len(said) else None
                item.end(raw if type(raw) is dict and raw.get("type") == item.body.get("type") else None, {})
            self._line.pop(0)

    def _whole(self, raw: Any) -> None:
        item = self._new(len(self._output))
        self._line = [item]
        self._output.append(item.body)
        item.begin(raw, {})
        item.end(raw, {})
        self._line = []

    # -- everything else -----------------------------------------------------------------------

    def _aside(self, kind: str, event: dict[str, Any], item: Item | None = None) -> None:
        """An event without text of its own. What it may carry beyond that is either judged or not sent."""
        ours: dict[str, Any] = {}
        if kind in BLOBS:
            member, treat = BLOBS[kind]
            self._leaves.nested(event, member, Node(treat), kind)
            if self._leaves.cut:
                raise Cut
            ours[member] = event[member]
        elif kind in REPEATED or not textless(event):
            return
        if item is not None:
            ours["output_index"] = item.place
            if "id" in item.body:
                ours["item_id"] = item.body["id"]
        self._out.add(shown(event, kind, **ours))

    def _cut(self) -> None:
        """The answer ends here: what was open ends, the refusal is said, and nothing follows."""
        words = self._judge.refusal(0)
        item = self._line[0] if self._line else None
        if item is None or not item.cut(words):
            own = str(self._head.get("id") or "")
            self._output.append(turn(self._out, len(self._output), f"msg_{own.removeprefix('resp_')}_refusal", words))
        response = with_output({**self._head}, self._output, cut=True)
        self._out.add({"type": "response.incomplete", "response": {**response, **explain.member(self._judge)}})
        self._closed = self.done = True

    # -- a plain answer ------------------------------------------------------------------------

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = read_answer(body)
        output = answer.get("output")
        if answer.get("error") is not None and type(output) is not list:
            raise errors.reported(answer["error"])
        if type(output) is not list or len(output) > MAX_ITEMS:
            raise malformed()
        self._out = Outgoing(live=False)
        self._head = judge_around(self._beside, answer, self._asked)
        self._usage = answer.get("usage")
        try:
            for raw in output:
                self._whole(raw)
        except Cut:
            self._cut()
        self._closed = True
        return json.dumps({**with_output(answer, self._output, cut=self.done), **explain.member(self._judge)})


def failure(error: ApiError, number: int = 0) -> bytes:
    """The event that ends a stream which failed: in this API its members stand in the event itself."""
    said = error.body()["error"]
    event = {"type": "error", "code": said["code"], "message": said["message"], "param": said["param"],
             "sequence_number": number}  # fmt: skip
    if "wardgate" in said:
        event["wardgate"] = said["wardgate"]
    return framed(event)
