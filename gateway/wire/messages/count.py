"""The way back of ``count_tokens``: a number, and nothing that was not judged beside it."""

from __future__ import annotations

import orjson

from gateway.errors import ApiError
from gateway.wire import explain
from gateway.wire.leaves import Judge, Leaves, malformed
from gateway.wire.messages.around import count, judge_beside, whole
from gateway.wire.messages.errors import frame


class CountAnswer:
    """One count. It never streams, so ``feed`` and ``finish`` raise UpstreamFailed."""

    __slots__ = ("_beside", "_judge")

    def __init__(self, judge: Judge) -> None:
        self._judge, self._beside = judge, Leaves(judge, -1)

    @property
    def done(self) -> bool:
        """There is nothing to cut."""
        return False

    @property
    def usage(self) -> tuple[int, int]:
        """No tokens were used: they were only counted."""
        return 0, 0

    def feed(self, data: bytes) -> bytes:
        """Raises UpstreamFailed."""
        raise malformed()

    def finish(self) -> bytes:
        """Raises UpstreamFailed."""
        raise malformed()

    def fail(self, error: ApiError) -> bytes:
        """The API's error event."""
        return frame(error)

    def complete(self, body: bytes) -> bytes:
        """A whole answer in, the answer to send out. Raises UpstreamFailed where it holds no count."""
        answer = whole(body)
        if count(answer, "input_tokens") < 0 or type(answer.get("input_tokens")) is not int:
            raise malformed()
        judge_beside(self._beside, answer)
        return orjson.dumps({**answer, **explain.member(self._judge)})
