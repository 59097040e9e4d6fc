"""``/v1/moderations``: OpenAI's question, answered by the policy's rules; each input is judged by itself."""

from __future__ import annotations

import asyncio

from gateway.core.verdicts import joined
from gateway.proxy.auth import Caller
from gateway.proxy.local.judging import Judging
from gateway.proxy.relay import House
from gateway.proxy.request import Request
from gateway.wire import moderations


async def answer(house: House, caller: Caller, request: Request) -> tuple[bytes, bytes]:
    """See ``gateway.proxy.local.route.Handler``."""
    asked = await house.aside.parsed(moderations.parse, request.body)
    judging = await Judging.begin(house, caller, request, "moderations", asked.model)
    answers = await judging.read([channel for part in asked.parts for channel in part.channels])
    verdicts = []
    for part in asked.parts:
        verdicts.append(await judging.given(judging.open(part.channels), part.channels, part.unscannable, answers))
        await asyncio.sleep(0)  # what is light is judged without letting go of the event loop
    head = await judging.record(joined(verdicts), judging.open().verdict())
    return head, moderations.render(asked, verdicts, judging.about)
