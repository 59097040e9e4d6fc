"""Reads chat and completion bodies into typed asks, refusing wrong types by field name, as vLLM does."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from model_server.failures import RequestRefused
from model_server.sampling import GREEDY_BELOW, Sampling

ROLES = ("system", "developer", "user", "assistant", "tool")
MAX_LOGPROBS = 20
MAX_CHOICES = 16
MAX_PROMPTS = 128


@dataclass(frozen=True, slots=True)
class Ask:
    """What both endpoints share. `max_tokens` None means: as much as the context holds."""

    model: str
    sampling: Sampling
    max_tokens: int | None
    choices: int
    stream: bool
    usage_chunk: bool
    usage_always: bool
    logprobs: bool
    echo: bool = False


class Fields:
    """A JSON object read field by field; every refusal names the field and what it should hold."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def refuse(self, name: str, expected: str) -> RequestRefused:
        return RequestRefused(f"'{name}' must be {expected}.", param=name)

    def integer(self, name: str, default: int | None, low: int, high: int = 2**63 - 1) -> int | None:
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refuse(name, f"an integer from {low} to {high}" if high < 2**62 else f"an integer ≥ {low}")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.refuse(name, f"a number from {low} to {high}")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(name, "true or false")
        return value

    def strings(self, name: str, most: int) -> tuple[str, ...]:
        value = self.data.get(name)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or len(values) > most or not all(isinstance(v, str) and v for v in values):
            raise self.refuse(name, f"a non-empty string or a list of at most {most} of them")
        return tuple(values)

    def record(self, name: str) -> dict[str, Any]:
        value = self.data.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refuse(name, "an object")
        return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def read_json(body: bytes) -> Fields:
    """The body as a JSON object (UTF-8, no NaN or Infinity)."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in body:
            json.dumps(data, ensure_ascii=False).encode("utf-8")  # fails on half of a surrogate pair
    except (ValueError, RecursionError):
        raise RequestRefused("The request body is not valid JSON in UTF-8.") from None
    if not isinstance(data, dict):
        raise RequestRefused("The request body must be a JSON object.")
    return Fields(data)


def _bias(fields: Fields, vocabulary: int) -> tuple[tuple[int, float], ...]:
    bias = fields.record("logit_bias")
    for key, value in bias.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not (key.isascii() and key.isdigit() and len(key) < 10 and int(key) < vocabulary and number):
            raise fields.refuse("logit_bias", "an object of token ids of this vocabulary to numbers")
    return tuple((int(key), max(-100.0, min(100.0, float(value)))) for key, value in bias.items())


def _stop_ids(fields: Fields) -> tuple[int, ...]:
    value = fields.data.get("stop_token_ids")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, int) and not isinstance(v, bool) for v in value):
        raise fields.refuse("stop_token_ids", "a list of token ids")
    return tuple(value)


def read_ask(fields: Fields, chat: bool, defaults: dict[str, float], vocabulary: int) -> Ask:
    """The shared part of a request; `defaults` are the model's own (generation_config.json)."""
    model = fields.data.get("model", "")
    if not isinstance(model, str):
        raise fields.refuse("model", "a string")
    stream, options = fields.flag("stream"), Fields(fields.record("stream_options"))
    if options.data and not stream:
        raise RequestRefused("'stream_options' needs 'stream': true.", param="stream_options")
    top, asked = _logprobs(fields, chat)
    limit = fields.integer("max_tokens", None if chat else 16, 0 if fields.data.get("echo") else 1)
    if chat:
        limit = fields.integer("max_completion_tokens", limit, 1)
    sampling = Sampling(
        temperature=fields.number("temperature", defaults.get("temperature", 1.0), 0.0, 100.0),
        top_p=fields.number("top_p", defaults.get("top_p", 1.0), 1e-9, 1.0),
        top_k=max(0, fields.integer("top_k", int(defaults.get("top_k", 0)), -1) or 0),
        min_p=fields.number("min_p", defaults.get("min_p", 0.0), 0.0, 1.0),
        seed=fields.integer("seed", None, 0),
        min_tokens=fields.integer("min_tokens", 0, 0) or 0,
        ignore_end=fields.flag("ignore_eos"),
        presence_penalty=fields.number("presence_penalty", 0.0, -2.0, 2.0),
        frequency_penalty=fields.number("frequency_penalty", 0.0, -2.0, 2.0),
        repetition_penalty=fields.number("repetition_penalty", 1.0, 1e-3, 100.0),
        logit_bias=_bias(fields, vocabulary),
        stops=fields.strings("stop", 16),
        stop_ids=_stop_ids(fields),
        keep_stop=fields.flag("include_stop_str_in_output"),
        top_logprobs=top if asked else None,
        specials=not fields.flag("skip_special_tokens", True),
    )
    choices = fields.integer("n", 1, 1, MAX_CHOICES) or 1
    if choices > 1 and sampling.temperature < GREEDY_BELOW:
        raise RequestRefused(f"n must be 1 when using greedy sampling, got {choices}.", param="n")
    return Ask(
        model=model,
        sampling=sampling,
        max_tokens=limit,
        choices=choices,
        stream=stream,
        usage_chunk=options.flag("include_usage"),
        usage_always=options.flag("continuous_usage_stats"),
        logprobs=asked,
        echo=not chat and fields.flag("echo"),
    )


