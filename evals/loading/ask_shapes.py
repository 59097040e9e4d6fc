"""What a suite may ask and the request body of each: a chat, a text to be scored token by token, a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evals.loading.data_file import Line
from gateway.config.yaml_lines import Document

Built = tuple[dict[str, Any], str]
"""A request body without the model's name, and what was asked as plain text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of asking."""

    endpoint: str
    build: Callable[[Line, Mapping[str, Any]], Built]
    documents: str = ""


def shape(ask: Mapping[str, str], document: Document) -> Shape:
    """The shape that a suite's ``ask`` describes; raises ConfigError unless it is exactly one."""
    ways = [way for way in ("user", "messages", "echo", "search") if ask[way]]
    if len(ways) != 1:
        raise document.error(f"says {' and '.join(ways) or 'nothing'} to ask with", ("ask",),
                             "write one of `user`, `messages`, `echo` and `search`")
    way = ways[0]
    for part, owner in (("system", "user"), ("prefix", "echo"), ("documents", "search")):
        if ask[part] and owner != way and not (part == "system" and way == "messages"):
            raise document.error(f"'{part}' means nothing beside `{way}`", ("ask", part),
                                 f"remove it, or use `{owner}`")
    if way == "search":
        if not ask["documents"]:
            raise document.error("says not what to search", ("ask", "search"), "add `documents: \"folder/*.md\"`")
        return Shape("search", lambda line, _: _search(ask, line), ask["documents"])
    if way == "echo":
        return Shape("completions", lambda line, params: _echo(ask, line, params))
    return Shape("chat/completions", lambda line, params: _chat(ask, line, params))


def _chat(ask: Mapping[str, str], line: Line, params: Mapping[str, Any]) -> Built:
    if ask["user"]:
        messages = [{"role": "user", "content": line.fill(ask["user"])}]
    else:
        messages = _messages(line, ask["messages"])
    said = " ".join(message["content"] for message in messages)
    if ask["system"]:
        messages.insert(0, {"role": "system", "content": line.fill(ask["system"])})
    return {"messages": messages, **params}, said


def _messages(line: Line, name: str) -> list[dict[str, str]]:
    found = line.get(name)
    if isinstance(found, list) and found and all(
        isinstance(turn, dict) and set(turn) == {"role", "content"} and all(isinstance(v, str) for v in turn.values())
        for turn in found
    ):
        return [dict(turn) for turn in found]
    raise line.error("is not a conversation", name, 'write [{"role": "user", "content": "…"}, …]')


def _echo(ask: Mapping[str, str], line: Line, params: Mapping[str, Any]) -> Built:
    """The prompt comes back with a log-probability for each token; the one token that follows is not looked at."""
    prompt = line.fill(ask["prefix"]) + line.fill(ask["echo"])
    return {"prompt": prompt, "echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0, **params}, prompt


def _search(ask: Mapping[str, str], line: Line) -> Built:
    query = line.fill(ask["search"])
    return {"query": query}, query
