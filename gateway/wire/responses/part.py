"""A part of an item, or the one text that an item is: its text in pieces, what is noted about it, and its end.

Where a part is repeated as a whole (``*.done``), what had not come yet is judged, and the rest is written from what
was released.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.wire.fields import UNKNOWN, Node
from gateway.wire.leaves import Leaves, Stream, malformed
from gateway.wire.pointer import KEY, escape
from gateway.wire.responses.events import PART_KINDS, TEXT, Outgoing, TextKind, exempt, shown
from gateway.wire.responses.fields import ITEM
from gateway.wire.responses.run import Run
from gateway.wire.responses.text import Text, moved

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
    run: Run | None = None
    """The text of the last part; the next may read on from it."""

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

    def reading(self, kind: TextKind | None) -> Run | None:
        """The run that a part of ``kind`` is in; one of another kind ends. Raises Cut."""
        run = self.run
        if run is not None and (run.kind is not kind or run.over):
            self.end_run()
            run = None
        if run is None and kind is not None:
            run = self.run = Run(self.leaves, kind, logprobs=self.logprobs and kind is TEXT)
        return run

    def end_run(self) -> None:
        """Nothing reads on from the last part. Raises Cut."""
        run, self.run = self.run, None
        if run is not None:
            self.run = run  # where it is cut, it says where
            run.finish()
            if run.cut:
                raise Cut
            self.run = None


class Part:
    """``lane``: the list of the item that it is in (empty: the item's own text); ``at``: its place there.

    ``live`` is the stream of its text while more pieces may come of which only the text is to be judged; ``told`` the
    event that brought the last piece, and ``sent`` that event as it goes out. Begun where the last of its kind ended,
    it reads on from that (``gateway.wire.responses.run``), and what is told of it waits until that is told.
    """

    __slots__ = ("_annotations", "_beginning", "_closing", "_ending", "_events", "_ground", "_notes", "_run", "at",
                 "body", "closed", "kind", "lane", "live", "sent", "text", "told")  # fmt: skip

    def __init__(
        self, ground: Ground, lane: str, at: int, kind: TextKind | None, events: str = "",
        beginning: tuple[dict[str, Any], dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self._ground, self.lane, self.at, self.kind, self._events = ground, lane, at, kind, events
        self.body: dict[str, Any] = beginning[1] if beginning is not None else {}
        self.closed = False
        self.live: Stream | None = None
        self.sent: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.text = Text()
        self._beginning = None if beginning is None else (beginning[0], {**beginning[1]})
        self._annotations: list[dict[str, Any]] = []
        self._notes: list[Any] | None = None
        self._ending: dict[str, Any] = {}
        self._closing: dict[str, Any] = {}
        self._run = ground.reading(kind)
        if self._run is None:
            self.show()
        else:
            self._run.begin(self)

    @classmethod
    def begun(cls, ground: Ground, lane: str, raw: Any, events: str, event: dict[str, Any]) -> Part:
        """A new part of the item, that begins as ``raw``; its text comes later. Raises Cut."""
        named = raw.get("type") if type(raw) is dict else None
        if type(named) is not str:
            raise malformed()
        kind = PART_KINDS.get(named)
        if kind is not None and (kind.lane != lane or type(raw.get(kind.member, "")) is not str):
            raise malformed()
        parts = ground.body.get(lane)
        if parts is None:
            parts = ground.body[lane] = []
        body: dict[str, Any] = {}
        for key, value in raw.items():
            if kind is not None and key == kind.member:
                body[key] = ""
            elif key in _NOTES:
                body[key] = [] if type(value) is list else None
            elif key in PART.children and exempt(value, PART.children[key]):
                body[key] = value
        ground.reading(kind)  # where one before it is cut, this one was never there
        parts.append(body)
        return cls(ground, lane, len(parts) - 1, kind, events, (event, body))

    @property
    def _name(self) -> str:
        return f"{self._ground.name}/{self.lane}/{self.at}" if self.lane else self._ground.name

    @property
    def name(self) -> str:
        """What its text is called."""
        return f"{self._name}/{self.kind.member}" if self.kind is not None else self._name

    # -- its text ------------------------------------------------------------------------------

    def say(self, said: str, event: dict[str, Any]) -> None:
        """Judge a piece of the text, and send what may go out."""
        run = self._run
        if run is None:
            raise malformed()
        if self.text.ended:
            return
        run.feed(self, said, event)
        if run.cut:
            raise Cut
        self.live, self.told = run.live, event

    def quick(self, stream: Stream, said: str) -> str:
        """What is released of a piece of the text by its ``live`` stream. Where that is cut, it is not told yet."""
        self.text.heard(said)
        released = stream.feed(said)
        if not stream.cut:
            self.text.went(released, [])
        return released

    def catch_up(self, whole: Any, logprobs: Any = None) -> None:
        """Judge what of the ``whole`` text has not come yet."""
        if self._run is not None and (rest := self.text.missing(whole)):
            self.say(rest, {"logprobs": self.text.unheard(logprobs)})

    def over(self, event: dict[str, Any] | None = None) -> None:
        """The text has ended, as ``event`` says. That it is over is said with the part's end."""
        if event is not None:
            self._ending = {**event, "logprobs": []} if "logprobs" in event else event  # what went out comes later
        self.live = None
        if self._run is not None and not self.text.ended:
            self.text.ended = True
            (self._run.ended if self.lane else self._run.finish)()
            if self._run.cut:
                raise Cut

    def annotate(self, event: dict[str, Any]) -> None:
        """Something is noted about the text; it waits for the text's end, as only then its place is known."""
        if type(event.get("annotation")) is dict:
            self._annotations.append(event)

    def send(
        self, released: str, noted: list[dict[str, Any]], event: dict[str, Any] | None = None, *, asked: bool = False
    ) -> None:
        """Send a piece of the text; an empty one where it was ``asked`` for."""
        kind = self.kind
        self.text.went(released, noted)
        more = {"logprobs": noted} if kind is TEXT else {}
        self.sent = self._shown(event or {}, f"{kind.name if kind else ''}.delta", delta=released, **more)
        if released or noted or asked:
            self._ground.out.add(self.sent)

    # -- its beginning and its end ---------------------------------------------------------------

    def show(self) -> None:
        """Say that the part begins, once."""
        if self._beginning is not None:
            (event, body), self._beginning = self._beginning, None
            self._add(event, f"{self._events}.added", part=body)

    def close(self, raw: Any, event: dict[str, Any]) -> None:
        """The part is over; ``raw`` is how the model server repeats it. That is said when all of its text is."""
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
        self._closing, self.closed = event, True
        if self._run is None:
            self.sign()
        else:
            self._run.end()

    def cut(self, words: str) -> None:
        """The part ends here, with ``words`` in the place of what was cut."""
        run = self._run
        if run is not None:
            self.text.ended = True
            if words and run.joined.spoken and not words[:1].isspace():
                words = "\n\n" + words  # a cut sentence is not ours to end
            self.send(words, [])
        kept = {key: each for key, each in self.body.items() if key in _NOTES or key == "type"}
        self.body.clear()
        self.body.update(kept)
        self._closing, self._notes = {}, None
        self.sign()

    def leave(self) -> None:
        """Its item is over: nothing more is said of it."""
        self._run = None

    def _note(self, raw: dict[str, Any]) -> None:
        """Judge what is noted about the text."""
        known = raw.get("annotations")
        if not (type(known) is list and known):
            known = [each["annotation"] for each in self._annotations]
        if not known or self._run is None:
            return
        self._notes = list(known)
        for at in range(len(known)):
            self._ground.leaves.nested(self._notes, at, _CITED, f"{self._name}/annotations/{at}")
            if self._ground.leaves.cut:
                raise Cut

    def sign(self) -> None:
        """Say that the part is over, with the text that went out of it, and what is noted about that."""
        self.live, self.closed = None, True
        text, kind = self.text, self.kind
        self._cite()
        if kind is not None:
            noted = {}
            if kind is TEXT:
                noted["logprobs"] = text.entries
                if self.body.get("logprobs") is not None or text.entries:
                    self.body["logprobs"] = text.entries
            (self.body if self.lane else self._ground.body)[kind.member] = text.released
            self._add(self._ending, f"{kind.name}.done", **{kind.member: text.released, **noted})
        if self.lane:
            self._add(self._closing, f"{self._events}.done", part=self.body)

    def _cite(self) -> None:
        """Say what is noted about the text, with the places that it has now."""
        run = self._run
        if self._notes is None or run is None or run.joined.stream is None:
            return
        place = run.parts.index(self)
        self.body["annotations"] = moved(
            self._notes, run.joined.stream.moves, run.joined.start(place), run.joined.start(place + 1))
        for at, each in enumerate(self.body["annotations"] if self._annotations else ()):
            self._add(self._annotations[0], "response.output_text.annotation.added", annotation_index=at,
                      annotation=each)  # fmt: skip

    # -- writing -------------------------------------------------------------------------------

    def _add(self, event: dict[str, Any], kind: str, **ours: Any) -> None:
        self._ground.out.add(self._shown(event, kind, **ours))

    def _shown(self, event: dict[str, Any], kind: str, **ours: Any) -> dict[str, Any]:
        if self.lane:
            ours["summary_index" if self.lane == "summary" else "content_index"] = self.at
        if "id" in self._ground.body:
            ours["item_id"] = self._ground.body["id"]
        return shown(event, kind, output_index=self._ground.place, **ours)
