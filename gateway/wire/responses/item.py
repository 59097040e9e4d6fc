"""One item of a response on its way: a turn, a thought, a call, with its texts in the order in which they are judged.

What an item is (its kind, its name) is judged when it begins, its texts as they come, everything else when it ends. A
whole answer goes the same way, so where a policy cuts does not depend on how the answer comes.
"""

from __future__ import annotations

from typing import Any

from gateway.wire.leaves import Leaves, malformed
from gateway.wire.responses.events import (
    ADDED,
    CLOSED,
    DELTAS,
    DONES,
    LANES,
    NOTE,
    OWN_TEXT,
    PART_EVENTS,
    TEXT,
    Outgoing,
    TextKind,
    exempt,
    shown,
)
from gateway.wire.responses.fields import ITEM, ITEM_OF
from gateway.wire.responses.part import Cut, Ground, Part

_NAMED = ("id", "call_id", "role", "name", "namespace", "server_label")
"""Members that say what an item is; they are judged when it begins, and stay after a cut."""
MAX_PARTS = 1024
"""Parts of one item."""
TAKEN = frozenset({*DELTAS, *DONES, *ADDED, *CLOSED, NOTE})
"""The events that ``take`` understands."""


class Item:
    """``body`` is what goes out of it. The methods raise Cut, and UpstreamFailed for what cannot be read."""

    __slots__ = ("_ground", "_kind", "_lanes", "_node", "_open", "_own", "_parts", "_waiting", "done")

    def __init__(self, leaves: Leaves, out: Outgoing, place: int, *, logprobs: bool) -> None:
        self._ground = Ground(leaves, out, place, logprobs)
        self._kind, self._node = "", ITEM
        self._lanes: tuple[str, ...] = ()
        self._own: TextKind | None = None
        self._parts: dict[tuple[str, int], Part] = {}
        self._open: Part | None = None
        self._waiting: dict[tuple[str, int], list[dict[str, Any]]] = {}
        """Events that came before it was their part's turn."""
        self.done = False

    @property
    def body(self) -> dict[str, Any]:
        return self._ground.body

    @property
    def place(self) -> int:
        """Its place in the output."""
        return self._ground.place

    @property
    def open(self) -> Part | None:
        """The part that text is coming of."""
        return self._open

    @property
    def begun(self) -> bool:
        return bool(self._kind)

    @property
    def waiting(self) -> bool:
        """Whether events wait for the turn of their part."""
        return bool(self._waiting)

    # -- the item ------------------------------------------------------------------------------

    def begin(self, raw: Any, event: dict[str, Any]) -> None:
        """The item begins as ``raw``; what is text in it and no name waits for its end."""
        kind = raw.get("type") if type(raw) is dict else None
        if type(kind) is not str or not ITEM.children["type"].exempts(kind):
            raise malformed()
        self._kind, self._node = kind, ITEM_OF.get(kind, ITEM)
        self._lanes, self._own = LANES.get(kind, ()), OWN_TEXT.get(kind)
        ground, own = self._ground, self._own.member if self._own else None
        if own is not None and type(raw.get(own, "")) not in (str, type(None)):
            raise malformed()
        ground.body["type"] = kind
        try:
            names = {key: ground.judged(raw, key, self._node, ground.name)
                     for key in _NAMED if raw.get(key) is not None}  # fmt: skip
        except Cut:
            self._add(event, "response.output_item.added")
            raise
        ground.body.clear()  # its members stay in the order in which they came
        for key, value in raw.items():
            if key in names:
                ground.body[key] = names[key]
            elif key in self._lanes or key == own:
                begun: Any = "" if key == own else []
                ground.body[key] = None if value is None else begun
            elif key in self._node.children and exempt(value, self._node.children[key]):
                ground.body[key] = value
        self._add(event, "response.output_item.added")
        if own is not None and raw.get(own):
            self._own_part().say(raw[own], {})

    def end(self, raw: Any, event: dict[str, Any]) -> None:
        """The item is over, and ``raw`` as a whole, where the model server says it again."""
        raw = {} if raw is None else raw
        if type(raw) is not dict or raw.get("type", self._kind) != self._kind:
            raise malformed()
        while self._open is not None or self._waiting:
            if self._open is not None:
                self._close(self._open, self._repeated(raw, self._open), {})
            self._drain()
        for lane in self._lanes:
            parts = raw.get(lane)
            if parts is not None and type(parts) is not list:
                raise malformed()
            if lane in raw and lane not in self.body:
                self.body[lane] = None if parts is None else []
            for at, each in enumerate(parts or ()):
                if (lane, at) not in self._parts:
                    self._close(self._begun(lane, at, each, PART_EVENTS[lane], {}), each, {})
        own = self._own
        if own is not None and ("", 0) not in self._parts:
            if raw.get(own.member):
                self._close(self._own_part(), raw, {})
            elif own.member in raw:
                self.body[own.member] = raw[own.member]
        self._ground.end_run()
        self._late(raw)
        body = {key: self.body[key] for key in (*raw, *self.body) if key in self.body}  # in the order in which it came
        self.body.clear()
        self.body.update(body)
        self._leave()
        self._add(event, "response.output_item.done")

    def _leave(self) -> None:
        """It is over: its parts let go of the run that knows them, or both would wait for the garbage collector."""
        self.done, self._ground.run = True, None
        for part in self._parts.values():
            part.leave()

    def cut(self, words: str) -> bool:
        """The item ends here, with the refusal's ``words`` where it is a turn; false when it has no place for them."""
        part = self._reached()
        placed = part is not None and part.kind is not None and self._kind == "message"
        if part is not None:
            part.cut(words if placed else "")
        body, own = self.body, self._own.member if self._own else None
        kept = {key: each for key, each in body.items()
                if key in ("type", own) or key in _NAMED or (key in self._lanes and each)}  # fmt: skip
        body.clear()
        body.update(kept)
        if own is not None:
            body[own] = body.get(own) or ""
        if self._lanes:
            body.setdefault(self._lanes[-1], [])  # the API's own requirement: a turn's content, a thought's summary
        body["status"] = "incomplete"
        self._leave()
        self._add({}, "response.output_item.done")
        return placed

    def _reached(self) -> Part | None:
        """The part in which it is cut, told as far as it may be; those after it were never there."""
        run = self._ground.run
        if run is None:
            return self._open
        run.finish()
        part = run.reached
        if part is not None and part.lane:
            del self.body[part.lane][part.at + 1 :]
        return part

    def _late(self, raw: dict[str, Any]) -> None:
        """What is neither a name nor a text that comes in pieces: judged whole, in an order that is always the same."""
        ground, node, rest = self._ground, self._node, []
        for key, value in raw.items():
            if key in self._lanes or (self._own is not None and key == self._own.member):
                continue
            if key in node.children and exempt(value, node.children[key]):
                ground.body[key] = value
            else:
                rest.append(key)
        for key in sorted(rest):
            judged = ground.judged(raw, key, node, ground.name)
            if key in raw:
                ground.body[key] = judged

    def _add(self, event: dict[str, Any], kind: str) -> None:
        self._ground.out.add(shown(event, kind, output_index=self._ground.place, item=self.body))

    # -- its texts -----------------------------------------------------------------------------

    def take(self, event: dict[str, Any]) -> None:
        """An event about a text of the item: one of ``TAKEN``."""
        self._take(event)
        self._drain()

    def _take(self, event: dict[str, Any]) -> None:
        named = event["type"]
        if (kind := DELTAS.get(named)) is not None:
            said = event.get("delta")
            if type(said) is not str:
                raise malformed()
            if (part := self._turn(kind, event)) is not None:
                part.say(said, event)
        elif (kind := DONES.get(named)) is not None:
            if (part := self._turn(kind, event)) is not None:
                part.catch_up(event.get(kind.member), event.get("logprobs"))
                part.over(event)
                if not part.lane:
                    self._close(part, {}, {})
        elif named == NOTE:
            if (part := self._turn(TEXT, event)) is not None:
                part.annotate(event)
        else:
            self._part(event, *(ADDED.get(named) or CLOSED[named]), over=named in CLOSED)

    def _part(self, event: dict[str, Any], name: str, lane: str, index: str, *, over: bool) -> None:
        """A part begins, or is ``over``."""
        if lane not in self._lanes:
            raise malformed()
        key, raw = (lane, _index(event, index)), event.get("part")
        if not self._may(key, event):
            return
        part = self._parts.get(key)
        if part is None:
            part = self._begun(lane, key[1], raw, name, {} if over else event)
            if not over and type(raw) is dict and part.kind is not None and (said := raw.get(part.kind.member)):
                part.say(said, {})
        if over and not part.closed:
            self._close(part, raw, event)

    def _turn(self, kind: TextKind, event: dict[str, Any]) -> Part | None:
        """The part that ``event`` is about, or None where it is over or has to wait."""
        if not kind.lane:
            part = self._own_part() if self._own is kind else None
        elif kind.lane in self._lanes:
            key = kind.lane, _index(event, kind.index)
            if not self._may(key, event):
                return None
            part = self._parts.get(key)
            if part is None:
                part = self._begun(*key, _blank(kind), PART_EVENTS[kind.lane], {})
        else:
            part = None
        if part is None or part.kind is not kind:
            raise malformed()
        return None if part.closed else part

    def _may(self, key: tuple[str, int], event: dict[str, Any]) -> bool:
        """Whether it is the turn of part ``key``: parts are judged one by one, and ``event`` waits."""
        if self._open is None or self._parts.get(key) is self._open:
            return True
        self._waiting.setdefault(key, []).append(event)
        return False

    def _drain(self) -> None:
        while self._waiting and self._open is None:
            for event in self._waiting.pop(next(iter(self._waiting))):
                self._take(event)

    def _own_part(self) -> Part:
        part = self._parts.get(("", 0))
        if part is None:
            part = self._open = self._parts["", 0] = Part(self._ground, "", 0, self._own)
        return part

    def _begun(self, lane: str, index: int, raw: Any, name: str, event: dict[str, Any]) -> Part:
        if len(self._parts) >= MAX_PARTS:
            raise malformed()
        part = self._open = self._parts[lane, index] = Part.begun(self._ground, lane, raw, name, event)
        return part

    def _close(self, part: Part, raw: Any, event: dict[str, Any]) -> None:
        part.close(raw, event)
        self._open = None

    def _repeated(self, raw: dict[str, Any], part: Part) -> Any:
        """How ``raw`` repeats ``part``."""
        if not part.lane:
            return raw
        index = next(key[1] for key, each in self._parts.items() if each is part)
        parts = raw.get(part.lane)
        return parts[index] if type(parts) is list and index < len(parts) else None


def _blank(kind: TextKind) -> dict[str, Any]:
    return {"type": kind.part, kind.member: "", **({"annotations": []} if kind is TEXT else {})}


def _index(event: dict[str, Any], name: str) -> int:
    index = event.get(name)
    if type(index) is not int or not 0 <= index < MAX_PARTS:
        raise malformed()
    return index
