"""The way back of embeddings: vectors pass as the numbers that they are, every string beside them is judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import ApiError, UpstreamFailed
from gateway.wire import errors, explain
from gateway.wire.around import judge_beside
from gateway.wire.embeddings.fields import ANSWER
from gateway.wire.envelope import read_answer
from gateway.wire.fields import DROPPED_FROM_ANSWERS
from gateway.wire.leaves import Judge, Leaves, malformed

if TYPE_CHECKING:
    from gateway.wire.embeddings.request import EmbeddingsRequest

MAX_DIMENSIONS = 1 << 16
_MAX_BASE64 = MAX_DIMENSIONS * 8 * 4 // 3 + 4
_base64 = re.compile(r"[A-Za-z0-9+/]+={0,2}").fullmatch
_VECTOR = ANSWER.children["data"].below("*")
_NUMBERS = frozenset({int, float})


class Answer:
    """One answer. ``complete`` raises UpstreamFailed when it cannot be judged; nothing of it is streamed."""

    __slots__ = ("_beside", "_inputs", "_judge", "_usage")

    def __init__(self, exchange: Judge, request: EmbeddingsRequest) -> None:
        self._inputs, self._judge = request.inputs, exchange
        self._beside = Leaves(exchange, -1)
        self._usage: dict[str, Any] = {}

    @property
    def done(self) -> bool:
        return False

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the inputs, as far as the model server has said; there are none of an answer."""
        count = self._usage.get("prompt_tokens")
        return count if type(count) is int else 0, 0

    def feed(self, data: bytes) -> bytes:
        raise malformed()

    def finish(self) -> bytes:
        raise malformed()

    def fail(self, error: ApiError) -> bytes:
        return errors.frame(error)

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out."""
        answer = read_answer(body)
        if answer.get("error") is not None:
            raise errors.reported(answer["error"])
        vectors = answer.get("data")
        if type(vectors) is not list or not 0 < len(vectors) <= self._inputs:
            raise malformed()
        if type(answer.get("usage")) is dict:
            self._usage = answer["usage"]
        judge_beside(self._beside, answer, ANSWER, "data")
        for vector in vectors:
            self._vector(vector)
        return orjson.dumps({**answer, **explain.member(self._judge)})

    def _vector(self, vector: Any) -> None:
        """Judge, in place, what stands beside the numbers. Raises UpstreamFailed for a block, or for no numbers."""
        if type(vector) is not dict or type(vector.get("index")) is not int:
            raise malformed()
        numbers = vector.get("embedding")
        if type(numbers) is list:
            if not numbers or len(numbers) > MAX_DIMENSIONS or not _NUMBERS.issuperset(map(type, numbers)):
                raise malformed()
        elif type(numbers) is not str or len(numbers) > _MAX_BASE64 or _base64(numbers) is None:
            raise malformed()
        beside = self._beside
        for key in tuple(vector):
            if key in DROPPED_FROM_ANSWERS:
                del vector[key]
            elif key != "embedding":
                if key not in _VECTOR.children and beside.whole(f"data/{key}/~key", key) != key:
                    del vector[key]
                else:
                    beside.nested(vector, key, _VECTOR.below(key), f"data/{key}")
        if beside.cut:
            raise UpstreamFailed("The model server's answer was stopped: a policy blocks what stands beside it.")
