"""A part of an item, or the one text that an item is: its text in pieces, what is noted about it, and its end.

Where a part is repeated as a whole (``*.done``), what had not come yet is judged, and the rest is written from what
was released.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.wire.fields import UNKNOWN, Node
from gateway.wire.leaves import Leaves, malformed
from gateway.wire.pointer import KEY, escape
from gateway.wire.responses.events import PART_KINDS, TEXT, Outgoing, TextKind, exempt, shown
from gateway.wire.responses.fields import ITEM
from gateway.wire.responses.text import Text

PART = ITEM.children["content"].below("*")
_CITED = PART.children["annotations"].below("*")
_NOTES = frozenset({"annotations", "logprobs"})


class Cut(Exception):
    """A policy cuts the answer here. Never leaves this package."""


@dataclass(slots=True)
class Ground:
    """What the parts of one item share. ``body``: the item as it goes out; ``place``: its index in the output."""

    leaves: Leaves
    out: Outgoing
    place: int
    logprobs: bool
    body: dict[str, Any] = field(default_factory=dict)
    told: Text | None = None
    """The text of the last part, where that is a turn's: the next reads on from it."""

    @property
    def name(self) -> str:
        return f"output/{self.place}"

    def judged(self, holder: dict[str, Any], key: str, node: Node, name: str) -> Any:
        """``holder[key]``, judged whole; the member is taken out where its key would have to change. Raises Cut."""
        leaves = self.leaves
        child, path = node.children.get(key), f"{name}/{escape(key)}"
        if child is None:
            child = node.any or UNKNOWN
            if leaves.whole(path + KEY, key) != key:
                del holder[key]
        if key in holder and not leaves.cut:
            leaves.nested(holder, key, child, path)
        if leaves.cut:
            raise Cut
        return holder.get(key)