def _logprobs(fields: Fields, chat: bool) -> tuple[int, bool]:
    """How many rivals to report per token, and whether logprobs were asked for at all."""
    if not chat:
        count = fields.integer("logprobs", None, 0, MAX_LOGPROBS)
        return count or 0, count is not None
    asked, top = fields.flag("logprobs"), fields.integer("top_logprobs", 0, 0, MAX_LOGPROBS) or 0
    if top and not asked:
        raise RequestRefused("'top_logprobs' needs 'logprobs': true.", param="top_logprobs")
    return top, asked


def read_turns(fields: Fields) -> list[tuple[str, str]]:
    """The (role, text) turns of a chat; parts that are not text are refused, as a text-only model cannot see them."""
    messages = fields.data.get("messages")
    if not isinstance(messages, list) or not messages:
        raise fields.refuse("messages", "a non-empty list of messages")
    return [_read_turn(fields, message, f"messages[{at}]") for at, message in enumerate(messages)]


def _read_turn(fields: Fields, message: Any, place: str) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise fields.refuse(place, "an object with 'role' and 'content'")
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise fields.refuse(f"{place}.role", f"one of {', '.join(ROLES)}")
    if isinstance(content, str):
        return role, content
    if content is None and role == "assistant":
        return role, ""
    if not isinstance(content, list):
        raise fields.refuse(f"{place}.content", "a string or a list of text parts")
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else part
        if not isinstance(text, str):
            raise fields.refuse(f"{place}.content", "text only: this model reads no other kind of part")
        texts.append(text)
    return role, "\n".join(texts)


def read_prompts(fields: Fields, vocabulary: int) -> list[str | list[int]]:
    """A completion's prompts: a string, token ids, or a list of either."""
    prompt = fields.data.get("prompt")
    expected = fields.refuse("prompt", "a non-empty string, a list of token ids, or a list of those")
    if isinstance(prompt, str):
        prompt = [prompt]
    if not isinstance(prompt, list) or not prompt:
        raise expected
    if all(isinstance(item, int) for item in prompt):
        prompt = [prompt]
    if len(prompt) > MAX_PROMPTS:
        raise fields.refuse("prompt", f"a list of at most {MAX_PROMPTS} prompts")
    for item in prompt:
        ids = isinstance(item, list) and all(type(i) is int and 0 <= i < vocabulary for i in item)
        if not item or not (isinstance(item, str) or ids):
            raise expected
    return prompt
