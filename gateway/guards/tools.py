"""Decides which tools a model may be offered and may call, with what, and which after it read what others wrote.

Names are judged as soon as they are there, arguments when they are complete: a stream holds a call's arguments back
until then, as nobody can use the half of them. Applies to tools that a request offers, to calls in its history and to
calls in answers.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, compile_re2
from gateway.core.regex import Unsupported
from gateway.core.text import canonical
from gateway.core.types import Finding
from gateway.core.whole import Whole
from gateway.guards.json_schema import Schema, parse
from gateway.guards.urls_hosts import read

_OUTSIDE = frozenset(("tool", "document"))
_PLACE = re.compile(r"/(?:messages|input)/(\d+)")
LONGEST = 200_000
"""Characters of arguments; longer ones are refused where a rule is to judge them."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What one argument may be, where it is given. ``name``: dots lead into objects, ``*`` is every item.

    ``under``: directories in one of which a path must lie, once ``..`` is worked out. ``domains``: where an address
    must lead (http or https, sub-domains included). ``pattern``: a regular expression that a whole text must match.
    ``one_of``: the only values.
    """

    name: str
    under: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    pattern: str = ""
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What calls of ``tool`` (with ``*`` and ``?``) are given: ``schema`` for all of it, ``arguments`` one by one."""

    tool: str
    schema: str | dict[str, Any] = "true"
    arguments: tuple[Argument, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.schema, str):
            object.__setattr__(self, "schema", json.dumps(self.schema, sort_keys=True))


@dataclass(frozen=True, slots=True)
class ToolsParams:
    """``allow``: names of the tools that may be offered and called, with ``*`` and ``?``; left out: all.

    ``deny``: those that may not, in any case and with look-alike letters. ``calls``: what they may be called with.
    ``after_untrusted``: the only ones that may be called once a tool's answer or a document is in the conversation;
    left out: all.
    """

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    after_untrusted: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """``ToolsParams`` with its names and schemas compiled."""

    allow: Any
    deny: Any
    after_untrusted: Any
    calls: tuple[tuple[Any, Schema, tuple[tuple[Argument, Any], ...]], ...]


def _names(globs: tuple[str, ...]) -> Any:
    """Matches names that fit one of ``globs``, in linear time."""
    parts = ["".join({"*": "(?s:.*)", "?": "(?s:.)"}.get(char, re.escape(char)) for char in each) for each in globs]
    return compile_re2(rf"\A(?:{'|'.join(parts)})\z" if parts else r"[^\x00-\x{10ffff}]")


def _is_named(names: Any, name: str) -> bool:
    return names.search(name.encode("utf-8", "replace")) is not None


@lru_cache(maxsize=64)
def _compiled(params: ToolsParams) -> _Compiled:
    calls = []
    for each in params.calls:
        try:
            schema = Schema(json.loads(str(each.schema)))
        except json.JSONDecodeError:
            raise ValueError(f"the schema of '{each.tool}' is no JSON | write it as YAML, or correct it") from None
        calls.append((_names((each.tool,)), schema, tuple((one, _expression(one)) for one in each.arguments)))
    deny = _names(tuple(canonical(each).casefold() for each in params.deny)) if params.deny else None
    return _Compiled(_names(params.allow), deny, _names(params.after_untrusted), tuple(calls))


def _expression(argument: Argument) -> Any:
    if not argument.pattern:
        return None
    try:
        return compile_re2(rf"\A(?:{argument.pattern})\z")
    except Unsupported as error:
        raise ValueError(f"the pattern of '{argument.name}' {error} | rewrite it without that") from None


def _patterns(params: ToolsParams) -> tuple[Pattern, ...]:
    _compiled(params)
    if params == ToolsParams():
        raise ValueError("allows every call | add `allow: [tool]`, `calls:` or `after_untrusted: []`")
    return ()


@guard("tools", patterns=_patterns, params=ToolsParams, decode=False, whole="calls",
       entities=("TOOL", "TOOL_OFFERED", "TOOL_ARGUMENTS", "TOOL_AFTER_UNTRUSTED"))
