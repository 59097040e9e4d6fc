"""One text of an answer on its way: what was said of it, what of it went out, and what is noted about it.

It is the only truth about its text. Whatever repeats it later (the event that ends it, its part, its item, the whole
response) is written from here, never judged a second time, so nothing can differ from what was released.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.wire.chat.logprobs import Logprobs
from gateway.wire.leaves import CONTEXT, Leaves, malformed


class Text:
    """``before``: the text that this one reads on from, which is out. ``out``: the pieces that went out of this one.
    ``ended``: no more of it will come.
    """

    __slots__ = ("_before", "_log", "_said", "_taken", "ended", "entries", "out", "stream")

    def __init__(self, leaves: Leaves, name: str, *, logprobs: bool = False, before: str = "") -> None:
        self.stream = leaves.open(name)
        self.stream.follow(before)
        self._before = before
        self._log = Logprobs(leaves) if logprobs else None
        self._said: list[str] = []
        self._taken = 0
        self.out: list[str] = []
        self.entries: list[dict[str, Any]] = []
        """The probabilities of the tokens that went out, as far as they were asked for."""
        self.ended = False

    @property
    def bare(self) -> bool:
        """Whether nothing but the text is to be judged."""
        return self._log is None

    @property
    def said(self) -> str:
        """The end of what was said so far, as far as a text that reads on from it needs to know."""
        return (self._before + "".join(self._said))[-CONTEXT:]

    @property
    def released(self) -> str:
        """All of the text that went out."""
        return "".join(self.out)

    def feed(self, text: str, logprobs: Any = None) -> str:
        """The next piece, and what may go out now; ``stream.cut`` is true when that was the last of it."""
        self._said.append(text)
        if logprobs is not None and type(logprobs) is not list:
            raise malformed()
        if self._log is None:
            released = self.stream.feed(text)
        else:
            released = self._log.feed(self.stream, text)
            self._log.take({"content": logprobs} if logprobs else None)
            self._taken += len(logprobs or ())
        if released:
            self.out.append(released)
        return released

    def finish(self) -> str:
        """The text has ended; the rest of it."""
        if self.ended or self.stream.cut:
            self.ended = True
            return ""
        self.ended = True
        released = self.stream.finish() if self._log is None else self._log.finish(self.stream)
        if released:
            self.out.append(released)
        return released

    def noted(self) -> list[dict[str, Any]]:
        """The probabilities that may go out now, and did not before."""
        if self._log is None:
            return []
        fresh = (self._log.released(over=self.ended or self.stream.cut) or {}).get("content", [])
        self.entries += fresh
        return fresh  # type: ignore[no-any-return]

    def missing(self, whole: Any) -> str:
        """What of the ``whole`` text, as the model server repeats it, has not come yet.

        A repetition that is another text is none: what was said first was judged and may have gone out.
        """
        if type(whole) is not str or self.ended:
            return ""
        said = "".join(self._said)
        return whole[len(said) :] if len(whole) > len(said) and whole.startswith(said) else ""

    def unheard(self, logprobs: Any) -> Any:
        """Those of the whole text's ``logprobs`` that did not come with its pieces."""
        return logprobs[self._taken :] if type(logprobs) is list else None

    def add(self, words: str) -> None:
        """The refusal, after a cut."""
        self.out.append(words)

    def moved(self, annotations: Iterable[Any]) -> list[Any]:
        """``annotations`` with their places in the text as it went out; without those whose own words were edited."""
        return [each for each in (_moved(one, self.stream.moves) for one in annotations) if each is not None]


def _moved(annotation: Any, moves: list[tuple[int, int, int]]) -> Any:
    if type(annotation) is not dict:
        return annotation
    start, end = annotation.get("start_index"), annotation.get("end_index")
    if type(start) is not int or type(end) is not int:
        return annotation
    by = 0
    for first, last, length in moves:
        if first < end and start < last:
            return None
        if last <= start:
            by += length - (last - first)
    return {**annotation, "start_index": start + by, "end_index": end + by} if by else annotation
