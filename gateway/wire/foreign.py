"""What may go to a model server of another API through a translating library, and what may come back.

A translator takes far more than a chat request: an address, a fallback, a callback, a picture to fetch. So only
what one table names goes in, and only what this gateway knows how to judge comes out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from gateway.errors import BadRequest
from gateway.wire.chat.fields import REQUEST

_WANTED = (
    "tools tool_choice parallel_tool_calls functions function_call temperature top_p stop max_tokens "
    "max_completion_tokens response_format reasoning_effort logprobs top_logprobs n"
)
PASSED: frozenset[str] = frozenset(_WANTED.split())
"""Parameters that change what the answer is: passed on, or refused where the other API has nothing like them."""
_ASIDE = (
    "presence_penalty frequency_penalty seed logit_bias user verbosity service_tier safety_identifier "
    "prompt_cache_key prompt_cache_retention metadata"
)
HINTS: frozenset[str] = frozenset(_ASIDE.split())
"""Parameters without which an answer is still the answer asked for: passed on where they are known, else left out.
``metadata`` is never passed on: translators read their own instructions from it."""
_NEVER = frozenset({"metadata"})
_BESIDE = frozenset({"model", "messages", "stream"})
_DEFAULTS: Mapping[str, Any] = {
    "n": 1, "logprobs": False, "top_logprobs": 0, "parallel_tool_calls": True, "response_format": {"type": "text"},
    "tool_choice": "auto", "stop": [], "tools": [], "functions": [], "best_of": 1, "echo": False,
}  # fmt: skip
"""Values that say nothing: a parameter at its default is left out."""
_MESSAGE = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "function_call", "reasoning_content",
                      "cache_control"})  # fmt: skip
_TEXTS = frozenset({"text", "input_text", "output_text", "refusal"})
_TOOL = frozenset({"type", "function", "cache_control"})
_DATA = re.compile(r"data:[a-z0-9.+\-]+/[a-z0-9.+\-]+(;[a-z0-9=\-]+)*;base64,", re.IGNORECASE)


def arguments(body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The parameters of ``body`` for an API that understands ``known`` (OpenAI's names).

    Raises BadRequest for what cannot be translated; it names a parameter only where the parameter is one of the
    API's, never a caller's own word.
    """
    out: dict[str, Any] = {"messages": [_message(each, at) for at, each in enumerate(body["messages"])]}
    for name, value in body.items():
        if name in _BESIDE or value is None or (name in _DEFAULTS and value == _DEFAULTS[name]):
            continue
        if name in PASSED | HINTS and name in known and name not in _NEVER:
            out[name] = value
        elif name not in HINTS and name != "stream_options":
            shown = name if name in REQUEST.children else ""
            what = f"'{shown}'" if shown else "A parameter of this request"
            raise BadRequest(f"{what} cannot be translated for this model.", param=shown or None)
    if "tools" in out:
        out["tools"] = [_tool(each, at) for at, each in enumerate(out["tools"])]
    if body.get("stream") is True:
        out["stream"] = True
        if isinstance(body.get("stream_options"), dict):
            out["stream_options"] = {"include_usage": body["stream_options"].get("include_usage") is True}
    return out


def _message(message: Mapping[str, Any], at: int) -> dict[str, Any]:
    out = {name: value for name, value in message.items() if name in _MESSAGE and value is not None}
    content = out.get("content")
    if isinstance(content, list):
        for place, part in enumerate(content):
            if isinstance(part, dict):
                _check_part(part, f"messages[{at}].content[{place}]")
    return out


def _check_part(part: Mapping[str, Any], param: str) -> None:
    """What is no text must be in the request itself: a translator would fetch an address from where it runs."""
    kind = part.get("type")
    if kind in _TEXTS:
        return
    if kind == "image_url":
        image = part.get("image_url")
        address = image.get("url") if isinstance(image, dict) else image
        if isinstance(address, str) and _DATA.match(address):
            return
        raise BadRequest(f"'{param}' must hold its picture as a data: URL; addresses are not fetched.", param=param)
    if kind == "input_audio" and isinstance(part.get("input_audio"), dict):
        return
    if kind == "file" and isinstance(part.get("file"), dict):
        file = part["file"]
        if "file_id" not in file and isinstance(file.get("file_data"), str) and _DATA.match(file["file_data"]):
            return
        raise BadRequest(f"'{param}' must hold its file as a data: URL; addresses are not fetched.", param=param)
    raise BadRequest(f"'{param}' is of a type that cannot be translated for this model.", param=param)


def _tool(tool: Any, at: int) -> dict[str, Any]:
    """Functions only: a tool that the other side carries out itself would act on text that no one judged."""
    if not isinstance(tool, dict) or tool.get("type") != "function" or not isinstance(tool.get("function"), dict):
        param = f"tools[{at}]"
        raise BadRequest(f"'{param}' must be a function; other tools cannot be translated.", param=param)
    return {name: value for name, value in tool.items() if name in _TOOL}


# -- the way back ----------------------------------------------------------------------------------

_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_TURN = frozenset({"role", "content", "reasoning_content", "refusal", "tool_calls", "function_call"})
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_CACHED, _REASONED = ("prompt_tokens_details", "cached_tokens"), ("completion_tokens_details", "reasoning_tokens")
_CALL = ("index", "id", "type", "function", "custom")


def chunk(said: Mapping[str, Any]) -> dict[str, Any]:
    """One event of a translated stream as OpenAI's, without anything that belongs to the translator."""
    return _answer(said, "delta")


def whole(said: Mapping[str, Any]) -> dict[str, Any]:
    """A translated answer as OpenAI's, without anything that belongs to the translator."""
    return _answer(said, "message")


def _answer(said: Mapping[str, Any], holder: str) -> dict[str, Any]:
    out: dict[str, Any] = {name: said[name] for name in _HEAD if said.get(name) is not None}
    out["choices"] = [_choice(each, holder) for each in said.get("choices") or ()]
    if isinstance(said.get("usage"), dict):
        out["usage"] = _usage(said["usage"])
    return out


def _choice(said: Mapping[str, Any], holder: str) -> dict[str, Any]:
    inner = said.get(holder) or {}
    turn = {name: value for name, value in inner.items() if name in _TURN and value is not None}
    if holder == "message":
        turn.setdefault("content", None)
    elif turn.get("content") == "" and len(turn) > 1:
        del turn["content"]  # a translator puts an empty text beside each piece of a call
    if "tool_calls" in turn:
        turn["tool_calls"] = [_call(each, holder) for each in turn["tool_calls"]]
    out = {"index": said.get("index") or 0, holder: turn, "finish_reason": said.get("finish_reason")}
    if said.get("logprobs") is not None:
        out["logprobs"] = said["logprobs"]
    return out


def _call(said: Mapping[str, Any], holder: str) -> dict[str, Any]:
    out = {name: said[name] for name in _CALL if said.get(name) is not None}
    if holder == "message":
        out.pop("index", None)
    elif "id" not in out:
        out.pop("type", None)  # OpenAI names a call's type once, with its id
    return out


def _usage(said: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {name: said[name] for name in _COUNTS if type(said.get(name)) is int}
    for holder, name in (_CACHED, _REASONED):
        inner = said.get(holder)
        if isinstance(inner, dict) and type(inner.get(name)) is int:
            out[holder] = {name: inner[name]}
    return out
