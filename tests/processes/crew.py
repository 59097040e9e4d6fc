"""A gateway with several workers for tests: who serves, with what, and streams that stay open until told."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from gateway.audit import chain
from tests.chaos.house import KEY, Answer, Client, chat, request
from tests.chaos.process import ADMIN_KEY, Serving
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, ChaosUpstream, delta

SECRET = "orange-lizard"


def rules(said: str) -> str:
    """A policy's rules that put ``said`` in the place of every secret word."""
    return f'[{{id: hide, guard: pattern, words: [{SECRET}], on: {{output: all}}, action: {{replace: "{said}"}}}}]'


class CrewProcess(Serving):
    """``wardgate serve`` with ``workers: 2``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._clients: list[Client] = []

    async def begin(self, upstream: ChaosUpstream, *, workers: int = 2, more: str = "", **how: Any) -> CrewProcess:
        await self.start(upstream.base_url, KEY, more=f"workers: {workers}\n{more}", **how)
        return self

    def close(self) -> None:
        for client in self._clients:
            client.close()
        if hasattr(self, "process"):
            self.stop()

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def ask(self, **more: Any) -> Answer:
        """One chat completion over a connection of its own."""
        client = await self.client()
        client.send(request(chat("hi", **more)))
        try:
            return await client.answer(10)
        finally:
            client.close()

    # -- what the admin and ops ports say --------------------------------------------------------

    async def status(self) -> dict[str, Any]:
        status, body = await self.get(f"{self.admin}/admin/status", ADMIN_KEY)
        assert status == 200
        return dict(body)

    async def workers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.status())["workers"]
        return found

    async def fresh_workers(self) -> list[dict[str, Any]]:
        """The same after every worker has been asked for its counts (a scrape asks)."""
        await self.metrics()
        return await self.workers()

    async def pids(self) -> list[int]:
        return [each["pid"] for each in await self.workers()]

    async def ready(self) -> tuple[int, list[str]]:
        status, body = await self.get(f"{self.ops}/readyz")
        return status, body["reasons"]

    async def metrics(self) -> dict[str, float]:
        """Samples by name and labels, like ``name|label=value``."""
        status, text = await self.get(f"{self.ops}/metrics")
        assert status == 200
        return {
            sample.name + "".join(f"|{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples
        }  # fmt: skip

    async def until(self, holds: Any, within: float) -> float:
        """Wait until ``await holds()``; gives the seconds that it took."""
        start = time.monotonic()
        while not await holds():
            assert time.monotonic() - start < within, f"waited {within} s in vain; log: {self.log.read_text()[-2000:]}"
            await asyncio.sleep(0.01)
        return time.monotonic() - start

    async def all_serve(self) -> bool:
        return all(each["state"] == "serving" for each in await self.workers())

    async def active(self) -> int:
        return int((await self.metrics())["wardgate_active_requests"])

    # -- policies ------------------------------------------------------------------------------

    def write_policy(self, text: str) -> None:
        path = self.folder / "policies" / "test.yaml"
        partial = path.with_suffix(".part")
        partial.write_text(text)
        partial.replace(path)

    async def reload(self, said: str) -> str:
        """Activate a policy that says ``said``; gives its revision."""
        self.write_policy(f"policy: test\nrules: {rules(said)}\n")
        status, body = await self.get(f"{self.admin}/admin/policies/reload", ADMIN_KEY, "POST")
        assert (status, body["result"]) == (200, "activated"), body
        return str(body["revision"])

    # -- the audit ---------------------------------------------------------------------------------

    def records(self) -> list[dict[str, Any]]:
        database = chain.read_only(self.audit)
        try:
            return [record for _, record in chain.rows(database)]
        finally:
            database.close()


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


class OpenStreams:
    """Streams whose model says a secret word every time that ``say`` is called, and ends at ``finish``."""

    def __init__(self, upstream: ChaosUpstream) -> None:
        self._turn = asyncio.Condition()
        self._said = 0
        self._over = False
        upstream.script = self._script

    async def _script(self, ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("begun. "))
        seen = self._said
        while await self._another(seen):
            seen += 1
            ask.chunk(delta(f"{SECRET} and more. "))
        ask.chunk(delta("the end.") + delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    async def _another(self, seen: int) -> bool:
        async with self._turn:
            await self._turn.wait_for(lambda: self._said > seen or self._over)
            return self._said > seen

    async def say(self) -> None:
        async with self._turn:
            self._said += 1
            self._turn.notify_all()

    async def finish(self) -> None:
        async with self._turn:
            self._over = True
            self._turn.notify_all()


class Stream:
    """One open stream at a client: its head, and what came so far."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.status, self.headers, self.body = 0, {}, b""  # type: ignore[var-annotated]

    @classmethod
    async def open(cls, crew: CrewProcess) -> Stream:
        stream = cls(await crew.client())
        stream.client.send(request(chat("hi", stream=True)))
        stream.status, stream.headers = await stream.client.head(20)
        stream.body = await stream.client.chunk(20)
        return stream

    async def rest(self, within: float = 20.0) -> Answer | None:
        """The whole answer, or None when the connection broke."""
        try:
            while part := await self.client.chunk(within):
                self.body += part
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return None
        finally:
            self.client.close()
        return Answer(self.status, self.headers, self.body)


async def open_streams(crew: CrewProcess, count: int) -> list[Stream]:
    """Opened in tens, so that the machine's cores are not what is tested."""
    streams: list[Stream] = []
    while len(streams) < count:
        streams += await asyncio.gather(*(Stream.open(crew) for _ in range(min(10, count - len(streams)))))
    return streams
