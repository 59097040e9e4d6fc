"""What came back for one sample, in a form that a journal can keep and a metric can judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ANSWERED, REFUSED, CUT, FAILED = "answered", "refused", "cut", "failed"
OUTCOMES = (ANSWERED, REFUSED, CUT, FAILED)
CONNECTION, TIMEOUT, RATE_LIMITED, SERVER, CLIENT, MALFORMED = REASONS = (
    "connection", "timeout", "rate_limited", "server_error", "client_error", "malformed")
"""Why a sample failed, as labels that no caller can influence."""
_DECISION = re.compile(r"\s*\(decision [0-9a-f]{8,}\)\s*\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """``seconds``: the last attempt, from sending to the last byte. ``logprobs``, ``offsets``: the prompt's tokens'.

    ``reason`` is set when ``outcome`` is ``failed``; ``status`` is 0 when there was no HTTP answer. ``cached``: an
    earlier run's answer, whose time is not this run's.
    """

    outcome: str
    text: str = ""
    seconds: float = 0.0
    status: int = 0
    attempts: int = 1
    reason: str = ""
    rules: tuple[str, ...] = ()
    policy: str = ""
    overhead_ms: float | None = None
    logprobs: tuple[float | None, ...] = ()
    offsets: tuple[int, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    cached: bool = False

    def to_json(self) -> dict[str, Any]:
        """The fields that say something."""
        return {name: value for name, value in asdict(self).items() if value not in ("", (), None, 0) or name == "text"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reply:
        """The reverse of ``to_json``; raises TypeError for fields that it does not know."""
        found = dict(data)
        for name in ("rules", "logprobs", "offsets"):
            found[name] = tuple(found.get(name, ()))
        found["ranking"] = tuple((str(name), float(score)) for name, score in found.get("ranking", ()))
        return cls(**found)


def failed(reason: str, *, status: int = 0, attempts: int = 1, seconds: float = 0.0) -> Reply:
    return Reply(FAILED, reason=reason, status=status, attempts=attempts, seconds=seconds)


def read_answer(endpoint: str, status: int, headers: Mapping[str, str], body: Any, seconds: float) -> Reply:
    """A parsed HTTP answer as a reply. ``body`` is the decoded JSON, or None when it was none."""
    about = _about(headers)
    error = body.get("error") if isinstance(body, dict) else None
    if status == 400 and isinstance(error, dict) and error.get("code") == "content_filter":
        return Reply(REFUSED, "", seconds, status, **about)
    if status != 200:
        reason = RATE_LIMITED if status == 429 else SERVER if status >= 500 else TIMEOUT if status == 408 else CLIENT
        return failed(reason, status=status, seconds=seconds)
    try:
        choice = body["choices"][0]
        if endpoint == "completions":
            return _scored(choice, body["usage"]["prompt_tokens"], seconds, status, about)
        text = choice["message"]["content"]
        if text is None:
            text = ""
        if not isinstance(text, str):
            return failed(MALFORMED, status=status, seconds=seconds)
        outcome = CUT if choice.get("finish_reason") == "content_filter" else ANSWERED
        return Reply(outcome, _DECISION.sub("", text) if outcome == CUT else text, seconds, status, **about)
    except (KeyError, IndexError, TypeError, ValueError):
        return failed(MALFORMED, status=status, seconds=seconds)


def _scored(choice: Any, prompt_tokens: int, seconds: float, status: int, about: dict[str, Any]) -> Reply:
    """The prompt's tokens with their log-probabilities; the first has none, as nothing stands before it."""
    found = choice["logprobs"]
    numbers = tuple(None if value is None else float(value) for value in found["token_logprobs"][:prompt_tokens])
    offsets = tuple(int(value) for value in found["text_offset"][:prompt_tokens])
    if len(numbers) != prompt_tokens or len(offsets) != prompt_tokens or None in numbers[1:]:
        return failed(MALFORMED, status=status, seconds=seconds)
    return Reply(ANSWERED, "", seconds, status, logprobs=numbers, offsets=offsets, **about)


def _about(headers: Mapping[str, str]) -> dict[str, Any]:
    """What a gateway of ours says in its headers; nothing for any other server."""
    rules = tuple(rule.strip() for rule in headers.get("x-wardgate-rules", "").split(",") if rule.strip())
    try:
        overhead = float(headers["x-wardgate-overhead-ms"]) if "x-wardgate-overhead-ms" in headers else None
    except ValueError:
        overhead = None
    return {"rules": rules, "policy": headers.get("x-wardgate-policy", ""), "overhead_ms": overhead}
