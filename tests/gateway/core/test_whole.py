"""Whole texts: which fields of an answer are answers and calls, what a failing guard means, and that all of it is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec, NoParams, guards
from gateway.core.policy import FLAG, Action, ActionKind, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Finding, Segment, State
from gateway.core.whole import Whole, kind_of


@pytest.mark.parametrize(("field", "kind"), [
    ("content", ("text", "")), ("text", ("text", "")), ("content/0/text", ("text", "")),
    ("output/2/content/0/text", ("text", "")), ("tool_calls/1/function/name", ("name", "tool_calls/1/function")),
    ("tool_calls/1/function/arguments", ("arguments", "tool_calls/1/function")),
    ("tool_calls/0/custom/input", ("arguments", "tool_calls/0/custom")), ("function_call/name", ("name", "function_call")),
    ("content/3/name", ("name", "content/3")), ("content/3/partial_json", ("arguments", "content/3")),
    ("output/1/arguments#2", ("arguments", "output/1")), ("reasoning_content", (None, "")), ("refusal", (None, "")),
    ("content/0/thinking", (None, "")), ("annotations/0/url_citation/url", (None, "")),
])
def test_kinds_of_fields(field: str, kind: tuple[str | None, str]) -> None:
    assert kind_of(field) == kind


def _spec(whole: str, find: object) -> dict[str, GuardSpec]:
    known = guards()["limits"]
    return {"g": replace(known, name="g", find=find, params=NoParams, whole=whole, longest=None, entities=None)}  # type: ignore[arg-type]


def _words(whole: Whole, _: NoParams) -> Iterator[Finding]:
    at = whole.text.find("bad")
    if at >= 0:
        yield whole.finding(at, at + 3, entity="BAD")


def _raises(whole: Whole, _: NoParams) -> Iterator[Finding]:
    yield whole.finding(0, 1)
    raise RuntimeError(whole.text)


def _outside(whole: Whole, _: NoParams) -> Iterator[Finding]:
    yield whole.finding(0, len(whole.text) + 1)


def _plan(find: object, whole: str = "text", action: Action = FLAG) -> Plan:
    return Plan.compile([Policy("p", rules=(Rule("r", "g", action=action),))], "r", _spec(whole, find))


@pytest.mark.parametrize("pieces", [["a bad word"], ["a b", "ad wor", "d"], [*"a bad word"]])
def test_nothing_leaves_before_the_end_and_chunks_do_not_show(pieces: list[str]) -> None:
    exchange = _plan(_words, action=Action(ActionKind.MASK)).open(Context("d"))
    field = exchange.field(0, "content")
    assert [field.feed(piece) for piece in pieces] == [""] * len(pieces)
    assert field.finish() == "a <BAD> word"
    assert [(each.start, each.end, each.entity) for each in exchange.verdict().findings] == [(2, 5, "BAD")]


def test_other_fields_flow() -> None:
    exchange = _plan(_words).open(Context("d"))
    assert exchange.field(0, "reasoning_content").feed("a bad thought ") != ""
    assert exchange.field(0, "tool_calls/0/function/arguments").feed('{"a": 1}') != ""


@pytest.mark.parametrize("find", [_raises, _outside])
def test_a_guard_that_fails_blocks_and_finds_nothing(find: object) -> None:
    exchange = _plan(find).open(Context("d"))
    assert exchange.field(0, "content").finish("hello") == ""
    verdict = exchange.verdict()
    assert (verdict.decision, verdict.findings, verdict.states[0].state) == (Decision.BLOCK, (), State.ERROR)


def test_a_call_in_a_request_is_its_name_and_what_it_is_given() -> None:
    seen: list[tuple[str, str, str, str]] = []

    def find(whole: Whole, _: NoParams) -> Iterator[Finding]:
        seen.append((whole.kind, whole.path, whole.text, whole.tool))
        return iter(())

    call = Channel("assistant", (Segment("/m/0/name", "assistant", "f"), Segment("/m/0/input", "assistant", "{}")), kind="call")
    offer = Channel("developer", (Segment("/tools/0/name", "developer", "f"),), kind="definition")
    text = Channel("user", (Segment("/m/1/content", "user", "f"),))
    _plan(find, "calls").open(Context("d")).judge_input((text, offer, call))
    assert seen == [("definition", "/tools/0/name", "f", ""), ("name", "/m/0/name", "f", ""),
                    ("arguments", "/m/0/input", "{}", "f")]
