"""Parts of one kind that follow each other in an item: clients show them as one text, so they are judged as one.

What is held at the end of one waits for the next, and so do the events that end it and begin the next. A text that an
item itself is, as a call's arguments are, is a run of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.wire.chat.logprobs import Logprobs
from gateway.wire.joined import Joined
from gateway.wire.leaves import Leaves, Stream, malformed
from gateway.wire.responses.events import TextKind

if TYPE_CHECKING:
    from gateway.wire.responses.part import Part


class Run:
    """Has its parts told (``show``, ``send``, ``sign``) as far as their text may go. ``over``: nothing reads on."""

    __slots__ = ("_leaves", "_log", "joined", "kind", "over", "parts")

    def __init__(self, leaves: Leaves, kind: TextKind, *, logprobs: bool) -> None:
        self._leaves, self.kind = leaves, kind
        self._log = Logprobs(leaves) if logprobs else None
        self.joined = Joined(leaves, self._log)
        self.parts: list[Part] = []
        self.over = False

    @property
    def cut(self) -> bool:
        """Whether its text, or what its tokens spell, was cut."""
        return self.joined.cut or self._leaves.cut

    @property
    def reached(self) -> Part | None:
        """The part that what goes out has come to; None where all are told."""
        return self.parts[self.joined.at] if self.joined.at < len(self.parts) else None

    @property
    def live(self) -> Stream | None:
        """The stream of its text, where what it releases is of the last part alone and all that is to be told."""
        return self.joined.stream if self._log is None and self.joined.live else None

    def begin(self, part: Part) -> None:
        """The next part begins."""
        self.parts.append(part)
        released = self.joined.begin(part.name)
        if self.joined.stream is None:
            self.joined.open(part.name)
        self._tell(released)

    def feed(self, part: Part, text: str, event: dict[str, Any]) -> None:
        """``event`` brought the next piece of the last part."""
        logprobs = event.get("logprobs")
        if logprobs is not None and type(logprobs) is not list:
            raise malformed()
        part.text.heard(text, logprobs or ())
        released = self.joined.feed(part.name, text)
        if self._log is not None:
            self._log.note(f"content/{len(self.parts) - 1}", logprobs or [])
        self._tell(released, event, asked=not text)

    def ended(self) -> None:
        """No more of the last part's text will come."""
        if self._log is not None:
            self._log.end(f"content/{len(self.parts) - 1}")
            self._tell([])

    def end(self) -> None:
        """The last part is over."""
        self.joined.end()
        self._tell([])

    def finish(self) -> None:
        """Nothing follows that would read on: the rest."""
        if not self.over:
            self.over = True
            self._tell(self.joined.finish())

    def _tell(
        self, released: list[tuple[int, str]], event: dict[str, Any] | None = None, *, asked: bool = False
    ) -> None:
        """Have what is ``released`` told, place by place; ``event`` brought the last of the text."""
        joined, last = self.joined, len(self.parts) - 1
        texts: dict[int, str] = {}
        for place, text in released:
            texts[place] = texts.get(place, "") + text
        noted = self._noted()
        for place in sorted(texts.keys() | noted.keys()):
            while joined.at < place:
                self._over()
            part = self.parts[place]
            part.show()
            if place == last and event is not None:
                part.send(texts.get(place, ""), noted.get(place, []), event, asked=asked)
                event = None
            else:
                part.send(texts.get(place, ""), noted.get(place, []))
        while joined.step():
            self.parts[joined.at - 1].show()
            self.parts[joined.at - 1].sign()
        if (reached := self.reached) is not None:
            reached.show()
            if event is not None and joined.at == last:
                reached.send("", [], event, asked=asked)

    def _over(self) -> None:
        """What goes out has passed the part that was reached."""
        part = self.parts[self.joined.at]
        part.show()
        part.sign()
        self.joined.at += 1

    def _noted(self) -> dict[int, list[dict[str, Any]]]:
        """The probabilities that may go out now, and did not before, by part."""
        if self._log is None:
            return {}
        fresh = self._log.released(over=self.over or self.joined.cut) or {}
        return {int(kind.removeprefix("content/")): entries for kind, entries in fresh.items()}
