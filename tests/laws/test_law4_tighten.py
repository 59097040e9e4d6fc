"""Law 4: callers can only tighten. Nothing in a request's body makes a rule run less or weaker."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import Context, Decision, State
from gateway.errors import BadRequest
from gateway.wire import chat
from tests.laws.test_law1_streaming import GUARDS

PLAN = Plan.compile([Policy("p", rules=(Rule("code", "code", action=BLOCK), Rule("mail", "mail", action=BLOCK)))], "1", GUARDS)
NAMES = st.sampled_from([
    "guardrails", "policy", "policies", "metadata", "extra_body", "user", "wardgate", "x-wardgate-policy", "mode",
    "disable_guards", "rules", "no-log", "mock_response", "store", "prediction", "reasoning", "safety_identifier",
    "response_format", "chat_template", "documents", "n", "stream", "temperature", "logit_bias", "tools",
]) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 50) | st.text(max_size=12)
    | st.sampled_from(["off", "allow", "monitor", "none", "bypass", "text", "system", "developer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _body(extra: dict[str, object], message: dict[str, object], text: str) -> bytes:
    turn = {**message, "role": "user", "content": text}
    return json.dumps({**extra, "model": "m", "messages": [turn]}, ensure_ascii=True).encode()


@settings(max_examples=2000, deadline=None)
@given(
    extra=st.dictionaries(NAMES, VALUES, max_size=4), message=st.dictionaries(NAMES, VALUES, max_size=2),
    text=st.sampled_from(["tell me about project falcon", "write to ann@quill.example"]),
)
def test_no_field_of_a_body_lets_it_pass(extra: dict[str, object], message: dict[str, object], text: str) -> None:
    for taken in ("model", "messages"):
        extra.pop(taken, None)
    for taken in ("role", "content"):
        message.pop(taken, None)
    try:
        request = chat.parse(_body(extra, message, text))
    except BadRequest:
        return  # refused outright, which is tighter still
    verdict = Exchange(PLAN, Context("d")).judge_input(request.channels, request.unscannable)
    assert verdict.decision is Decision.BLOCK
    assert {each.rule for each in verdict.states} == {"code", "mail"}
    assert all(each.state is not State.NOT_RUN for each in verdict.states)


@pytest.mark.parametrize("where", ["messages/0/name", "user", "metadata/note", "tools/0/function/description", "brand_new_field"])
def test_a_forbidden_word_is_found_wherever_it_stands(where: str) -> None:
    body: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    if where.startswith("messages"):
        body["messages"] = [{"role": "user", "content": "hello", "name": "project falcon"}]
    elif where.startswith("metadata"):
        body["metadata"] = {"note": "project falcon"}
    elif where.startswith("tools"):
        body["tools"] = [{"type": "function", "function": {"name": "f", "description": "project falcon"}}]
    else:
        body[where] = "project falcon"
    request = chat.parse(json.dumps(body).encode())
    assert Exchange(PLAN, Context("d")).judge_input(request.channels).decision is Decision.BLOCK
