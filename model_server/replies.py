"""The JSON shapes of vLLM's answers, whole and streamed, so that clients cannot tell the engines apart."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from model_server.engine import Piece, Scored
from model_server.vocabulary import Vocabulary

DONE = b"data: [DONE]\n\n"


def usage(prompt: int, completion: int) -> dict[str, Any]:
    """Token counts; details are null, as vLLM sends them without prefix caching details."""
    return {
        "prompt_tokens": prompt,
        "total_tokens": prompt + completion,
        "completion_tokens": completion,
        "prompt_tokens_details": None,
    }


def frame(payload: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


@dataclass(slots=True)
class Part:
    """What a choice got since it was last reported."""

    text: str = ""
    tokens: list[Scored] = field(default_factory=list)
    reason: str | None = None
    stop: str | int | None = None

    def add(self, piece: Piece) -> None:
        self.text += piece.text
        if piece.token is not None:
            self.tokens.append(piece.token)
        self.reason, self.stop = piece.reason or self.reason, piece.stop if piece.reason else self.stop

    def extend(self, later: Part) -> None:
        self.text += later.text
        self.tokens += later.tokens
        self.reason, self.stop = later.reason or self.reason, later.stop if later.reason else self.stop


class ChatShape:
    """Bodies and chunks of /v1/chat/completions."""

    whole, chunk = "chat.completion", "chat.completion.chunk"

    def __init__(self, model: str, vocabulary: Vocabulary, logprobs: bool) -> None:
        self.id, self.created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
        self._model, self._vocabulary, self._logprobs = model, vocabulary, logprobs

    def envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self._model, "choices": choices}

    def _entry(self, token: int, logprob: float | None) -> dict[str, Any]:
        raw = self._vocabulary.token_bytes(token)
        return {"token": raw.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(raw)}

    def _scores(self, tokens: list[Scored]) -> dict[str, Any] | None:
        if not self._logprobs:
            return None
        content = []
        for scored in tokens:
            rivals = [self._entry(token, logprob) for token, logprob in scored.top]
            content.append(self._entry(scored.token, scored.logprob) | {"top_logprobs": rivals})
        return {"content": content}

    def choice(self, index: int, part: Part) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": part.text, "refusal": None, "tool_calls": []}
        return {
            "index": index,
            "message": message,
            "logprobs": self._scores(part.tokens),
            "finish_reason": part.reason,
            "stop_reason": part.stop,
        }

    def openings(self, index: int) -> list[dict[str, Any]]:
        delta = {"role": "assistant", "content": ""}
        return [{"index": index, "delta": delta, "logprobs": None, "finish_reason": None}]

    def deltas(self, index: int, part: Part) -> list[dict[str, Any]]:
        """The content (if any) and then the end (if it ended), as separate chunks."""
        out: list[dict[str, Any]] = []
        scores = self._scores(part.tokens) if part.tokens else None
        if part.text:
            out.append({"index": index, "delta": {"content": part.text}, "logprobs": scores, "finish_reason": None})
            scores = None
        if part.reason is not None:
            out.append({"index": index, "delta": {}, "logprobs": scores, "finish_reason": part.reason})
            out[-1]["stop_reason"] = part.stop
        elif scores is not None and not part.text:
            out.append({"index": index, "delta": {"content": ""}, "logprobs": scores, "finish_reason": None})
        return out


class TextShape:
    """Bodies and chunks of /v1/completions."""

    whole = chunk = "text_completion"

    def __init__(self, model: str, vocabulary: Vocabulary, logprobs: bool) -> None:
        self.id, self.created = f"cmpl-{uuid.uuid4().hex}", int(time.time())
        self._model, self._vocabulary, self._logprobs = model, vocabulary, logprobs
        self._offsets: dict[int, int] = {}

    def envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self._model, "choices": choices}

    def _scores(self, index: int, tokens: list[Scored]) -> dict[str, Any] | None:
        if not self._logprobs:
            return None
        offset = self._offsets.get(index, 0)
        offsets, names, tops = [], [], []
        for scored in tokens:
            name = self._vocabulary.token_text(scored.token)
            offsets.append(offset)
            names.append(name)
            offset += len(name)
            tops.append(self._rivals(scored))
        self._offsets[index] = offset
        logprobs = [scored.logprob for scored in tokens]
        return {"text_offset": offsets, "token_logprobs": logprobs, "tokens": names, "top_logprobs": tops}

    def _rivals(self, scored: Scored) -> dict[str, float] | None:
        if scored.logprob is None:
            return None
        rivals: dict[str, float] = {}
        for token, logprob in (*scored.top, (scored.token, scored.logprob)):
            rivals.setdefault(self._vocabulary.token_text(token), logprob)
        return rivals

    def choice(self, index: int, part: Part) -> dict[str, Any]:
        return {
            "index": index,
            "text": part.text,
            "logprobs": self._scores(index, part.tokens),
            "finish_reason": part.reason,
            "stop_reason": part.stop,
        }

    def openings(self, index: int) -> list[dict[str, Any]]:
        return []

    def deltas(self, index: int, part: Part) -> list[dict[str, Any]]:
        return [self.choice(index, part)] if part.text or part.tokens or part.reason else []
