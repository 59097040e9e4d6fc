"""Every call: each method of the resources that are served, with each parameter its types have, one by one and all at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import anthropic
import openai
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.model_list_params import ModelListParams
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as ChatParams
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.moderation_create_params import ModerationCreateParams
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import BaseModel

from tests.conformance.answers import MODELS
from tests.conformance.documented import REFUSED, REFUSED_ITEMS
from tests.conformance.values import Values, bare, hints


class Answered(BaseModel):
    """What ``parse`` and ``stream`` are given to read an answer into."""

    answer: str


@dataclass(frozen=True, slots=True)
class Call:
    """``streamed``: ``create`` with ``stream=True``. ``refused``: the parameter for which the gateway has to say no."""

    client: str
    resource: str
    method: str
    label: str
    arguments: dict[str, Any]
    streamed: bool = False
    refused: str = ""

    @property
    def row(self) -> str:
        return f"{self.resource}.{self.method}{' (stream)' if self.streamed else ''}"


@dataclass(frozen=True, slots=True)
class Method:
    """``kind``: the TypedDict of its parameters. ``more``: values for parameters that only this method has so."""

    client: str
    resource: str
    name: str
    kind: Any
    least: Mapping[str, Any]
    streamed: bool = False
    more: Mapping[str, tuple[Any, ...]] | None = None


_HI: tuple[dict[str, str], ...] = ({"role": "user", "content": "What is the answer — 42?"},)
_CHAT = {"model": MODELS[0], "messages": list(_HI)}
_MESSAGE = {"model": MODELS[0], "messages": list(_HI), "max_tokens": 9}
_RESPONSE = {"model": MODELS[0], "input": "What is the answer — 42?"}
TOOLS = {"tools": ([openai.pydantic_function_tool(Answered)],)}
_READ = {"text_format": (Answered,), "text": ({"verbosity": "low"},), "verbosity": ("low",), "parse_as": (Answered,)}
VALUES: Mapping[str, tuple[Any, ...]] = {
    "logit_bias": ({"50256": 1},), "n": (2,), "best_of": (2,), "model": (MODELS[0],), "store": (True, False),
    "user_profile_id": ("profile_1",), "workspace_id": ("ws_1",),  # sent as headers
}  # fmt: skip
"""Where a type allows more than an API does, or where the first value would show nothing."""
METHODS: tuple[Method, ...] = (
    Method("openai", "chat.completions", "create", ChatParams, _CHAT),
    Method("openai", "chat.completions", "create", ChatParams, _CHAT, streamed=True),
    Method("openai", "chat.completions", "parse", ChatParams, _CHAT, more={**TOOLS, "response_format": (Answered,)}),
    Method("openai", "chat.completions", "stream", ChatParams, _CHAT, more={**TOOLS, "response_format": (Answered,)}),
    Method("openai", "completions", "create", CompletionCreateParamsNonStreaming, {"model": MODELS[0], "prompt": "Say it"}),
    Method("openai", "completions", "create", CompletionCreateParamsNonStreaming, {"model": MODELS[0], "prompt": "Say it"},
           streamed=True),
    Method("openai", "responses", "create", ResponseCreateParamsNonStreaming, _RESPONSE),
    Method("openai", "responses", "create", ResponseCreateParamsNonStreaming, _RESPONSE, streamed=True),
    Method("openai", "responses", "parse", ResponseCreateParamsNonStreaming, _RESPONSE, more=_READ),
    Method("openai", "responses", "stream", ResponseCreateParamsNonStreaming, _RESPONSE, more=_READ),
    Method("openai", "embeddings", "create", EmbeddingCreateParams, {"model": MODELS[0], "input": "a text"}),
    Method("openai", "moderations", "create", ModerationCreateParams, {"input": "a text"}),
    Method("openai", "models", "list", None, {}),
    Method("openai", "models", "retrieve", None, {"model": MODELS[0]}),
    Method("anthropic", "messages", "create", MessageCreateParamsNonStreaming, _MESSAGE),
    Method("anthropic", "messages", "create", MessageCreateParamsNonStreaming, _MESSAGE, streamed=True),
    Method("anthropic", "messages", "parse", MessageCreateParamsNonStreaming, _MESSAGE, more={"output_format": (Answered,)}),
    Method("anthropic", "messages", "stream", MessageCreateParamsNonStreaming, _MESSAGE, more={"output_format": (Answered,)}),
    Method("anthropic", "messages", "count_tokens", MessageCountTokensParams,
           {key: _MESSAGE[key] for key in ("model", "messages")}, more={"output_format": (Answered,)}),
    Method("anthropic", "models", "list", ModelListParams, {}),
    Method("anthropic", "models", "retrieve", None, {"model_id": MODELS[0]}),
)  # fmt: skip

ALIASES: tuple[Method, ...] = (
    *(Method("openai", "beta.chat.completions", name, None, _CHAT) for name in ("create", "parse", "stream")),
    Method("openai", "beta.responses", "create", None, _RESPONSE),
    *(Method("anthropic", "beta.messages", name, None, _MESSAGE) for name in ("create", "parse", "stream")),
    Method("anthropic", "beta.messages", "count_tokens", None, {key: _MESSAGE[key] for key in ("model", "messages")}),
    Method("anthropic", "beta.models", "list", None, {}),
    Method("anthropic", "beta.models", "retrieve", None, {"model_id": MODELS[0]}),
)
"""Other names for methods whose routes are served: the Python clients make a few calls by each."""
UNTRIED: Mapping[str, frozenset[str]] = {"responses.stream": frozenset({"response_id", "starting_after"})}
"""Parameters that no call has: these read a stored answer, which is ``responses.retrieve`` and refused with its route."""


def accepted(method: Method) -> set[str]:
    """The parameters that the installed client's method takes."""
    client: Any = {"openai": openai.OpenAI, "anthropic": anthropic.Anthropic}[method.client](api_key="none")
    with client:
        found = inspect.signature(getattr(attrgetter(method.resource)(client), method.name)).parameters
    return set(found) - {"stream", "extra_headers", "extra_query", "extra_body", "timeout"}


