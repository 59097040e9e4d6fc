"""The way back: a chat completion judged on its way to the caller, in one piece or as it streams.

Both go through the same ``Choice``: a plain answer is a stream of one delta per choice. What was cut ends in
the policy's refusal and ``content_filter``, for its choice alone; what cannot be read is never relayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateway.wire import errors, explain
from gateway.wire.around import judge_around, judge_beside
from gateway.wire.chat.choice import Choice
from gateway.wire.chat.fields import ANSWER
from gateway.wire.chat.logprobs import KINDS
from gateway.wire.choices import CUT, DONE, HEAD, Choices, event
from gateway.wire.envelope import read_answer
from gateway.wire.leaves import Judge, malformed
from gateway.wire.shape import Shape

if TYPE_CHECKING:
    from gateway.wire.chat.request import ChatRequest

_PLAIN_CHUNK: Final = frozenset({"id", "object", "created", "model", "choices", "system_fingerprint", "service_tier",
                                 "usage", "obfuscation"})  # fmt: skip
_PLAIN_CHOICE: Final = frozenset({"index", "delta", "logprobs", "finish_reason"})
_CHOICE: Final = ANSWER.children["choices"].below("*")
_OWN: Final = frozenset({"index", "delta", "message", "logprobs", "finish_reason"})


class Answer(Choices[Choice]):
    """One answer. ``feed``, ``finish`` and ``complete`` raise UpstreamFailed when it cannot be judged."""

    __slots__ = ("_logprobs", "_shape", "_shaped")

    def __init__(self, exchange: Judge, request: ChatRequest) -> None:
        super().__init__(exchange, request.n, include_usage=request.include_usage)
        self._logprobs = request.body.get("logprobs") is True
        self._shape: Shape | None = None
        self._shaped: Choice | None = None
        """The choice whose events have ``_shape``."""

    # -- a stream ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> bytes:
        """The data of one event in, the events to send out; empty when nothing may go out yet."""
        if self._closed:
            return b""
        shape, shaped = self._shape, self._shaped
        if shape is not None and shaped is not None and shaped.content is not None and (same := shape.text(data)):
            released = shaped.content.feed(same)
            if shaped.content.cut:
                return self._cut(shaped, orjson.loads(data), released)
            return shape.event(released) if released else b""
        try:
            chunk = orjson.loads(data)
        except orjson.JSONDecodeError:
            if data.strip() == DONE:
                self._ended = True
                return b""
            chunk = None  # raised below, not here: an error raised here would carry the text as its context
        if type(chunk) is not dict:
            raise malformed()
        choices = chunk.get("choices")
        if type(choices) is list and len(choices) == 1 and chunk.keys() <= _PLAIN_CHUNK and chunk.get("usage") is None:
            # A token of text, as nearly every event is one: nothing else in it, and nothing to end.
            raw = choices[0]
            if type(raw) is dict and raw.keys() <= _PLAIN_CHOICE:
                delta, index = raw.get("delta"), raw.get("index")
                choice = self._choices.get(index) if type(index) is int else None
                if (
                    choice is not None and choice.content is not None and type(delta) is dict and len(delta) == 1
                    and raw.get("finish_reason") is None and raw.get("logprobs") is None and self._same_head(chunk)
                    and type(text := delta.get("content")) is str
                ):
                    self._shape = Shape.of(data, chunk, delta)
                    self._shaped = choice
                    released = choice.content.feed(text)
                    if choice.content.cut:
                        return self._cut(choice, chunk, released)
                    if not released and text:
                        return b""
                    delta["content"] = released
                    return event(chunk)
        self._shape = None
        return self._feed(chunk, choices)

    def _cut(self, choice: Choice, chunk: dict[str, Any], released: str) -> bytes:
        """The end of a choice whose text was cut within ``chunk``, after ``released``."""
        raw = chunk["choices"][0]
        raw["delta"] = {"content": released} if released else {}
        choice.cut = True
        return self._frames(chunk, [self._last_of(choice, raw, raw["delta"])])

    def finish(self) -> bytes:
        """The stream has ended: the rest, what is owed, and ``[DONE]``.

        Raises UpstreamFailed when it ended before its choices did, unless ``[DONE]`` was fed.
        """
        if self._closed:
            return b""
        self._check_ended()
        out = []
        for choice in self._choices.values():
            if not (choice.cut or choice.over):
                raw: dict[str, Any] = {"index": choice.index, "delta": {}, "finish_reason": None}
                out.append(self._frames(self._head, [self._last_of(choice, raw, raw["delta"])]))
        return b"".join([*out, self._ending()])

    def _feed(self, chunk: dict[str, Any], choices: Any) -> bytes:
        if chunk.get("error") is not None:
            raise errors.reported(chunk["error"])
        if type(choices) is not list:
            raise malformed()
        self._judge_beside(chunk)
        if not choices:
            self._reported = self._reported or type(chunk.get("usage")) is dict
            return event(chunk)
        if not self._head:
            self._head = {key: chunk[key] for key in HEAD if key in chunk}
        pieces = []
        for raw in choices:
            if type(raw) is not dict or type(raw.get("delta")) is not dict:
                raise malformed()
            choice = self._choice(raw)
            if not choice.cut:
                pieces.append(self._delta(choice, raw))
        return self._frames(chunk, pieces)

    def _same_head(self, chunk: dict[str, Any]) -> bool:
        """Whether the strings beside the choice are those that were judged with the first event."""
        known = self._head.get
        return (
            chunk.get("id") == known("id") and chunk.get("model") == known("model")
            and chunk.get("object") == known("object")
            and chunk.get("system_fingerprint") == known("system_fingerprint")
            and chunk.get("service_tier") == known("service_tier")
            and type(chunk.get("created")) is int and "obfuscation" not in chunk
        )

    def _delta(self, choice: Choice, raw: dict[str, Any]) -> list[dict[str, Any]]:
        """What becomes of one choice of a chunk: nothing, one piece, or its end in several."""
        delta, reason = raw["delta"], raw.get("finish_reason")
        empty = not delta
        judge_around(choice, raw, _CHOICE, _OWN)
        choice.take(delta, keep=False)
        self._take_logprobs(choice, raw)
        choice.cut = choice.cut or choice.leaves.cut
        if choice.cut or (reason is not None and not choice.over):
            return self._last_of(choice, raw, delta)
        if not delta and not empty and reason is None and raw.get("logprobs") is None:
            return []
        return [raw]

    def _last_of(self, choice: Choice, raw: dict[str, Any], delta: dict[str, Any]) -> list[dict[str, Any]]:
        """The end of a choice: its rest, the refusal where it was cut, and the reason why it ended."""
        bare = not delta
        rest: dict[str, Any] = {}
        if choice.finish(rest):
            _grow(delta, rest)
        if choice.log is not None:
            self._add_logprobs(raw, choice.log.released(over=True))
            choice.cut = choice.cut or choice.leaves.cut
        end = {**raw, "delta": {}, "logprobs": None} if "logprobs" in raw else {**raw, "delta": {}}
        if choice.cut:
            end["finish_reason"] = CUT
            end.pop("stop_reason", None)
            words = {"content": choice.words(self._judge.refusal(choice.index))}
            pieces = [{"index": choice.index, "delta": words, "finish_reason": None}, end]
        elif bare and rest:
            pieces = [end]
        else:
            return [raw]
        if delta or raw.get("logprobs") is not None:
            raw["delta"], raw["finish_reason"] = delta, None
            raw.pop("stop_reason", None)
            pieces.insert(0, raw)
        return pieces

    def _frames(self, chunk: dict[str, Any], pieces: list[list[dict[str, Any]]]) -> bytes:
        """One event for the first pieces of all choices, then one for each further piece."""
        first = [each[0] for each in pieces if each]
        if not first:
            return b""
        out = [event({**chunk, "choices": first})]
        head = {key: chunk[key] for key in HEAD if key in chunk}
        out += [event({**head, "choices": [more]}) for each in pieces for more in each[1:]]
        return b"".join(out)

    # -- a plain answer ------------------------------------------------------------------------

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = read_answer(body)
        if answer.get("error") is not None:
            raise errors.reported(answer["error"])
        choices = answer.get("choices")
        if type(choices) is not list or not choices:
            raise malformed()
        self._judge_beside(answer)
        for at, raw in enumerate(choices):
            if type(raw) is not dict or type(raw.get("message")) is not dict:
                raise malformed()
            raw.setdefault("index", at)
            self._message(self._choice(raw), raw)
        self._closed = True
        return orjson.dumps({**answer, **explain.member(self._judge)})

    def _message(self, choice: Choice, raw: dict[str, Any]) -> None:
        message = raw["message"]
        if not choice.cut:
            judge_around(choice, raw, _CHOICE, _OWN)
        choice.take(message, keep=True)
        self._take_logprobs(choice, raw)
        choice.cut = choice.cut or choice.leaves.cut
        choice.finish(message)
        if choice.log is not None:
            self._add_logprobs(raw, choice.log.released(over=True))
            choice.cut = choice.cut or choice.leaves.cut
        if choice.cut:
            message["content"] = choice.refused(message.get("content"), self._judge.refusal(choice.index))
            raw["finish_reason"] = CUT
            raw.pop("stop_reason", None)

    # -- both ----------------------------------------------------------------------------------

    def _choice(self, raw: dict[str, Any]) -> Choice:
        index = raw.get("index")
        if type(index) is not int or not 0 <= index < self._n:
            raise malformed()
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = Choice(self._judge, index, logprobs=self._logprobs)
            choice.cut = self._beside.cut
        return choice

    def _judge_beside(self, answer: dict[str, Any]) -> None:
        if type(answer.get("usage")) is dict:
            self._usage = answer["usage"]
        judge_beside(self._beside, answer, ANSWER)

    def _take_logprobs(self, choice: Choice, raw: dict[str, Any]) -> None:
        if raw.get("logprobs") is not None or choice.log is not None:
            logprobs, raw["logprobs"] = raw.get("logprobs"), None
            if choice.log is not None:
                choice.log.take(logprobs)
                self._add_logprobs(raw, choice.log.released(), logprobs or ())

    def _add_logprobs(
        self, raw: dict[str, Any], released: dict[str, Any] | None, came: Iterable[str] = ()
    ) -> None:
        """Put what is ``released`` into ``raw``, in the order in which its kinds ``came``; one may come empty."""
        if released is not None:
            known = raw.get("logprobs") or {kind: None for kind in came if kind in KINDS}
            raw["logprobs"] = {
                kind: [*(known.get(kind) or ()), *released[kind]] if kind in released else known[kind]
                for kind in (*known, *[each for each in released if each not in known])
            }


def _grow(delta: dict[str, Any], rest: dict[str, Any]) -> None:
    """Append ``rest`` to ``delta``, member by member."""
    for key, more in rest.items():
        known = delta.get(key)
        if known is None or known == "":
            delta[key] = more
        elif type(more) is dict:
            _grow(known, more)
        else:
            delta[key] = known + more
