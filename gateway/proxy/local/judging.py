"""A request that is judged and goes nowhere: the policy, the verdicts, the audit and the metrics of one decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.audit.record import BeginRecord, EndRecord, Outcome
from gateway.core.engine import Plan
from gateway.core.exchange import Answers, Exchange
from gateway.core.looked import LONG, weight
from gateway.core.types import Channel, Context, Unscannable, Verdict
from gateway.core.windows import Ask
from gateway.errors import GuardUnavailable
from gateway.proxy import headers
from gateway.proxy.auth import Caller
from gateway.proxy.relay import House
from gateway.proxy.request import Request

_Result = TypeVar("_Result")
SHORT = 400
"""Characters of answers that are judged at once, whatever they hold."""


class Judging:
    """One decision."""

    def __init__(
        self, house: House, caller: Caller, request: Request, api: str, plan: Plan, model: str, label: str
    ) -> None:
        self._house, self._caller, self._request, self._api = house, caller, request, api
        self._plan, self._model, self._label = plan, model, label
        self._id, self._now = house.ids.next(), house.wall()

    @classmethod
    async def begin(cls, house: House, caller: Caller, request: Request, api: str, model: str) -> Judging:
        """``model``: the name whose policies judge; empty: those that hold for every model.

        Raises NotFound or Forbidden for a model that the caller may not name, GuardUnavailable.
        """
        route = house.models.route(model, caller) if model else None
        name, label = (route.name, route.label) if route else ("", "")
        return cls(house, caller, request, api, await house.plan(name, caller.name), name, label)

    def open(self, conversation: tuple[Channel, ...] = ()) -> Exchange:
        """Begin to judge texts that belong together."""
        return self._plan.open(Context(
            decision_id=self._id, tenant=self._caller.tenant, key=self._caller.name, model=self._model, api=self._api,
            now=self._now, placeholder_keys=self._house.tenant_keys(self._caller.tenant), conversation=conversation,
        ))  # fmt: skip

    async def read(self, channels: Sequence[Channel], texts: Sequence[str] = ()) -> Answers:
        """What detectors read in texts to be judged: a caller's, and answers, each a choice of its own."""
        light = weight(channels) <= LONG and sum(map(len, texts)) <= LONG
        asks = self._asks(channels, texts) if light else await self._house.aside.run(
            lambda: self._asks(channels, texts))
        return await self._house.detectors.read(self._caller.tenant, asks) if asks else {}

    def _asks(self, channels: Sequence[Channel], texts: Sequence[str]) -> list[Ask]:
        asks, scout = list(self._plan.needs(channels)), self._plan.scout()
        if scout is not None:
            for index, text in enumerate(texts):
                scout.field(index, "content").finish(text)
            asks += scout.take()
            scout.close()
        return asks

    async def given(
        self, exchange: Exchange, channels: tuple[Channel, ...], unscannable: tuple[Unscannable, ...],
        answers: Answers,
    ) -> Verdict:
        """The verdict on what a caller sends; where there is nothing, no rule has run."""
        if not channels and not unscannable:
            return self._plan.clean_input(frozenset())
        exchange.answers.update(answers)
        given = exchange.given(channels)
        return await self._closed(lambda: given.verdict(unscannable), given.is_light)

    async def answered(self, exchange: Exchange, texts: Sequence[str]) -> tuple[Verdict, list[str]]:
        """The verdict on answers, each a choice of its own, and what a caller would get of each."""
        return await self._closed(lambda: _delivered(exchange, texts), lambda: sum(map(len, texts)) <= SHORT)

    async def _closed(self, judge: Callable[[], _Result], light: Callable[[], bool]) -> _Result:
        """What ``judge`` says, asked in a thread where it would take long."""
        try:
            return judge() if light() else await self._house.aside.run(judge)
        except Exception as error:
            raise GuardUnavailable("The request could not be judged.") from error

    async def record(self, given: Verdict, answered: Verdict) -> bytes:
        """Audit and count the decision; the lines of the head that tell it. Raises AuditDown where it must be kept."""
        house, plan, decision = self._house, self._plan, headers.decision_word(given, answered)
        duration = house.clock() - self._request.started
        ticket = house.audit.begin(BeginRecord(
            self._id, self._id, self._now, self._caller.tenant, self._caller.name, self._label, self._api, plan.name,
            plan.revision, headers.decision_word(given), given.findings, given.states, given.rules,
        ))  # fmt: skip
        house.audit.end(EndRecord(
            self._id, house.wall(), Outcome.COMPLETED, decision, answered.findings, answered.states, answered.rules,
            duration=duration, revision=plan.revision,
        ))  # fmt: skip
        if house.audit.required:
            await house.audit.committed(ticket)
        house.metrics.duration.observe(duration)
        for verdict in (given, answered):
            house.metrics.judged(verdict.states, verdict.findings)
        return headers.decided(self._id, f"{plan.name}@{plan.revision}", given, answered)

    @property
    def about(self) -> dict[str, str]:
        """Which decision, by which policy."""
        return {"id": self._id, "policy": self._plan.name, "revision": self._plan.revision}


def _delivered(exchange: Exchange, texts: Sequence[str]) -> tuple[Verdict, list[str]]:
    out = []
    for index, text in enumerate(texts):
        field = exchange.field(index, "content")
        released = field.finish(text)
        out.append(released + exchange.refusal(index) if field.cut else released)
    verdict = exchange.verdict()
    exchange.close()
    return verdict, out