class Part:
    """``lane``: the list of the item that it is in (empty: the item's own text); ``at``: its place there.

    ``live`` is its text while more pieces may come of which only the text is to be judged; ``told`` the event that
    brought the last piece, and ``sent`` that event as it goes out.
    """

    __slots__ = ("_annotations", "_ending", "_events", "_ground", "at", "body", "closed", "kind", "lane",
                 "live", "sent", "text", "told")  # fmt: skip

    def __init__(self, ground: Ground, lane: str, at: int, kind: TextKind | None, events: str = "") -> None:
        self._ground, self.lane, self.at, self.kind, self._events = ground, lane, at, kind, events
        self.body: dict[str, Any] = {}
        self.closed = False
        self.live: Text | None = None
        self.sent: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.text: Text | None = None
        if kind is not None:
            before = ground.told.said if kind is TEXT and ground.told is not None else ""
            self.text = Text(
                ground.leaves, f"{self._name}/{kind.member}", logprobs=ground.logprobs and kind is TEXT, before=before)
        ground.told = self.text if kind is TEXT else None
        self._annotations: list[dict[str, Any]] = []
        self._ending: dict[str, Any] = {}

    @classmethod
    def begun(cls, ground: Ground, lane: str, raw: Any, events: str, event: dict[str, Any]) -> Part:
        """A new part of the item, that begins as ``raw``; its text comes later."""
        named = raw.get("type") if type(raw) is dict else None
        if type(named) is not str:
            raise malformed()
        kind = PART_KINDS.get(named)
        if kind is not None and (kind.lane != lane or type(raw.get(kind.member, "")) is not str):
            raise malformed()
        parts = ground.body.get(lane)
        if parts is None:
            parts = ground.body[lane] = []
        part = cls(ground, lane, len(parts), kind, events)
        for key, value in raw.items():
            if kind is not None and key == kind.member:
                part.body[key] = ""
            elif key in _NOTES:
                part.body[key] = [] if type(value) is list else None
            elif key in PART.children and exempt(value, PART.children[key]):
                part.body[key] = value
        parts.append(part.body)
        part._add(event, f"{events}.added", part=part.body)
        return part

    @property
    def _name(self) -> str:
        return f"{self._ground.name}/{self.lane}/{self.at}" if self.lane else self._ground.name

    # -- its text ------------------------------------------------------------------------------

    def say(self, said: str, event: dict[str, Any]) -> None:
        """Judge a piece of the text, and send what may go out."""
        text = self._text()
        if text.ended:
            return
        self.send(text.feed(said, event.get("logprobs")), event, asked=not said)
        if text.stream.cut or self._ground.leaves.cut:
            raise Cut
        self.live, self.told = text if text.bare else None, event

    def catch_up(self, whole: Any, logprobs: Any = None) -> None:
        """Judge what of the ``whole`` text has not come yet."""
        if self.text is not None and (rest := self.text.missing(whole)):
            self.say(rest, {"logprobs": self.text.unheard(logprobs)})

    def over(self, event: dict[str, Any] | None = None) -> None:
        """The text has ended, as ``event`` says: its rest. That it is over is said with the part's end."""
        if event is not None:
            self._ending = {**event, "logprobs": []} if "logprobs" in event else event  # what went out comes later
        text = self.text
        self.live = None
        if text is not None and not text.ended:
            self.send(text.finish())
            if text.stream.cut or self._ground.leaves.cut:
                raise Cut

    def annotate(self, event: dict[str, Any]) -> None:
        """Something is noted about the text; it waits for the text's end, as only then its place is known."""
        if type(event.get("annotation")) is dict:
            self._annotations.append(event)

    def _text(self) -> Text:
        if self.text is None:
            raise malformed()
        return self.text

    def send(self, released: str, event: dict[str, Any] | None = None, *, asked: bool = False) -> None:
        """Send a piece of the text; an empty one where it was ``asked`` for."""
        text, kind = self._text(), self.kind
        noted = text.noted()
        more = {"logprobs": noted} if kind is TEXT else {}
        self.sent = self._shown(event or {}, f"{kind.name if kind else ''}.delta", delta=released, **more)
        if released or noted or asked:
            self._ground.out.add(self.sent)

    # -- its end -------------------------------------------------------------------------------

    def close(self, raw: Any, event: dict[str, Any]) -> None:
        """The part is over; ``raw`` is how the model server repeats it."""
        raw = raw if type(raw) is dict else {}
        own = self.kind.member if self.kind is not None else None
        if own is not None:
            self.catch_up(raw.get(own), raw.get("logprobs"))
            self.over()
        if self.lane:
            for key in _NOTES & raw.keys():
                self.body.setdefault(key, [] if type(raw[key]) is list else None)
            self._note(raw)
            for key in sorted(raw):  # always in the same order, as a policy may cut at each
                if key != own and key not in _NOTES and not (key in self.body and self.body[key] == raw[key]):
                    judged = self._ground.judged(raw, key, PART, self._name)
                    if key in raw:
                        self.body[key] = judged
        self._sign(event)

    def cut(self, words: str) -> None:
        """The part ends here, with ``words`` in the place of what was cut."""
        text = self.text
        if text is not None:
            text.ended = True
            if words and text.released and not words[:1].isspace():
                words = "\n\n" + words  # a cut sentence is not ours to end
            text.add(words)
            self.send(words)
        kept = {key: each for key, each in self.body.items() if key in _NOTES or key == "type"}
        self.body.clear()
        self.body.update(kept)
        self._sign({})

    def _note(self, raw: dict[str, Any]) -> None:
        """Judge what is noted about the text, and correct the places that it names."""
        known = raw.get("annotations")
        if not (type(known) is list and known):
            known = [each["annotation"] for each in self._annotations]
        if not known or self.text is None:
            return
        notes = self.body["annotations"] = list[Any]()
        for at, each in enumerate(self.text.moved(known)):
            holder = [each]
            self._ground.leaves.nested(holder, 0, _CITED, f"{self._name}/annotations/{at}")
            if self._ground.leaves.cut:
                raise Cut
            notes.append(holder[0])
            if self._annotations:
                self._add(self._annotations[0], "response.output_text.annotation.added", annotation_index=at,
                          annotation=holder[0])  # fmt: skip

    def _sign(self, event: dict[str, Any]) -> None:
        """Say that the part is over, with the text that went out of it."""
        self.live, self.closed = None, True
        text, kind = self.text, self.kind
        if text is not None and kind is not None:
            noted = {}
            if kind is TEXT:
                noted["logprobs"] = text.entries
                if self.body.get("logprobs") is not None or text.entries:
                    self.body["logprobs"] = text.entries
            (self.body if self.lane else self._ground.body)[kind.member] = text.released
            self._add(self._ending, f"{kind.name}.done", **{kind.member: text.released, **noted})
        if self.lane:
            self._add(event, f"{self._events}.done", part=self.body)

    # -- writing -------------------------------------------------------------------------------

    def _add(self, event: dict[str, Any], kind: str, **ours: Any) -> None:
        self._ground.out.add(self._shown(event, kind, **ours))

    def _shown(self, event: dict[str, Any], kind: str, **ours: Any) -> dict[str, Any]:
        if self.lane:
            ours["summary_index" if self.lane == "summary" else "content_index"] = self.at
        if "id" in self._ground.body:
            ours["item_id"] = self._ground.body["id"]
        return shown(event, kind, output_index=self._ground.place, **ours)
