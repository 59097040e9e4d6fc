"""What chat and text completions have in common on the way back: choices that end one by one, counts, and an end."""

from __future__ import annotations

from typing import Any, Final, Generic, Protocol, TypeVar

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import errors, explain
from gateway.wire.leaves import Judge, Leaves

DONE: Final = b"[DONE]"
HEAD: Final[tuple[str, ...]] = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
"""Members that every event of a stream repeats."""
CUT: Final = "content_filter"
"""Why a choice ended that was cut."""


class Ending(Protocol):
    """One choice. ``cut``: nothing of it may follow; ``over``: it ended by itself."""

    cut: bool
    over: bool


C = TypeVar("C", bound=Ending)


class Choices(Generic[C]):
    """An answer of ``n`` choices. ``include_usage``: whether a stream ends with the counts of tokens."""

    __slots__ = ("_beside", "_choices", "_closed", "_ended", "_head", "_include_usage", "_judge", "_n", "_reported",
                 "_usage")  # fmt: skip

    def __init__(self, judge: Judge, n: int, *, include_usage: bool) -> None:
        self._judge, self._n, self._include_usage = judge, n, include_usage
        self._choices: dict[int, C] = {}
        self._beside = Leaves(judge, -1)
        self._head: dict[str, Any] = {}
        self._usage: dict[str, Any] | None = None
        self._reported = self._ended = self._closed = False

    @property
    def done(self) -> bool:
        """Every choice is over and one was cut: the model server need not go on."""
        choices = self._choices.values()
        cut = any(each.cut for each in choices)
        return cut and len(choices) >= self._n and all(each.cut or each.over for each in choices)

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the prompts and of the answer, as far as the model server has said."""
        said = self._usage or {}
        prompt, completion = said.get("prompt_tokens"), said.get("completion_tokens")
        return prompt if type(prompt) is int else 0, completion if type(completion) is int else 0

    def fail(self, error: ApiError) -> bytes:
        """The stream was lost: held text stays held, an error frame ends the stream, no ``[DONE]``."""
        if self._closed:
            return b""
        self._closed = True
        return errors.frame(error)

    def _check_ended(self) -> None:
        """Raises UpstreamFailed where the stream ended before its choices did, unless ``[DONE]`` was fed."""
        choices = self._choices.values()
        if not self._ended and (len(choices) < self._n or not all(each.cut or each.over for each in choices)):
            raise UpstreamFailed("The model server's stream ended before its answer did.")

    def _ending(self) -> bytes:
        """What follows all choices of a stream: what is owed of it, and ``[DONE]``."""
        out = []
        if self._include_usage and self._usage is not None and not self._reported:
            out.append(event({**self._head, "choices": [], "usage": self._usage}))
        if told := explain.member(self._judge):
            out.append(event({**self._head, "choices": [], **told}))
        self._closed = True
        out.append(b"data: %b\n\n" % DONE)
        return b"".join(out)


def event(chunk: dict[str, Any]) -> bytes:
    """``chunk`` as an event to send out."""
    return b"data: %b\n\n" % orjson.dumps(chunk)
