"""``/v1/checks``: what the policy makes of texts, without a model."""

from __future__ import annotations

from gateway.proxy import headers
from gateway.proxy.auth import Caller
from gateway.proxy.local.judging import Judging
from gateway.proxy.relay import House
from gateway.proxy.request import Request
from gateway.wire import checks
from gateway.wire.calls import calls


async def answer(house: House, caller: Caller, request: Request) -> tuple[bytes, bytes]:
    """See ``gateway.proxy.local.route.Handler``."""
    check = await house.aside.parsed(checks.parse, request.body)
    judging = await Judging.begin(house, caller, request, "checks", check.model)
    exchange = judging.open(check.channels)
    answers = await judging.read(check.channels, check.outputs)
    exchange.answers.update(answers)
    given = await judging.given(exchange, (*check.channels, *calls(check.body)), check.unscannable, answers)
    answered, delivered = await judging.answered(exchange, check.outputs)
    head = await judging.record(given, answered)
    decision = headers.decision_word(given, answered)
    return head, checks.render(check, decision, (given, answered), delivered, judging.about)
