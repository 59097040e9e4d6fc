"""Texts that are judged as a whole, at their end: an answer against a schema or its sources, a tool call.

A guard of this kind sees no windows: it is given the whole text once, and its findings are functions of it alone, so
they cannot depend on chunks. An answer that it judges must be held until then (``release: complete``); a call's
arguments always are, as nobody can use the half of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gateway.core.scan import Failed, Outcome
from gateway.core.stage import BoundRule
from gateway.core.types import Channel, Context, Direction, Finding, Role

Kind = Literal["text", "name", "arguments", "definition"]
"""``text``: an answer. ``name``: of a tool that is called; ``arguments``: what it is called with. ``definition``: the
name of a tool that may be called."""

_CALL = r"(?:tool_calls/\d+/(?:function|custom)|function_call|content/\d+|output/\d+)"
_NAME = re.compile(rf"({_CALL})/name(?:#\d+)?")
_ARGUMENTS = re.compile(rf"({_CALL})/(?:arguments|input|partial_json)(?:#\d+)?")
_ANSWER = re.compile(r"(?:content|text|content/\d+/text|output/\d+/content/\d+/text)(?:#\d+)?")


@dataclass(frozen=True, slots=True)
class Whole:
    """A text that has come to its end; ``tool``: which one is called, where ``text`` is what it is called with."""

    rule: str
    path: str
    role: Role
    direction: Direction
    context: Context
    text: str
    kind: Kind
    tool: str = ""

    def finding(self, start: int = 0, end: int | None = None, *, entity: str = "", score: float = 1.0) -> Finding:
        """A finding on characters ``[start, end)``; on all of the text unless they are given."""
        return Finding(self.rule, self.path, start, len(self.text) if end is None else end, score, entity)


def kind_of(field: str) -> tuple[Kind | None, str]:
    """What the field of an answer is, by its name, and where the call that it belongs to stands; None for neither."""
    if found := _NAME.fullmatch(field):
        return "name", found[1]
    if found := _ARGUMENTS.fullmatch(field):
        return "arguments", found[1]
    return ("text", "") if _ANSWER.fullmatch(field) else (None, "")


def judged(bound: BoundRule, whole: Whole) -> list[Outcome]:
    """What the guard of ``bound`` finds in ``whole``; whatever it raises is a failure, never "no finding"."""
    found: list[Outcome] = []
    try:
        for each in bound.spec.find(whole, bound.params):
            if not 0 <= each.start < each.end <= len(whole.text):
                raise ValueError("a finding lies outside the text that was judged")
            if not each.score < bound.rule.threshold:
                found.append((bound, each))
    except Exception:  # noqa: BLE001  # law 5
        return [Failed(bound, 0)]
    return found


def of_call(channel: Channel, rules: Iterable[BoundRule], context: Context) -> Iterable[tuple[int, list[Outcome]]]:
    """What ``rules`` find in a call or definition of a request: the index of the segment, and its outcomes."""
    name, *rest = channel.segments
    for bound in rules:
        if bound.spec.whole == "calls" and channel.role in bound.rule.input_roles:
            kind: Kind = "definition" if channel.kind == "definition" else "name"
            yield 0, judged(bound, Whole(bound.rule.id, name.path, name.role, "input", context, name.text, kind))
            for index, each in enumerate(rest, 1):
                yield index, judged(bound, Whole(
                    bound.rule.id, each.path, each.role, "input", context, each.text, "arguments", name.text))
