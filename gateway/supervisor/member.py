"""One worker process as the supervisor sees it: how it is started, asked, watched and ended."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from gateway.audit.row import RowSink
from gateway.supervisor.forks import Process, WorkerLost
from gateway.supervisor.intake import Intake
from gateway.supervisor.pipe import SETTLED, Kind, Pipe

_PARTING = 2.0
"""Seconds that a process has to end after it has closed its pipe."""


class Member:
    """One worker process, from its start to its end."""

    def __init__(self) -> None:
        self.process: Process
        self.pipe: Pipe
        self.intake: Intake | None = None
        self.revision = ""
        """The revision that the worker has said it judges with."""
        self.serving_since = 0.0
        """Monotonic seconds; 0 until it serves."""
        self.report: dict[str, Any] = {"metrics": {}, "active": 0, "connections": 0}
        self.heard_at = time.monotonic()
        self.adopted: set[int] = set()
        """Numbers of the other slots whose connections it also accepts."""
        self.parted = False
        """Whether it ended because it was told to."""
        self.ended = asyncio.Event()
        self._answers: dict[Kind, list[asyncio.Future[tuple[Kind, bytes]]]] = {}

    @classmethod
    async def start(
        cls, process: Callable[[socket.socket], Awaitable[Process]], sink: RowSink | None, capacity: int
    ) -> Member:
        """What ``process`` makes of one end of a pipe. Raises OSError."""
        member = cls()
        ours, theirs = socket.socketpair()
        try:
            member.process = await process(theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        loop = asyncio.get_running_loop()
        member.pipe = Pipe(member._heard, member._gone)
        if sink is not None:
            member.intake = Intake(sink, member._settled, capacity)
        await loop.connect_accepted_socket(lambda: member.pipe, ours)
        return member

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def serving(self) -> bool:
        return self.serving_since > 0 and not self.ended.is_set()

    # -- talk ----------------------------------------------------------------------------------

    async def ask(
        self, kind: Kind, payload: bytes, answers: tuple[Kind, ...], within: float | None
    ) -> tuple[Kind, bytes]:
        """Say something and wait, ``within`` seconds, for one of ``answers``. Raises WorkerLost."""
        answer: asyncio.Future[tuple[Kind, bytes]] = asyncio.get_running_loop().create_future()
        if self.ended.is_set():
            raise WorkerLost("it has ended")
        for each in answers:
            self._answers.setdefault(each, []).append(answer)
        self.pipe.say(kind, payload)
        try:
            async with asyncio.timeout(within):
                return await answer
        except TimeoutError:
            raise WorkerLost(f"it did not answer within {within:g} s") from None
        finally:
            for waiting in self._answers.values():
                if answer in waiting:
                    waiting.remove(answer)

    def _heard(self, kind: Kind, payload: bytes) -> None:
        self.heard_at = time.monotonic()
        if kind is Kind.ROWS:
            if self.intake is not None:
                self.intake.take(payload)
            return
        if kind is Kind.REPORT:
            self.report = orjson.loads(payload)
            if not self.report["asked"]:
                return
        elif kind is Kind.ACTIVATED:
            self.revision = orjson.loads(payload)["revision"]
        elif kind is Kind.BYE:
            self.parted = True
        for answer in self._answers.pop(kind, ()):
            if not answer.done():
                answer.set_result((kind, payload))

    def _settled(self, count: int, failed: bool, down: bool) -> None:
        self.pipe.say(Kind.SETTLED, SETTLED.pack(count, failed, down))

    def _gone(self) -> None:
        self.ended.set()
        for waiting in self._answers.values():
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(WorkerLost("it has ended"))

    # -- end -----------------------------------------------------------------------------------

    def kill(self) -> None:
        """End it now; what it has said is still read."""
        self.process.kill()

    async def reap(self) -> int:
        """Read what it has said to the end, then wait for its process. Gives its exit code."""
        await self.ended.wait()
        if self.intake is not None:
            self.intake.close()
        return await asyncio.to_thread(self._reap)

    def _reap(self) -> int:
        try:
            return self.process.wait(_PARTING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
