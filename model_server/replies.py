"""The JSON shapes of vLLM's answers, whole and streamed, so that clients cannot tell the engines apart."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from model_server.engine import Piece, Scored
from model_server.vocabulary import TokenNames, Vocabulary

DONE = b"data: [DONE]\n\n"
FINGERPRINT = "wardgate-embedded-0.32.0"
"""vLLM names itself in whole answers and in a stream's last chunk."""
NOTHING = {"service_tier": None, "system_fingerprint": FINGERPRINT}
UNMEASURED: dict[str, None] = dict.fromkeys(("kv_transfer_params", "ec_transfer_params", "metrics"))
"""vLLM sends the fields that were not asked for as null; guards and clients must meet them here too."""


def answer(payload: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON body with vLLM's content type, which names no charset."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


def usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "total_tokens": prompt + completion, "completion_tokens": completion}


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


class _Shape:
    """What both endpoints' answers share; token names go on from chunk to chunk, per choice."""

    chunk: str

    def __init__(self, kind: str, model: str, vocabulary: Vocabulary, logprobs: bool) -> None:
        self.id, self.created = f"{kind}-{uuid.uuid4().hex}", int(time.time())
        self._model, self._vocabulary, self._logprobs = model, vocabulary, logprobs
        self._names: dict[int, TokenNames] = {}

    def envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self._model, "choices": choices}

    def names(self, index: int) -> TokenNames:
        return self._names.setdefault(index, TokenNames(self._vocabulary))

    def extras(self, choice: dict[str, Any]) -> dict[str, Any]:
        """Fields of a chunk that stand beside its choice."""
        return {}


class ChatShape(_Shape):
    """Bodies and chunks of /v1/chat/completions."""

    chunk = "chat.completion.chunk"

    def __init__(self, model: str, vocabulary: Vocabulary, logprobs: bool) -> None:
        super().__init__("chatcmpl", model, vocabulary, logprobs)

    def body(self, choices: list[dict[str, Any]], used: dict[str, int]) -> dict[str, Any]:
        counts = used | {"prompt_tokens_details": None, "completion_tokens_details": None}
        unasked = {"prompt_logprobs": None, "prompt_token_ids": None, "prompt_text": None, **UNMEASURED}
        return self.envelope("chat.completion", choices) | NOTHING | {"usage": counts} | unasked

    def _scores(self, index: int, tokens: list[Scored]) -> dict[str, Any] | None:
        if not self._logprobs:
            return None
        names, content = self.names(index), []
        for scored in tokens:
            rivals = [_entry(names.peek(token), logprob) for token, logprob in scored.top]
            content.append(_entry(names.take(scored.token), scored.logprob) | {"top_logprobs": rivals})
        return {"content": content}

    def choice(self, index: int, part: Part) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": part.text, "refusal": None, "annotations": None}
        message |= {"audio": None, "function_call": None, "reasoning": None}
        return {
            "index": index,
            "message": message,
            "logprobs": self._scores(index, part.tokens),
            "finish_reason": part.reason,
            "stop_reason": part.stop,
            "token_ids": None,
            "routed_experts": None,
        }

    def openings(self, index: int) -> list[dict[str, Any]]:
        delta = {"role": "assistant", "content": ""}
        return [{"index": index, "delta": delta, "logprobs": None, "finish_reason": None}]

    def extras(self, choice: dict[str, Any]) -> dict[str, Any]:
        return {"prompt_token_ids": None, "prompt_text": None} if "role" in choice["delta"] else {}

    def deltas(self, index: int, part: Part) -> list[dict[str, Any]]:
        """One chunk with the text that came and, if the choice ended with it, the end."""
        if not (part.text or part.reason or (part.tokens and self._logprobs)):
            return []
        scores = self._scores(index, part.tokens) if part.tokens else None
        end = {"stop_reason": part.stop} if part.reason else {}
        out = {"index": index, "delta": {"content": part.text}, "logprobs": scores, "finish_reason": part.reason}
        return [out | end | {"token_ids": None}]


def _entry(name: str, logprob: float | None) -> dict[str, Any]:
    return {"token": name, "logprob": logprob, "bytes": list(name.encode())}


class TextShape(_Shape):
    """Bodies and chunks of /v1/completions."""

    chunk = "text_completion"

    def __init__(self, model: str, vocabulary: Vocabulary, logprobs: bool) -> None:
        super().__init__("cmpl", model, vocabulary, logprobs)
        self._offsets: dict[int, int] = {}

    def body(self, choices: list[dict[str, Any]], used: dict[str, int]) -> dict[str, Any]:
        counts = used | {"prompt_tokens_details": None, "completion_tokens_details": None}
        whole = [choice | {"prompt_logprobs": None, "routed_experts": None} for choice in choices]
        return self.envelope("text_completion", whole) | NOTHING | {"usage": counts} | UNMEASURED

    def _scores(self, index: int, tokens: list[Scored]) -> dict[str, Any] | None:
        if not self._logprobs:
            return None
        offset, spelling = self._offsets.get(index, 0), self.names(index)
        offsets, names, tops = [], [], []
        for scored in tokens:
            tops.append(self._rivals(spelling, scored))
            name = spelling.take(scored.token)
            offsets.append(offset)
            names.append(name)
            offset += len(name)
        self._offsets[index] = offset
        logprobs = [scored.logprob for scored in tokens]
        return {"text_offset": offsets, "token_logprobs": logprobs, "tokens": names, "top_logprobs": tops}

    def _rivals(self, names: TokenNames, scored: Scored) -> dict[str, float] | None:
        if scored.logprob is None:
            return None
        rivals: dict[str, float] = {}
        for token, logprob in ((scored.token, scored.logprob), *scored.top):
            rivals.setdefault(names.peek(token), logprob)
        return rivals

    def choice(self, index: int, part: Part) -> dict[str, Any]:
        return {
            "index": index,
            "text": part.text,
            "logprobs": self._scores(index, part.tokens),
            "finish_reason": part.reason,
            "stop_reason": part.stop,
            "token_ids": None,
            "prompt_token_ids": None,
        }

    def openings(self, index: int) -> list[dict[str, Any]]:
        return []

    def deltas(self, index: int, part: Part) -> list[dict[str, Any]]:
        return [self.choice(index, part)] if part.text or part.tokens or part.reason else []
