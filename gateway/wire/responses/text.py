"""One text of an answer on its way: what was said of it, what of it went out, and what is noted about it.

It is the only truth about its text. Whatever repeats it later (the event that ends it, its part, its item, the whole
response) is written from here, never judged a second time, so nothing can differ from what was released.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class Text:
    """``out``: the pieces that went out of it; ``ended``: no more of it will come."""

    __slots__ = ("_said", "_taken", "ended", "entries", "out")

    def __init__(self) -> None:
        self._said: list[str] = []
        self._taken = 0
        self.out: list[str] = []
        self.entries: list[dict[str, Any]] = []
        """The probabilities of the tokens that went out, as far as they were asked for."""
        self.ended = False

    @property
    def released(self) -> str:
        """All of the text that went out."""
        return "".join(self.out)

    def heard(self, text: str, logprobs: Sequence[Any] = ()) -> None:
        """The next piece has come."""
        self._said.append(text)
        self._taken += len(logprobs)

    def went(self, text: str, entries: list[dict[str, Any]]) -> None:
        """A piece goes out, with the probabilities of its tokens."""
        if text:
            self.out.append(text)
        self.entries += entries

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


def moved(annotations: Iterable[Any], moves: Iterable[tuple[int, int, int]], begin: int, over: int) -> list[Any]:
    """``annotations`` with their places in a text as it went out; without those whose own words were edited.

    ``moves`` are a stream's, in which the text begins at ``begin`` and is ``over``; what took the place of a part that
    began before stands before.
    """
    own = [(max(0, start - begin), end - begin, length if start >= begin else 0)
           for start, end, length in moves if end > begin and start < over]  # fmt: skip
    return [each for each in (_moved(one, own) for one in annotations) if each is not None]


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
