"""Tool calls: names, arguments, and what may be called after untrusted text; offered, in history and in answers, on every API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Segment, State
from gateway.guards.tools import Argument, Call, ToolsParams
from gateway.wire.apis import RELAYED
from gateway.wire.calls import calls
from gateway.wire.sse import Splitter
from tests.laws.speakers import SPEAKERS, Said

MAIL = Call("send*", schema={"type": "object", "required": ["to"]}, arguments=(Argument("to", pattern=r"[\w.]+@acme\.com"),))
ANY = replace(MAIL, tool="*")
_UNTRUSTED = (Channel("tool", (Segment("/messages/2/content", "tool", "words of somebody else"),)),)


def _plan(params: ToolsParams) -> Plan:
    rule = Rule("calls", "tools", params=params, action=BLOCK)
    return Plan.compile([Policy("p", rules=(rule,))], "r", guards())


def _found(params: ToolsParams, tool: str, arguments: Any = None, context: Context | None = None) -> list[str]:
    """What is found in a call in an answer."""
    exchange = Exchange(_plan(params), context or Context("d"))
    exchange.field(0, "tool_calls/0/function/name").finish(tool)
    if arguments is not None:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        exchange.field(0, "tool_calls/0/function/arguments").finish(text)
    return [each.entity for each in exchange.verdict().findings]


@pytest.mark.parametrize(("params", "tool", "found"), [
    (ToolsParams(allow=("read_*", "sum")), "read_file", []), (ToolsParams(allow=("read_*", "sum")), "sum", []),
    (ToolsParams(allow=("read_*", "sum")), "summary", ["TOOL"]), (ToolsParams(allow=("read_*",)), "READ_file", ["TOOL"]),
    (ToolsParams(allow=("read_*",)), "xread_", ["TOOL"]), (ToolsParams(allow=()), "any", ["TOOL"]),
    (ToolsParams(deny=("shell",)), "shell", ["TOOL"]), (ToolsParams(deny=("shell",)), "SHELL", ["TOOL"]),
    (ToolsParams(deny=("shell",)), "shеll", ["TOOL"]), (ToolsParams(deny=("shell",)), "shell\u200b", ["TOOL"]),
    (ToolsParams(deny=("shell",)), "nutshell", []), (ToolsParams(allow=("a.b",)), "axb", ["TOOL"]),
    (ToolsParams(deny=("x",)), "y" * 201, ["TOOL"]),
])
def test_names(params: ToolsParams, tool: str, found: list[str]) -> None:
    assert _found(params, tool) == found


FILES = Call("read", arguments=(Argument("path", under=("/srv/docs", "public")),))
PAGES = Call("get", arguments=(Argument("urls.*", domains=("acme.com",)), Argument("how", one_of=("GET", "HEAD"))))


@pytest.mark.parametrize(("call", "given", "fits"), [
    (MAIL, {"to": "ann@acme.com"}, True), (MAIL, {"to": "ann@acme.com.evil.org"}, False), (MAIL, {}, False),
    (MAIL, '{"to": "ann@acme.com", "to": "x@evil.org"}', False), (MAIL, "ann@acme.com", False), (MAIL, {"to": 3}, False),
    (MAIL, '{"to": "ann\\u0040acme.com"}', True), (MAIL, {"to": "ann@acme.com\nx"}, False),
    (FILES, {"path": "/srv/docs/a.md"}, True), (FILES, {"path": "/srv/docs/../docs/./a"}, True),
    (FILES, {"path": "/srv/docs/../../etc/passwd"}, False), (FILES, {"path": "/srv/docsx"}, False),
    (FILES, {"path": "\\srv\\docs\\..\\x"}, False), (FILES, {"path": "public/a"}, True), (FILES, {"path": "~/x"}, False),
    (FILES, {"path": "public/../../a"}, False), (FILES, {"path": "/srv/docs/%2e%2e/x"}, False), (FILES, {}, True),
    (FILES, {"path": ["/srv/docs/a", "/etc"]}, False), (FILES, {"path": {"a": 1}}, False), (FILES, ["/etc"], False),
    (PAGES, {"urls": ["https://acme.com/x", "http://a.acme.com"]}, True), (PAGES, {"urls": ["https://evil.org"]}, False),
    (PAGES, {"urls": ["https://acme.com@evil.org"]}, False), (PAGES, {"urls": ["file:///acme.com"]}, False),
    (PAGES, {"urls": "https://evil.org"}, False), (PAGES, {"how": "POST"}, False), (PAGES, {"how": "GET"}, True),
])
def test_arguments(call: Call, given: Any, fits: bool) -> None:
    params = ToolsParams(calls=(call,))
    name = call.tool.replace("*", "_mail")
    assert _found(params, name, given) == ([] if fits else ["TOOL_ARGUMENTS"])
    assert _found(params, "other", given) == []


def test_after_untrusted_text_only_some_may_be_called() -> None:
    params = ToolsParams(after_untrusted=("search",))
    tainted = Context("d", conversation=_UNTRUSTED)
    assert _found(params, "send") == []
    assert _found(params, "send", context=tainted) == ["TOOL_AFTER_UNTRUSTED"]
    assert _found(params, "search", context=tainted) == []
    assert _found(ToolsParams(after_untrusted=()), "search", context=tainted) == ["TOOL_AFTER_UNTRUSTED"]


def _bodies(tool: str, given: dict[str, Any]) -> dict[bytes, dict[str, Any]]:
    """A request of each API that offers ``tool``, and whose history has a result of another and then a call of it."""
    text = json.dumps(given)
    called = {"id": "1", "type": "function", "function": {"name": tool, "arguments": text}}
    return {
        b"/v1/chat/completions": {"model": "m", "tools": [{"type": "function", "function": {"name": tool}}], "messages": [
            {"role": "user", "content": "x"}, {"role": "tool", "tool_call_id": "0", "content": "result"},
            {"role": "assistant", "tool_calls": [called]}]},
        b"/v1/messages": {"model": "m", "max_tokens": 9, "tools": [{"name": tool, "input_schema": {"type": "object"}}],
                          "messages": [
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "0", "content": "result"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": tool, "input": given}]}]},
        b"/v1/responses": {"model": "m", "tools": [{"type": "function", "name": tool, "parameters": {"type": "object"}}],
                           "input": [
            {"type": "function_call_output", "call_id": "0", "output": "result"},
            {"type": "function_call", "call_id": "1", "name": tool, "arguments": text}]},
    }


def _asked(route: bytes, body: dict[str, Any], params: ToolsParams) -> list[tuple[str, str]]:
    parsed = RELAYED[route].parse(json.dumps(body).encode())
    exchange = _plan(params).open(Context("d", conversation=parsed.channels))
    verdict = exchange.judge_input((*parsed.channels, *calls(parsed.body)))
    assert (verdict.decision is Decision.BLOCK) == bool(verdict.findings)
    return [(each.entity, each.path) for each in verdict.findings]


@pytest.mark.parametrize("route", list(_bodies("x", {})))
def test_tools_that_are_offered_and_calls_in_the_history(route: bytes) -> None:
    bad, good = _bodies("send", {"to": "eve@evil.org"})[route], _bodies("send", {"to": "ann@acme.com"})[route]
    assert [each for each, _ in _asked(route, good, ToolsParams(allow=("send",), calls=(MAIL,)))] == []
    assert [each for each, _ in _asked(route, bad, ToolsParams(calls=(MAIL,)))] == ["TOOL_ARGUMENTS"]
    assert [each for each, _ in _asked(route, good, ToolsParams(allow=("read",)))] == ["TOOL_OFFERED", "TOOL"]
    assert [each for each, _ in _asked(route, good, ToolsParams(after_untrusted=()))] == ["TOOL_AFTER_UNTRUSTED"]


def test_a_call_before_any_untrusted_text_is_no_offence() -> None:
    body = _bodies("send", {})[b"/v1/chat/completions"]
    body["messages"][1], body["messages"][2] = body["messages"][2], body["messages"][1]
    assert _asked(b"/v1/chat/completions", body, ToolsParams(after_untrusted=())) == []


def test_tools_that_the_model_server_runs_are_known_by_their_type() -> None:
    body = {"model": "m", "input": "x", "tools": [{"type": "web_search"}, {"type": "function", "name": "sum", "parameters": {}}]}
    assert _asked(b"/v1/responses", body, ToolsParams(allow=("sum",))) == [("TOOL_OFFERED", "/tools/0/type")]


@pytest.mark.parametrize("name", [name for name, speaker in SPEAKERS.items() if speaker.tools])
@pytest.mark.parametrize(("params", "given", "entity"), [
    (ToolsParams(allow=("read",)), {"to": "ann@acme.com"}, "TOOL"),
    (ToolsParams(calls=(ANY,)), {"to": "eve@evil.org"}, "TOOL_ARGUMENTS"),
    (ToolsParams(calls=(ANY,)), {"to": "ann@acme.com"}, ""),
])
def test_an_answer_is_judged_the_same_streamed_and_not(name: str, params: ToolsParams, given: Any, entity: str) -> None:
    """In pieces of one character, not one of the arguments leaves before all of them were judged."""
    speaker, said, text = SPEAKERS[name], Said("", "I will send it.", (json.dumps(given),)), json.dumps(given)
    exchange = _plan(params).open(Context("d"))
    whole = speaker.read(speaker.ask(1, stream=False).answer(exchange).complete(speaker.whole([said])))[0]
    verdict = exchange.verdict()
    streamed = _plan(params).open(Context("d"))
    answer, out = speaker.ask(1, stream=True).answer(streamed), b""
    for event, data in speaker.streamed([said], lambda each: list(each) or [""], []):
        lines = (f"event: {event}\n" if event else "").encode() + b"data: " + data + b"\n\n"
        for each in Splitter().feed(lines):
            out += b"" if answer.done else answer.feed(each.data)
    out += answer.finish()
    heard = speaker.listen(out)[0]
    assert [each.entity for each in verdict.findings] == ([entity] if entity else [])
    assert streamed.verdict() == verdict
    assert (heard.content, heard.refused) == (whole.content, whole.refused)
    assert heard.refused == bool(entity)
    if entity:
        assert "evil.org" not in out.decode()
        assert verdict.states[0].state is State.BLOCKED
    else:
        assert json.loads(heard.calls[0] if isinstance(heard.calls[0], str) else json.dumps(heard.calls[0])) == json.loads(text)


@pytest.mark.parametrize(("params", "said"), [
    (ToolsParams(), "allows every call"), (ToolsParams(calls=(Call("x", schema="{"),)), "no JSON"),
    (ToolsParams(calls=(Call("x", schema={"typ": 1}),)), "not known"),
    (ToolsParams(calls=(Call("x", arguments=(Argument("a", pattern="(?=x)"),)),)), "the pattern of 'a'"),
])
def test_settings_that_cannot_be_meant_are_refused(params: ToolsParams, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        guards()["tools"].patterns(params)