def find_calls(whole: Whole, params: ToolsParams) -> Iterator[Finding]:
    """TOOL_OFFERED for a tool of the request, TOOL for a call's name, TOOL_ARGUMENTS for what it is called with."""
    rules = _compiled(params)
    if whole.kind == "arguments":
        ours = [(schema, arguments) for name, schema, arguments in rules.calls if _is_named(name, whole.tool)]
        if whole.text and not all(_fits(whole.text, schema, arguments) for schema, arguments in ours):
            yield whole.finding(entity="TOOL_ARGUMENTS")
        return
    name = whole.text
    if not name:
        return
    if len(name) > 200 or not _is_named(rules.allow, name) or (
        rules.deny is not None and _is_named(rules.deny, canonical(name).casefold())
    ):
        yield whole.finding(entity="TOOL" if whole.kind == "name" else "TOOL_OFFERED")
    elif not _is_named(rules.after_untrusted, name) and whole.kind == "name" and _is_tainted(whole):
        yield whole.finding(entity="TOOL_AFTER_UNTRUSTED")


def _is_tainted(whole: Whole) -> bool:
    """Whether words of a tool or a document stood in the conversation before the call was made."""
    at = _PLACE.match(whole.path) if whole.direction == "input" else None
    for channel in whole.context.conversation:
        if channel.role in _OUTSIDE and channel.text.strip():
            if at is None:
                return True
            for segment in channel.segments:
                found = _PLACE.match(segment.path)
                if found is None or int(found[1]) <= int(at[1]):
                    return True
    return False


def _fits(text: str, schema: Schema, arguments: tuple[tuple[Argument, Any], ...]) -> bool:
    if len(text) > LONGEST:
        return False
    try:
        value = parse(text)
    except (ValueError, RecursionError):
        value = text  # a tool may be called with a text that is no JSON; a schema for objects refuses it
    return schema.fits(value) and all(
        _may_be(each, argument, expression)
        for argument, expression in arguments for each in _given(value, argument.name.split(".")))


def _given(value: Any, steps: list[str]) -> Iterator[Any]:
    """The values that are given for an argument; none where it is left out."""
    if not steps:
        yield value
    elif steps[0] == "*" and isinstance(value, list):
        for each in value:
            yield from _given(each, steps[1:])
    elif isinstance(value, dict):
        if steps[0] in value:
            yield from _given(value[steps[0]], steps[1:])
    else:
        yield None  # no object where one was expected: nothing that may be


def _may_be(value: Any, argument: Argument, expression: Any) -> bool:
    if argument.one_of and (not isinstance(value, str | int | float) or str(value) not in argument.one_of):
        return False
    if not (argument.under or argument.domains or expression is not None):
        return True
    if isinstance(value, list):
        return all(_may_be(each, argument, expression) for each in value)
    if not isinstance(value, str):
        return False
    if expression is not None and expression.search(value.encode("utf-8", "replace")) is None:
        return False
    return (not argument.under or _is_under(value, argument.under)) and (
        not argument.domains or _leads_to(value, argument.domains))


def _is_under(path: str, directories: tuple[str, ...]) -> bool:
    """Whether ``path`` lies in one of ``directories``, however it is written; links on disk are not known here."""
    if "\0" in path or path.startswith("~") or "%" in path or "$" in path:
        return False  # what a shell or a server would read as another path
    plain = posixpath.normpath(path.replace("\\", "/"))
    for each in directories:
        home = posixpath.normpath(each)
        if plain == home or (home != "." and plain.startswith(home.rstrip("/") + "/")):
            return True
        if home == "." and not plain.startswith(("/", "../")) and plain != ".." and ":" not in plain:
            return True
    return False


def _leads_to(url: str, domains: tuple[str, ...]) -> bool:
    address = read(url)
    if address.scheme not in ("http", "https") or address.user or address.disguised or url != url.strip():
        return False
    return any(address.host == each.lower() or address.host.endswith("." + each.lower()) for each in domains)
