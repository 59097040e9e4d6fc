"""``/v1/feedback``: a complaint about a decision goes into the review queue, and its text, if wanted, into a suite.

A decision of another tenant is answered as one that does not exist.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from gateway.audit.record import ReviewRecord
from gateway.errors import NotFound
from gateway.proxy import headers
from gateway.proxy.auth import Caller
from gateway.proxy.relay import House
from gateway.proxy.request import Request
from gateway.wire import feedback
from gateway.wire.feedback import Feedback

_YOUNG = 2.0
"""Seconds in which the record of a decision may still be on its way to the disk."""
_AGAIN = 0.05
_LABELS = {"too_strict": "harmless", "too_lax": "attack"}


async def answer(house: House, caller: Caller, request: Request) -> tuple[bytes, bytes]:
    """See ``gateway.proxy.local.route.Handler``."""
    said = feedback.parse(request.body)
    decision = await _decision(house, caller, said.decision_id)
    kept = bool(said.text) and house.suite is not None
    if kept and house.suite is not None:
        kept = await asyncio.to_thread(house.suite.append, _line(said, decision, caller, house.wall()))
    ticket = house.audit.review(ReviewRecord(
        said.decision_id, house.wall(), caller.tenant, caller.name, said.verdict, kept
    ))  # fmt: skip
    await house.audit.committed(ticket)  # whoever complains is told the truth
    return headers.line("x-request-id", house.ids.next()), feedback.render(said, kept=kept)


async def _decision(house: House, caller: Caller, decision_id: str) -> dict[str, Any]:
    """The begin record of the caller's own decision. Raises NotFound."""
    if house.decisions is None:
        raise NotFound("This gateway keeps no decisions (audit.sink is none), so it takes no feedback.")
    found = await house.decisions.begun(decision_id)
    while found is None and _age(decision_id) < _YOUNG:
        await asyncio.sleep(_AGAIN)
        found = await house.decisions.begun(decision_id)
    if found is None or found["tenant"] != caller.tenant:
        raise NotFound("There is no such decision of yours.", param="decision_id")
    return found


def _age(decision_id: str) -> float:
    """Seconds since a decision was made, which its id begins with (``gateway.proxy.ids``); an id that lies is old."""
    age = time.time() - int(decision_id[:12], 16) / 1000
    return age if age >= -_YOUNG else _YOUNG


def _line(said: Feedback, decision: dict[str, Any], caller: Caller, now: float) -> dict[str, Any]:
    """One line of a suite, in the form of the injection suite's."""
    return {
        "id": f"{said.decision_id}-{int(now * 1000):x}", "label": _LABELS[said.verdict], "family": "feedback",
        "place": said.role, "messages": [{"role": said.role, "content": said.text}], "text": said.text,
        "role": said.role, "note": said.note, "verdict": said.verdict, "decision_id": said.decision_id, "time": now,
        "tenant": caller.tenant, "policy": decision["policy"], "revision": decision["revision"],
        "rules": decision["rules"],
    }  # fmt: skip
