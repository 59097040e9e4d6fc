"""The flow of one request to a model: route, judge, ask, judge, answer; each stage small and named.

Everything up to the model and after it is plain function calls; the task waits at most twice: for the
audit's disk where a policy requires it, and for the model. A policy with detectors waits for them, too, each time
before it judges: then all that is to be read is known, and judging is the same plain call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from gateway.audit.local_suite import LocalSuite
from gateway.audit.record import Audit, BeginRecord, EndRecord, Outcome
from gateway.audit.reviews import Decisions
from gateway.core.engine import Plan
from gateway.core.looked import LONG, SHORT, is_light_answer, is_short, weight
from gateway.core.types import Context, Decision, Explain, State, Verdict
from gateway.core.windows import Ask
from gateway.detectors.pending import Detectors, NoDetectors
from gateway.errors import ApiError, ContentFiltered, GuardUnavailable, UpstreamFailed
from gateway.proxy import headers
from gateway.proxy.aside import Aside
from gateway.proxy.auth import Caller
from gateway.proxy.call import Call
from gateway.proxy.connection import Connection
from gateway.proxy.failure import upstream_refusal
from gateway.proxy.ids import Ids
from gateway.proxy.models import Models, ModelServer
from gateway.proxy.plans import Compiling, Unforeseen
from gateway.proxy.pump import Pump
from gateway.proxy.read_ahead import ReadAhead, Streaming
from gateway.proxy.request import Request
from gateway.telemetry.log import log
from gateway.telemetry.metrics import Metrics
from gateway.wire import explain
from gateway.wire.api import Answering, Api, Asked
from gateway.wire.calls import calls
from gateway.wire.leaves import Judge

_ALLOW: Final = Verdict(Decision.ALLOW)


class Policies(Protocol):
    """The active policies (``gateway.supervisor.policies.ActivePolicies``)."""

    def at_hand(self, model: str, key: str) -> Plan | Unforeseen: ...


@dataclass(frozen=True, slots=True)
class House:
    """What every request shares."""

    models: Models
    policies: Policies
    audit: Audit
    metrics: Metrics
    clock: Callable[[], float]
    """Monotonic seconds."""
    wall: Callable[[], float]
    """Seconds since the epoch."""
    tenant_keys: Callable[[str], tuple[bytes, ...]]
    """The secrets that a tenant's placeholders are made with: the one in use, then retired ones."""
    ids: Ids
    pumps: set[Pump]
    decisions: Decisions | None = None
    """Past decisions, for feedback on them; None where no audit is kept."""
    suite: LocalSuite | None = None
    """Where texts of feedback are kept; None: nowhere."""
    detectors: Detectors = field(default_factory=NoDetectors)
    aside: Aside = field(default_factory=Aside)
    """Where that is judged which would hold the event loop."""
    compiling: Compiling = field(default_factory=Compiling)

    async def plan(self, model: str, key: str) -> Plan:
        """The plan for ``model`` and ``key``, compiled where nobody foresaw it. Raises GuardUnavailable."""
        found = self.policies.at_hand(model, key)
        plan = found if isinstance(found, Plan) else await self.compiling.plan(found, self.aside)
        if plan is None:
            raise GuardUnavailable("The policies for this model and key could not be compiled.")
        return plan