def untried(method: Method) -> set[str]:
    """Parameters of the installed client that no call would have."""
    return accepted(method) - _options(method).keys() - method.least.keys() - UNTRIED.get(f"{method.resource}.{method.name}", set())


def of(method: Method) -> Iterator[Call]:
    """All calls of one method."""
    options = _options(method)
    whole = dict(method.least)
    yield _call(method, "least", method.least)
    for name, values in options.items():
        refused = REFUSED.get(method.resource, {}).get(name) is not None
        for at, value in enumerate(values):
            yield _call(method, f"{name} {at}", {**method.least, name: value}, name if refused and value else "")
        if not refused and name not in method.least:
            whole[name] = values[0]
    yield _call(method, "everything", whole)
    if method.resource == "responses":
        for kind in REFUSED_ITEMS:
            yield _call(method, kind, {**method.least, "input": [{"type": kind, "id": "item_1"}]}, "input")


def _options(method: Method) -> dict[str, tuple[Any, ...]]:
    """The values that each parameter is tried with."""
    known, values = hints(method.kind) if method.kind else {}, Values()
    out: dict[str, tuple[Any, ...]] = {}
    for name in sorted(accepted(method)):
        if method.more and name in method.more:
            out[name] = method.more[name]
        elif name in VALUES:
            out[name] = VALUES[name]
        elif name in known:
            out[name] = tuple(_without_refused(each) for each in values.of(bare(known[name])))
    return out


def _without_refused(value: Any) -> Any:
    if isinstance(value, list):
        return [each for each in value if not (isinstance(each, dict) and each.get("type") in REFUSED_ITEMS)]
    return value


def _call(method: Method, label: str, arguments: Mapping[str, Any], refused: str = "") -> Call:
    return Call(method.client, method.resource, method.name, label, dict(arguments), method.streamed, refused)
