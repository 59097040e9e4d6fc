"""The way back: a text completion judged on its way to the caller, in one piece or as it streams.

A plain answer is a stream of one event: both run through the same ``_Choice``. What was cut ends in the policy's
refusal and ``content_filter``, for its choice alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.wire import errors, explain
from gateway.wire.around import judge_around, judge_beside
from gateway.wire.choices import CUT, DONE, HEAD, Choices, event
from gateway.wire.completions.fields import ANSWER
from gateway.wire.completions.logprobs import TextLogprobs
from gateway.wire.envelope import read_answer
from gateway.wire.leaves import Judge, Leaves, Stream, malformed
from gateway.wire.shape import Shape

if TYPE_CHECKING:
    from gateway.wire.completions.request import CompletionRequest

_CHOICE = ANSWER.children["choices"].below("*")
_OWN = frozenset({"index", "text", "logprobs", "finish_reason"})


class _Choice:
    """The text of one choice and its entries. ``cut``: nothing of it may follow; ``over``: it ended by itself."""

    __slots__ = ("_judge", "_log", "_stream", "cut", "index", "leaves", "over")

    @property
    def live(self) -> Stream | None:
        """The text's stream, while nothing but text is to be judged."""
        return self._stream if self._log is None else None

    def __init__(self, judge: Judge, index: int, *, logprobs: bool) -> None:
        self._judge, self.index = judge, index
        self.leaves = Leaves(judge, index)
        self._log = TextLogprobs(self.leaves) if logprobs else None
        self._stream: Stream | None = None
        self.cut = self.over = False

    def take(self, raw: dict[str, Any], *, last: bool) -> bool:
        """Judge ``raw`` in place; ``last``: nothing follows it. False when nothing of it may go out yet."""
        judge_around(self, raw, _CHOICE, _OWN)
        text, logprobs, reason = raw.get("text"), raw.get("logprobs"), raw.get("finish_reason")
        if type(text) is not str or (self.over and text):
            raise malformed()
        if "logprobs" in raw:
            raw["logprobs"] = None
        if self.over:
            return True
        last = last or reason is not None
        raw["text"] = "" if self.cut else self._judged(text, logprobs, last)
        self.cut = self.cut or self.leaves.cut
        if last or self.cut:
            self.end(raw)
            return True
        columns = self._log.columns() if self._log is not None else None
        if columns is not None:
            raw["logprobs"] = columns
        return bool(raw["text"] or not text or columns is not None)

    def end(self, raw: dict[str, Any]) -> None:
        """The text has ended: its rest, its last entries and, where it was cut, the refusal go into ``raw``."""
        stream, self._stream = self._stream, None
        if stream is not None and not stream.cut:
            rest = self._log.finish(stream) if self._log is not None else stream.finish()
            raw["text"] += "" if self.cut else rest  # after a cut elsewhere it is finished for its findings only
            self.cut = self.cut or stream.cut
        if self._log is not None:
            raw["logprobs"] = self._log.columns(over=True)
            self.cut = self.cut or self.leaves.cut
        if self.cut:
            raw["text"] += self._judge.refusal(self.index)
            raw["finish_reason"] = CUT
            raw.pop("stop_reason", None)
        self.over = True

    def _judged(self, text: str, logprobs: Any, last: bool) -> str:
        stream = self._stream
        if stream is None:
            stream = self._stream = self.leaves.open("text")
        if self._log is not None:
            out = self._log.feed(stream, text)
            self._log.take(logprobs)
        elif last:  # nothing follows, so nothing of it need be held
            out, self._stream = stream.finish(text), None
        else:
            out = stream.feed(text)
        self.cut = stream.cut
        return out


