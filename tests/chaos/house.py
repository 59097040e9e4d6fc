"""A whole gateway on real sockets for tests: chaos upstream, small guards, an audit that remembers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.audit.record import Audit, BeginRecord, EndRecord, ReviewRecord
from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import pattern
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.detectors.pending import Detectors, NoDetectors
from gateway.proxy.app import Gateway
from gateway.proxy.auth import Caller, Keys, hash_key
from gateway.proxy.ids import Ids
from gateway.proxy.limits import Bounds
from gateway.proxy.models import Entry, Models
from gateway.proxy.relay import House
from gateway.proxy.upstream import Target, Upstream
from gateway.telemetry.metrics import Metrics
from tests.chaos.upstream import ChaosUpstream

KEY = "wg-test-key-0123456789"
BAD = pattern(r"FORBIDDEN7")
MASKED = pattern(r"maskme42")
CRASH = pattern(r"crashnow")


def _find(what: Any, crash: bool = False) -> Any:
    def find(view: View, params: NoParams) -> Iterator[Finding]:
        for match in view.matches(what):
            if crash:
                raise RuntimeError("a bug, with FORBIDDEN text in its message")
            yield view.finding(match)

    return find


def _spec(name: str, what: Any, crash: bool = False) -> GuardSpec:
    return GuardSpec(name, _find(what, crash), lambda _: (what,), NoParams, False, False, "", "")


SPECS = {"bad": _spec("bad", BAD), "masked": _spec("masked", MASKED), "crash": _spec("crash", CRASH, crash=True)}
POLICY = Policy(
    "test",
    rules=(
        Rule("no-bad", "bad"),
        Rule("hide", "masked", action=Action(ActionKind.MASK)),
        Rule("fragile", "crash"),
    ),
)


class FixedPolicies:
    """The same plan for everyone; counts what it was asked for."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.plan = Plan.compile((policy,), "rev1", SPECS)
        self.asked: list[tuple[str, str]] = []

    def at_hand(self, model: str, key: str) -> Plan:
        self.asked.append((model, key))
        return self.plan


@dataclass
class RememberingAudit:
    """Keeps records in memory."""

    required: bool = False
    begins: list[BeginRecord] = field(default_factory=list)
    ends: list[EndRecord] = field(default_factory=list)
    reviews: list[ReviewRecord] = field(default_factory=list)

    def begin(self, record: BeginRecord) -> int:
        self.begins.append(record)
        return len(self.begins)

    def end(self, record: EndRecord) -> None:
        self.ends.append(record)

    def review(self, record: ReviewRecord) -> int:
        self.reviews.append(record)
        return len(self.reviews)

    async def committed(self, ticket: int) -> None:
        return None


class Running:
    """A started gateway."""

    def __init__(self, gateway: Gateway, upstream: ChaosUpstream, audit: Any, policies: FixedPolicies) -> None:
        self.gateway, self.upstream, self.audit, self.policies = gateway, upstream, audit, policies
        self.port = 0
        self._clients: list[Client] = []

    async def start(self) -> Running:
        self.gateway.start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.gateway.connection, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        for client in self._clients:
            client.close()
        await self.gateway.close()
        await self.upstream.stop()
        await asyncio.sleep(0)

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def ask(self, body: Any, **headers: str) -> Answer:
        """One request on a connection of its own."""
        client = await self.client()
        try:
            client.send(request(body, **headers))
            return await client.answer()
        finally:
            client.close()

    async def ended(self, count: int = 1, within: float = 2.0) -> EndRecord:
        """The ``count``-th end record, waited for."""
        await until(lambda: len(self.audit.ends) >= count, within)
        return self.audit.ends[count - 1]  # type: ignore[no-any-return]


async def until(holds: Any, within: float = 2.0) -> None:
    """Waits until ``holds()``; fails after ``within`` seconds."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.002)


@dataclass
class Answer:
    """What a client read."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The stream's events, parsed; ``[DONE]`` as a string; comments left out."""
        found = [part[6:] for part in self.body.split(b"\n\n") if part.startswith(b"data: ")]
        return [part.decode() if part == b"[DONE]" else json.loads(part) for part in found]

    @property
    def text(self) -> str:
        """The content of choice 0 over the whole stream."""
        pieces = [event["choices"] for event in self.events if isinstance(event, dict) and event.get("choices")]
        return "".join(each[0]["delta"].get("content") or "" for each in pieces if each[0]["index"] == 0)


class Client:
    """A raw HTTP client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def close(self) -> None:
        self.writer.transport.abort()

    async def head(self, within: float = 5.0) -> tuple[int, dict[str, str]]:
        async with asyncio.timeout(within):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")
        pairs = [line.partition(": ") for line in lines[1:] if line]
        return int(lines[0].split(" ")[1]), {name.lower(): value for name, _, value in pairs}

    async def chunk(self, within: float = 5.0) -> bytes:
        """The next chunk of a chunked body; empty at its end."""
        async with asyncio.timeout(within):
            size = int(await self.reader.readline(), 16)
            data = await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            return data

    async def answer(self, within: float = 5.0) -> Answer:
        status, headers = await self.head(within)
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while part := await self.chunk(within):
                body += part
        elif "content-length" in headers:
            async with asyncio.timeout(within):
                body = await self.reader.readexactly(int(headers["content-length"]))
        else:
            async with asyncio.timeout(within):
                body = await self.reader.read()
        return Answer(status, headers, body)

    async def at_end(self, within: float = 3.0) -> bool:
        """Whether the gateway closed the connection and sent nothing more."""
        async with asyncio.timeout(within):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


def chat(text: str | list[dict[str, Any]] = "hi", **more: Any) -> dict[str, Any]:
    """A chat completion's body."""
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def request(
    body: Any, path: str = "/v1/chat/completions", method: str = "POST", key: str = KEY, **headers: str
) -> bytes:
    """The bytes of a request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    lines = {"host": "localhost", "authorization": f"Bearer {key}", "content-type": "application/json",
             "content-length": str(len(data)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + data


async def running(
    *, policy: Policy = POLICY, audit: Audit | None = None, bounds: Bounds | None = None,
    callers: tuple[tuple[str, Caller], ...] = (), detectors: Callable[[Metrics], Detectors] | None = None, **target: Any,
) -> Running:
    """Start a chaos upstream and a gateway in front of it."""
    upstream = await ChaosUpstream().start()
    hop = Upstream(Target("chaos", upstream.base_url, "sk-upstream", **target), time.monotonic)
    kept = audit if audit is not None else RememberingAudit()
    policies, metrics = FixedPolicies(policy), Metrics()
    house = House(
        models=Models((Entry("*", hop),)), policies=policies, audit=kept, metrics=metrics, clock=time.monotonic,
        wall=time.time, tenant_keys=lambda tenant: (tenant.encode(),), ids=Ids(), pumps=set(),
        detectors=NoDetectors() if detectors is None else detectors(metrics),
    )  # fmt: skip
    keys = Keys(callers or ((hash_key(KEY), Caller("app", "acme")),))
    gateway = Gateway(house, keys, bounds or Bounds(), clock=time.monotonic)
    return await Running(gateway, upstream, kept, policies).start()
