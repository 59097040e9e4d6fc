"""Law 2 for tool calls: what stands behind JSON's escapes in arguments is seen, in a request and in every answer."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import orjson
import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Context
from gateway.wire.chat import Answer, parse
from tests.gateway.wire.streams import chunk, joined, request, run

CARD = "4111 1111 1111 1111"
HIDDEN = "".join(f"\\u{ord(char):04x}" for char in CARD)
TEXT = f'{{"to": "\\ud83d\\ude80\\n", "note": "caf\\u00e9 \\"{HIDDEN}\\"", "n": 1}}'
SHOWN = {"to": "🚀\n", "note": 'café "<CREDIT_CARD>"', "n": 1}


@cache
def _plan() -> Plan:
    """Made when it is asked for: compiling takes seconds, and every process of a run collects this file."""
    return Plan.compile([Policy("p", rules=(Rule("cards", "pii", action=Action(ActionKind.MASK)),))], "1", guards())


def call(text: str, **more: object) -> dict[str, object]:
    return {"index": 0, "id": "c", "type": "function", "function": {"name": "send", "arguments": text}, **more}


def test_in_the_history_of_a_request() -> None:
    body = {"model": "m", "messages": [
        {"role": "user", "content": "send it"}, {"role": "assistant", "content": None, "tool_calls": [call(TEXT)]},
        {"role": "tool", "tool_call_id": "c", "content": "done"},
        {"role": "assistant", "content": None, "function_call": {"name": "send", "arguments": TEXT}}]}  # fmt: skip
    asked = parse(orjson.dumps(body))
    verdict = Exchange(_plan(), Context("d")).judge_input(asked.channels, asked.unscannable)
    sent = json.loads(asked.rewrite(verdict.edits))["messages"]
    assert json.loads(sent[1]["tool_calls"][0]["function"]["arguments"]) == SHOWN
    assert json.loads(sent[3]["function_call"]["arguments"]) == SHOWN
    for path, start, end in ((each.path, each.start, each.end) for each in verdict.findings):
        assert path in ("/messages/1/tool_calls/0/function/arguments", "/messages/3/function_call/arguments")
        assert TEXT[start:end] == HIDDEN


def test_in_a_whole_answer() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call(TEXT)]}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}  # fmt: skip
    out = json.loads(Answer(Exchange(_plan(), Context("d")), request(stream=False)).complete(orjson.dumps(whole)))
    assert json.loads(out["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]) == SHOWN


@pytest.mark.parametrize("step", range(1, 14))
def test_in_a_streamed_answer(step: int) -> None:
    marks = [*range(0, len(TEXT), step), len(TEXT)]
    datas = [chunk({"role": "assistant", "content": None, "tool_calls": [call("")]})]
    datas += [chunk({"tool_calls": [{"index": 0, "function": {"arguments": TEXT[a:b]}}]}) for a, b in pairwise(marks)]
    live = Answer(Exchange(_plan(), Context("d")), request())
    called = joined(run(live, [*datas, chunk({}, "tool_calls")]))[0]["tool_calls"]
    assert json.loads(called[0]["function"]["arguments"]) == SHOWN