class Answer(Choices[_Choice]):
    """One answer. ``feed``, ``finish`` and ``complete`` raise UpstreamFailed when it cannot be judged."""

    __slots__ = ("_logprobs", "_shape", "_shaped")

    def __init__(self, exchange: Judge, request: CompletionRequest) -> None:
        super().__init__(exchange, request.choices, include_usage=request.include_usage)
        self._logprobs = request.logprobs
        self._shape: Shape | None = None
        self._shaped: _Choice | None = None
        """The choice whose events have ``_shape``."""

    # -- a stream ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> bytes:
        """The data of one event in, the events to send out; empty when nothing may go out yet."""
        if self._closed:
            return b""
        shape, shaped = self._shape, self._shaped
        live = shaped.live if shaped is not None else None
        if shape is not None and live is not None and (text := shape.text(data)):
            released = live.feed(text)
            if not live.cut:
                return shape.event(released) if released else b""
            return self._cut(orjson.loads(shape.event(released).removeprefix(b"data: ")))
        try:
            chunk = orjson.loads(data)
        except orjson.JSONDecodeError:
            if data.strip() == DONE:
                self._ended = True
                return b""
            chunk = None  # raised below: an error raised here would carry the text as its context
        choices = self._checked(chunk)
        if not choices:
            self._reported = self._reported or type(chunk.get("usage")) is dict
            return event(chunk)
        if not self._head:
            self._head = {key: chunk[key] for key in HEAD if key in chunk}
        out = []
        self._shape = None
        for raw in choices:
            choice = self._choice(raw)
            said: Any = raw.get("text")
            if not (choice.cut and choice.over) and choice.take(raw, last=False):
                out.append(raw)
            if len(choices) == 1 and choice.live is not None and said and chunk.get("usage") is None:
                told = {**raw, "text": said}
                self._shape, self._shaped = Shape.of(data, {**chunk, "choices": [told]}, told, "text"), choice
        return event({**chunk, "choices": out}) if out else b""

    def _cut(self, chunk: dict[str, Any]) -> bytes:
        """The end of the choice whose text was cut in ``chunk``, which holds what was released of it."""
        choice, (raw,) = self._choice(chunk["choices"][0]), chunk["choices"]
        self._shape, choice.cut = None, True
        choice.end(raw)
        return event(chunk)

    def finish(self) -> bytes:
        """The stream has ended: the rest, what is owed, and ``[DONE]``.

        Raises UpstreamFailed when it ended before its choices did, unless ``[DONE]`` was fed.
        """
        if self._closed:
            return b""
        self._check_ended()
        out = []
        for choice in self._choices.values():
            if not choice.over:
                raw: dict[str, Any] = {"index": choice.index, "text": "", "logprobs": None, "finish_reason": None}
                choice.end(raw)
                out.append(event({**self._head, "choices": [raw]}))
        return b"".join([*out, self._ending()])

    # -- a plain answer ------------------------------------------------------------------------

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = read_answer(body)
        choices = self._checked(answer)
        if not choices:
            raise malformed()
        for at, raw in enumerate(choices):
            if type(raw) is dict:
                raw.setdefault("index", at)
            choice = self._choice(raw)
            if choice.over:
                raise malformed()
            choice.take(raw, last=True)
        self._closed = True
        return orjson.dumps({**answer, **explain.member(self._judge)})

    # -- both ----------------------------------------------------------------------------------

    def _checked(self, answer: Any) -> list[Any]:
        """The choices of ``answer``; what stands beside them is judged."""
        if type(answer) is not dict:
            raise malformed()
        if answer.get("error") is not None:
            raise errors.reported(answer["error"])
        choices = answer.get("choices")
        if type(choices) is not list:
            raise malformed()
        if type(answer.get("usage")) is dict:
            self._usage = answer["usage"]
        judge_beside(self._beside, answer, ANSWER)
        return choices

    def _choice(self, raw: Any) -> _Choice:
        index = raw.get("index") if type(raw) is dict else None
        if type(index) is not int or not 0 <= index < self._n:
            raise malformed()
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice(self._judge, index, logprobs=self._logprobs)
        return choice
