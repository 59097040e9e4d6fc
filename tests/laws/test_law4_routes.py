"""Law 4 on every route: whatever else a request says, in its body or in its head, what is forbidden is not sent on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Context, Decision, State
from gateway.errors import ApiError, BadRequest, ContentFiltered
from gateway.proxy.app import Gateway
from gateway.proxy.auth import Caller, Keys, hash_key
from gateway.proxy.connection import Connection
from gateway.proxy.explaining import HEADER
from gateway.proxy.ids import Ids
from gateway.proxy.limits import Bounds
from gateway.proxy.models import Entry, Models
from gateway.proxy.relay import House
from gateway.proxy.request import Request
from gateway.proxy.upstream import Target, Upstream
from gateway.telemetry.metrics import Metrics
from gateway.wire.apis import RELAYED
from tests.chaos.house import KEY, FixedPolicies, RememberingAudit
from tests.laws.test_law1_streaming import GUARDS
from tests.laws.test_law4_tighten import NAMES, VALUES

LOOSE = tuple((kind, ActionKind.ALLOW) for kind in ("image", "audio", "video", "file", "text", "tokens", "other"))
"""A policy that lets pass what no guard reads: so that what blocks here is the rule, and nothing else."""
RULES = (
    Rule("code", "code"), Rule("mail", "mail"),
    Rule("number", "number", action=Action(ActionKind.MASK)),
)  # fmt: skip
PLAN = Plan.compile([Policy("p", rules=RULES, on_unscannable=LOOSE)], "1", GUARDS)
FORBIDDEN = st.sampled_from(["tell me about project falcon", "write to ann@quill.example", "Pro\u200bject  Falcon\u0336!"])
ROLES = st.sampled_from(["user", "system", "developer", "assistant", "tool", "function", "critic", "", "USER"])
KINDS = st.sampled_from([
    "text", "input_text", "output_text", "refusal", "thinking", "tool_result", "document", "image_url", "input_audio",
    "file", "message", "reasoning", "function_call_output", "custom", "redacted_thinking", "item_reference", "x",
])
SWITCHES = st.sampled_from([
    "wardgate", "guardrails", "x-wardgate-policy", "x-wardgate-explain", "policy", "mode", "disable_guards", "extra_body",
    "metadata", "user", "store", "include", "cache_control", "service_tier", "previous_response_id", "conversation",
    "prompt", "prompt_embeds", "mcp_servers", "container", "thinking", "encoding_format", "echo", "suffix", "logprobs",
    "stop", "tools", "input", "messages", "instructions", "system", "text", "reasoning", "background", "stream",
]) | NAMES
Body = dict[str, Any]


@st.composite
def _turns(draw: st.DrawFn, text: str, kinds: st.SearchStrategy[str]) -> Any:
    """A conversation in which ``text`` stands somewhere: whole, in a part, or cut over two parts."""
    extra = draw(st.dictionaries(SWITCHES, VALUES, max_size=2))
    how, role, kind = draw(st.sampled_from(["whole", "part", "cut"])), draw(ROLES), draw(kinds)
    content: Any = text
    if how == "part":
        content = [{**draw(st.dictionaries(SWITCHES, VALUES, max_size=2)), "type": kind, "text": text}]
    elif how == "cut":
        at = draw(st.integers(1, len(text) - 1))
        content = [{"type": kind, "text": text[:at]}, {"type": kind, "text": text[at:]}]
    before = [{"role": "user", "content": "hi"}] * draw(st.integers(0, 2))
    return [*before, {**extra, "role": role, "content": content}]


def _chat(draw: st.DrawFn, text: str) -> Body:
    return {"messages": draw(_turns(text, KINDS))}


def _completions(draw: st.DrawFn, text: str) -> Body:
    return draw(st.sampled_from([{"prompt": text}, {"prompt": ["hi", text]}, {"prompt": "hi", "suffix": text}]))


def _embeddings(draw: st.DrawFn, text: str) -> Body:
    return draw(st.sampled_from([{"input": text}, {"input": ["hi", text]}, {"input": "hi", "user": text}]))


def _responses(draw: st.DrawFn, text: str) -> Body:
    where = draw(st.sampled_from(["input", "instructions", "turns", "items"]))
    if where == "turns":
        return {"input": draw(_turns(text, KINDS))}
    if where == "items":
        member = draw(st.sampled_from(["content", "output", "arguments", "text", "input", "code"]))
        return {"input": [{"type": draw(KINDS), "id": "it_1", "call_id": "c", member: text}]}
    return {"input": "hi", where: text}


def _messages(draw: st.DrawFn, text: str) -> Body:
    if draw(st.booleans()):
        return {"max_tokens": 9, "messages": draw(_turns(text, KINDS))}
    return {"max_tokens": 9, "system": text, "messages": [{"role": "user", "content": "hi"}]}


def _count(draw: st.DrawFn, text: str) -> Body:
    return {key: value for key, value in _messages(draw, text).items() if key != "max_tokens"}


BODIES: dict[str, Callable[[st.DrawFn, str], Body]] = {
    "chat": _chat, "completions": _completions, "embeddings": _embeddings, "responses": _responses,
    "messages": _messages, "count_tokens": _count,
}


@st.composite
def _bodies(draw: st.DrawFn, api: str) -> Body:
    """A request of ``api`` that holds a forbidden text, and whatever else a caller may think of."""
    needed = BODIES[api](draw, draw(FORBIDDEN))
    extra = draw(st.dictionaries(SWITCHES, VALUES, max_size=4))
    return {**{key: value for key, value in extra.items() if key not in needed}, **needed, "model": "m"}


def test_every_relayed_api_is_here() -> None:
    assert {api.name for api in RELAYED.values()} == BODIES.keys()


@pytest.mark.parametrize("api", list(RELAYED.values()), ids=lambda api: api.name)
def test_nothing_in_a_body_lets_it_pass(api: Any) -> None:
    judged: list[bool] = []

    @settings(max_examples=500, deadline=None)
    @given(body=_bodies(api.name))
    def run(body: Body) -> None:
        try:
            asked = api.parse(json.dumps(body).encode())
        except BadRequest:
            judged.append(False)
            return  # refused outright, which is tighter still
        judged.append(True)
        verdict = Exchange(PLAN, Context("d")).judge_input(asked.channels, asked.unscannable)
        assert verdict.decision is Decision.BLOCK
        assert {"code", "mail"} & set(verdict.rules)
        assert {each.rule for each in verdict.states} == {"code", "mail", "number"}
        assert all(each.state is not State.NOT_RUN for each in verdict.states)

    run()
    assert sum(judged) > 100, "most examples must reach the rules, or this shows nothing"


class _Wire(asyncio.Transport):
    """What a connection writes to; here it may only be told of errors, which are raised."""

    def write(self, data: Any) -> None:
        raise AssertionError("an answer was begun")


def _gateway() -> tuple[Gateway, list[bytes]]:
    """A gateway whose model server notes what it is sent."""
    sent: list[bytes] = []

    real = Upstream(Target("noting", "http://127.0.0.1:9/v1", ""), lambda: 0.0)

    class Noting:  # no subclass: compiled, an upstream has none
        target, check = real.target, real.check

        async def post(self, path: str, body: bytes, request_id: str) -> Any:
            sent.append(body)
            raise AssertionError("sent on")

    hop: Any = Noting()
    policies = FixedPolicies()
    policies.plan = PLAN
    house = House(
        models=Models((Entry("*", hop),)), policies=policies, audit=RememberingAudit(), metrics=Metrics(), clock=lambda: 0.0,
        wall=lambda: 0.0, tenant_keys=lambda tenant: (b"",), ids=Ids(), pumps=set(),
    )  # fmt: skip
    keys = Keys(((hash_key(KEY), Caller("app", "acme", explain="findings")),))
    return Gateway(house, keys, Bounds(checks_rpm=0), clock=lambda: 0.0), sent


def _serve(gateway: Gateway, request: Request) -> None:
    request.check_head(gateway.bounds)
    gateway.admit(request)
    client = Connection(gateway)
    client.transport = _Wire()
    asyncio.run(gateway.serve(request, client))


HEADERS = st.sampled_from([
    HEADER, "x-wardgate-policy", "x-wardgate-mode", "x-wardgate-decision", "x-wardgate-rules", "x-wardgate-bypass",
    "x-wardgate-admin", "x-request-id", "x-guardrails", "x-no-log", "x-forwarded-for", "x-forwarded-host", "x-original-url",
    "x-http-method-override", "x-stainless-raw-response", "anthropic-version", "anthropic-beta", "openai-organization",
    "openai-beta", "host", "accept", "user-agent", "cookie", "x-litellm-disable-guardrails", "traceparent", "priority",
]) | st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=12)
WORDS = st.sampled_from(["states", "findings", "nothing", "off", "allow", "none", "true", "0", "p@1", "admin", "GET"]) | (
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))


def test_nothing_in_a_head_lets_it_pass() -> None:
    judged: list[bool] = []

    @settings(max_examples=300, deadline=None)
    @given(data=st.data(), api=st.sampled_from(list(RELAYED.values())), found=st.dictionaries(HEADERS, WORDS, max_size=6),
           query=st.sampled_from(["", "?guardrails=off", "?a=b"]))  # fmt: skip
    def run(data: st.DataObject, api: Any, found: dict[str, str], query: str) -> None:
        gateway, sent = _gateway()
        request = Request()
        request.method, request.target = b"POST", api.route + query.encode()
        own = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        for name, value in {"host": "h", **found, **own}.items():
            request.add_header(name.encode(), value.encode(), gateway.bounds)
        request.add_body(json.dumps(data.draw(_bodies(api.name))).encode(), gateway.bounds)
        request.seal()
        with pytest.raises(ApiError) as caught:
            _serve(gateway, request)
        assert sent == []
        assert caught.value.status in (400, 403, 413, 415)
        judged.append(isinstance(caught.value, ContentFiltered))
        if judged[-1]:
            assert {"code", "mail"} & set(caught.value.detail["rules"])

    run()
    assert sum(judged) > 60, "most examples must reach the rules, or this shows nothing"
