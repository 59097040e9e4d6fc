"""Token probabilities in the shape of text completions: four lists side by side, one element a token.

They are held back and dropped as those of chat completions are. As no entry of a text goes out from its first
edit on, the offsets of those that do are right in the text that goes out.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from gateway.wire.chat.logprobs import Logprobs
from gateway.wire.leaves import malformed

_TEXT = "text"
_NUMBERS = (int, float, type(None))


class TextLogprobs(Logprobs):
    """The entries of one choice that wait for their text."""

    __slots__ = ()

    def take(self, logprobs: Any) -> None:
        """The entries that came with the text fed since the last call. Raises UpstreamFailed for odd ones."""
        texts, self._texts = self._texts, []
        if logprobs is None:
            return
        self._queue(_TEXT, _entries(logprobs), texts)

    def columns(self, *, over: bool = False) -> dict[str, list[Any]] | None:
        """What may go out now, as the four lists; ``over`` when no text will follow."""
        found = self.released(over=over)
        if found is None:
            return None
        rows: list[dict[str, Any]] = found[_TEXT]
        return {
            "text_offset": [row["offset"] for row in rows], "token_logprobs": [row["logprob"] for row in rows],
            "tokens": [row["token"] for row in rows], "top_logprobs": [row["top"] for row in rows],
        }


def _entries(logprobs: Any) -> list[dict[str, Any]]:
    if type(logprobs) is not dict:
        raise malformed()
    columns = [logprobs.get(name) or [] for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset")]
    if any(type(column) is not list or len(column) > len(columns[0]) for column in columns):
        raise malformed()
    return [_entry(*row) for row in zip_longest(*columns)]


def _entry(token: Any, logprob: Any, top: Any, offset: Any) -> dict[str, Any]:
    if type(token) is not str or type(logprob) not in _NUMBERS or type(offset) not in (int, type(None)):
        raise malformed()
    if top is not None and (type(top) is not dict or any(type(each) not in _NUMBERS for each in top.values())):
        raise malformed()
    return {"token": token, "logprob": logprob, "top": top, "offset": offset}
