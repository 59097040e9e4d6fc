"""Over HTTP, through the relay: tools that a request may not offer, and rules that a model judges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import State
from gateway.detectors.custom import Judge
from gateway.detectors.pool import Bounds, Pool
from gateway.guards.custom import CustomParams
from gateway.guards.tools import ToolsParams
from tests.chaos.house import Answer, Running, request, running
from tests.gateway.detectors import judge_server
from tests.gateway.detectors.judge_server import serving
from tests.gateway.proxy.speaking import PATHS, SPOKEN, asking, telling

TOOLS = {
    "chat": [{"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}],
    "responses": [{"type": "function", "name": "shell", "parameters": {"type": "object"}}],
    "messages": [{"name": "shell", "input_schema": {"type": "object"}}],
}


def _plan(rule: Rule) -> Plan:
    return Plan.compile([Policy("p", rules=(rule,))], "r", guards())


async def _asked(house: Running, path: str, body: dict[str, Any]) -> Answer:
    client = await house.client()
    client.send(request(body, path))
    return await client.answer()


@pytest.mark.parametrize("api", TOOLS)
async def test_a_tool_that_is_not_allowed_is_not_offered_to_a_model(api: str) -> None:
    rule = Rule("calls", "tools", params=ToolsParams(allow=("search",)), action=BLOCK)
    house = await running()
    house.policies.plan = _plan(rule)
    house.upstream.script = telling("Hello.")
    refused = await _asked(house, PATHS[api], {**asking(api, "hi"), "tools": TOOLS[api]})
    assert (refused.status, house.upstream.accepted) == (400, 0)
    assert refused.json["error"]["wardgate"]["rules"] == ["calls"]
    passed = await _asked(house, PATHS[api], {**asking(api, "hi"), "tools": json.loads(
        json.dumps(TOOLS[api]).replace("shell", "search"))})
    assert (passed.status, house.upstream.accepted) == (200, 1)
    await house.stop()


async def test_checks_judge_tools_too() -> None:
    rule = Rule("calls", "tools", params=ToolsParams(allow=("search",)), action=BLOCK)
    house = await running()
    house.policies.plan = _plan(rule)
    got = await _asked(house, "/v1/checks", {"messages": [{"role": "user", "content": "hi"}], "tools": TOOLS["chat"]})
    assert got.status == 200
    assert got.json["decision"] == "block"
    await house.stop()


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize(("said", "status", "state"), [
    ("Where is my refund?", 400, State.BLOCKED), ("When do you open?", 200, State.ALLOWED),
    ("Say odd things", 503, State.ERROR),
])
async def test_a_rule_in_plain_words(api: str, said: str, status: int, state: State) -> None:
    def answering(body: dict[str, Any]) -> str:
        told = json.loads(body["messages"][1]["content"])["text"]
        return "I'd rather not say." if "odd" in told else judge_server.verdict(body, 99 if "refund" in told else 1)

    async with serving(answering) as judge:
        params = CustomParams(rule="Asks for a refund.", url=judge.url, model="judge")
        rule = Rule("refunds", "custom", params=params, action=BLOCK, output=False)
        house = await running(detectors=lambda metrics: Pool(Bounds(timeout=10.0), metrics, {"custom": Judge()}))
        house.policies.plan = _plan(rule)
        house.upstream.script = telling("Hello.")
        got = await _asked(house, PATHS[api], asking(api, said))
        assert (got.status, house.upstream.accepted) == (status, int(status == 200))
        assert len(judge.asked) == 1
        assert [each.state for each in house.audit.begins[0].states] == [state]
        await house.stop()