class Relay:
    """One request to a model, of any API."""

    __slots__ = (
        "_api",
        "_caller",
        "_client",
        "_explain",
        "_extra",
        "_house",
        "_id",
        "_input",
        "_outcome",
        "_output",
        "_plan",
        "_pump",
        "_request",
        "_route",
        "_so_far",
        "_usage",
        "asked",
        "exchange",
        "first_byte",
        "waited",
    )  # fmt: skip

    def __init__(
        self, house: House, api: Api, caller: Caller, request: Request, client: Connection, extra: bytes,
        explain: Explain = "nothing",
    ) -> None:
        self._api = api
        self._house, self._caller, self._request, self._client = house, caller, request, client
        self._extra, self._explain = extra, explain
        self._id = house.ids.next()
        self._input = self._output = self._so_far = _ALLOW
        self._outcome = Outcome.ERROR
        self._usage: tuple[int, int] = (0, 0)
        self._pump: Pump | None = None
        self.asked = self.waited = self.first_byte = 0.0

    async def serve(self) -> None:
        """Raises ApiError for every answer that is an error."""
        parsed = await self._parse()
        self._route = self._house.models.route(parsed.model, self._caller)
        self._route.upstream.check(self._api.name, parsed.body)
        self._plan = await self._plan_for(self._route.name)
        self.exchange = self._plan.open(self._context(parsed))
        if self._plan.input.wants:
            await self._read_request(parsed)
        self._input = await self._judge(parsed)
        self._outcome = Outcome.CLIENT_GONE  # what it is if a wait below is cancelled
        try:
            await self._begin_audit()
            if self._input.decision is Decision.BLOCK:
                self._block(parsed)
                return
            body = parsed.rewrite(self._input.edits, self._route.upstream_model)
            call = await self._ask(self._route.upstream, body)
            await self._answer(call, parsed)
        except ApiError as error:
            error.headers.update(self._error_headers())
            if self._outcome is Outcome.CLIENT_GONE:
                self._outcome = Outcome.ERROR
            raise
        finally:
            self._end_audit()
            self.exchange.close()

    # -- stages --------------------------------------------------------------------------------

    async def _parse(self) -> Asked:
        try:
            return await self._house.aside.parsed(self._api.parse, self._request.body)
        except asyncio.CancelledError:
            self._left_early()
            raise

    async def _plan_for(self, model: str) -> Plan:
        try:
            return await self._house.plan(model, self._caller.name)
        except asyncio.CancelledError:
            self._left_early()
            raise

    def _context(self, parsed: Asked) -> Context:
        return Context(
            decision_id=self._id, tenant=self._caller.tenant, key=self._caller.name, model=self._route.name,
            now=self._house.wall(), placeholder_keys=self._house.tenant_keys(self._caller.tenant),
            conversation=parsed.channels, explain=self._explain,
        )  # fmt: skip

    async def _read_request(self, parsed: Asked) -> None:
        try:
            asks = self._plan.needs(parsed.channels)
            if weight(parsed.channels) > LONG:
                asks = iter(await self._house.aside.run(partial(list, asks)))
            await self._learn(asks)
        except asyncio.CancelledError:
            self._left_early()
            raise

    def _left_early(self) -> None:
        """The caller has gone before anything was decided: that is all there is to tell."""
        self._house.metrics.requests.add(self._api.name, Outcome.CLIENT_GONE.value)

    async def _read_answer(self, look: Callable[[Judge], object], size: int) -> None:
        """Have read what ``look`` is going to judge (``size`` bytes); what it raises is raised again then."""
        scout = self._plan.scout()
        if scout is not None:
            with contextlib.suppress(Exception):
                look(scout) if size <= SHORT else await self._house.aside.run(partial(look, scout))
            asks = scout.take()
            scout.close()
            await self._learn(asks)

    async def _learn(self, asks: Iterable[Ask]) -> None:
        self.exchange.answers.update(await self._house.detectors.read(self._caller.tenant, asks))

    async def _judge(self, parsed: Asked) -> Verdict:
        """The verdict on the request; what takes long is judged in a thread, so that nobody else waits for it."""
        try:
            called = calls(parsed.body) if self._plan.input.wholes else ()
            given = self.exchange.given((*parsed.channels, *called))
            judge = partial(given.verdict, parsed.unscannable)
            verdict = judge() if given.is_light() else await self._house.aside.run(judge)
        except asyncio.CancelledError:
            self._left_early()
            raise
        except Exception as error:
            log.error("request_not_judged", error=error)
            raise GuardUnavailable("The request could not be judged, so it was not sent on.") from error
        self._house.metrics.judged(verdict.states, verdict.findings)
        return verdict

    async def _begin_audit(self) -> None:
        verdict, house = self._input, self._house
        ticket = house.audit.begin(BeginRecord(
            self._id, self._id, self.exchange.context.now, self._caller.tenant, self._caller.name, self._route.label,
            self._api.name, self._plan.name, self._plan.revision, headers.decision_word(verdict), verdict.findings,
            verdict.states, verdict.rules,
        ))  # fmt: skip
        if house.audit.required:
            await house.audit.committed(ticket)

    def _block(self, parsed: Asked) -> None:
        """Answers for the policy where it has words of its own; else raises the error that the block is."""
        self._outcome = Outcome.BLOCKED
        text, now = self._input.respond, self.exchange.context.now
        said = parsed.canned(text, self._id, now, explain.member(self.exchange)) if text else None
        if said is None:
            raise self._blocked()
        if parsed.stream:
            self._client.begin(self._head(headers.EVENTS))
            self._client.end(said)
        else:
            self._client.reply(200, self._head(headers.JSON), said)

    def _blocked(self) -> ApiError:
        """An input block; 503 where it stands on rules that could not judge, and on nothing else."""
        verdict = self._input
        broken = {each.rule for each in verdict.states if each.state in (State.ERROR, State.TIMEOUT)}
        detail = {"decision_id": self._id, "rules": list(verdict.rules), "policy": self._plan.name,
                  "revision": self._plan.revision, **explain.details(self.exchange)}  # fmt: skip
        if verdict.rules and broken.issuperset(verdict.rules):
            return GuardUnavailable("A rule could not judge the request, so it was not sent on.", detail=detail)
        return ContentFiltered(verdict.refusal or self._plan.refusal, detail=detail)

    async def _ask(self, upstream: ModelServer, body: bytes) -> Call:
        self.asked = self._house.clock()
        try:
            return await upstream.post(self._api.path, body, self._id)
        except ApiError as error:
            self._outcome = Outcome.UPSTREAM_ERROR
            self._house.metrics.upstream_errors.add(upstream.target.name, error.code or "")
            raise
        finally:
            self.waited = self._house.clock() - self.asked
            self._house.metrics.upstream.observe(self.waited)

    async def _answer(self, call: Call, parsed: Asked) -> None:
        if call.status != 200:
            self._outcome = Outcome.UPSTREAM_ERROR
            if self._plan.output.wants:
                await self._read_answer(lambda judge: upstream_refusal(call, judge, self._api.path), len(call.body))
            error = upstream_refusal(call, self.exchange, self._api.path)
            self._house.metrics.upstream_errors.add(self._route.upstream.target.name, error.code or "")
            raise error
        if parsed.stream is not call.streaming:
            call.abort()
            self._outcome = Outcome.UPSTREAM_ERROR
            raise UpstreamFailed("The model server's answer has the wrong content type.")
        answer = parsed.answer(self.exchange)
        if call.streaming:
            await self._stream(answer, call, parsed)
        else:
            if self._plan.output.wants:
                await self._read_answer(lambda judge: parsed.answer(judge).complete(call.body), len(call.body))
            await self._complete(answer, call)
        self._usage = answer.usage
        self._output = self.exchange.verdict()
        if self._outcome is Outcome.COMPLETED and self._output.decision is Decision.BLOCK:
            self._outcome = Outcome.BLOCKED

    async def _complete(self, answer: Answering, call: Call) -> None:
        judge = partial(answer.complete, call.body)
        try:
            light = is_light_answer(self._plan.output, call.body, self.exchange.seen)
            body = judge() if light else await self._house.aside.run(judge)
        except asyncio.CancelledError:
            self.exchange = self._plan.open(self.exchange.context)  # the thread goes on with the other
            raise
        except UpstreamFailed:
            self._outcome = Outcome.UPSTREAM_ERROR
            raise
        except ApiError:
            raise
        except Exception as error:
            log.error("answer_not_judged", error=error)
            raise GuardUnavailable("The answer could not be judged, so it was not sent on.") from error
        self._outcome = Outcome.ERROR
        self._output = self.exchange.verdict()
        overhead = self._house.clock() - self._request.started - self.waited
        self._house.metrics.overhead.observe(overhead)
        head = self._head(headers.JSON) + b"x-wardgate-overhead-ms: %.3f\r\n" % (overhead * 1000)
        self._client.reply(200, head, body)
        self._outcome = Outcome.COMPLETED

    async def _stream(self, answer: Answering, call: Call, parsed: Asked) -> None:
        house, scout = self._house, self._plan.scout()
        source: Streaming = call
        if scout is not None:
            ask = partial(house.detectors.ask, self._caller.tenant)
            source = ReadAhead(call, parsed.answer(scout), scout, self.exchange, ask, house.clock, house.aside)
        self._client.begin(self._head(headers.EVENTS))
        pump = self._pump = Pump(answer, source, self._client, house.clock, house.aside, self._is_light)
        house.pumps.add(pump)
        self._outcome = Outcome.CLIENT_GONE
        try:
            pump.start()
            self._outcome = await pump.ended
        finally:
            house.pumps.discard(pump)
            source.abort()
            if pump.leave():  # the thread goes on with this exchange
                self._output, self.exchange = self._so_far, self._plan.open(self.exchange.context)
            if scout is not None:
                scout.close()

    def _is_light(self, data: bytes) -> bool:
        """Whether judging an event's ``data`` surely takes no longer than others may be held up."""
        if is_short(data) or (len(data) <= SHORT and is_light_answer(self._plan.output, data)):
            return True
        self._so_far = self.exchange.verdict()
        return False

    # -- what is said and kept -----------------------------------------------------------------

    def _head(self, media: bytes) -> bytes:
        policy = f"{self._plan.name}@{self._plan.revision}"
        decided = headers.decided(self._id, policy, self._input, self._output)
        return media + decided + self._api.errors.id_lines(self._id) + self._extra

    def _error_headers(self) -> dict[str, str]:
        out = {"x-request-id": self._id, "x-wardgate-policy": f"{self._plan.name}@{self._plan.revision}",
               "x-wardgate-decision": headers.decision_word(self._input)}  # fmt: skip
        if rules := headers.rule_ids(self._input):
            out["x-wardgate-rules"] = rules
        return out

    def _end_audit(self) -> None:
        house, output = self._house, self.exchange.verdict() if self._output is _ALLOW else self._output
        duration = house.clock() - self._request.started
        longest = self.exchange.longest_hold
        house.audit.end(EndRecord(
            self._id, house.wall(), self._outcome, headers.decision_word(self._input, output), output.findings,
            output.states, output.rules, *self._usage, longest, duration, self.exchange.plan.revision,
        ))  # fmt: skip
        metrics = house.metrics
        metrics.requests.values[(self._api.name, self._outcome.value)] += 1
        metrics.duration.observe(duration)
        metrics.judged(output.states, output.findings)
        if self._usage != (0, 0):
            metrics.tokens.values[("input",)] += self._usage[0]
            metrics.tokens.values[("output",)] += self._usage[1]
        pump = self._pump
        if pump is not None:
            metrics.held.observe(longest)
            metrics.hold.observe(pump.longest_silence)
            if pump.first_write:
                metrics.first_token.observe(pump.first_write - self._request.started)

