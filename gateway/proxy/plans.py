"""Compiles policies that nobody expected to judge together beside the event loop, once for all who wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.core.engine import Plan
from gateway.proxy.aside import Aside
from gateway.telemetry.log import log


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """Policies (``names``, of a ``revision``) that are to judge together and are not compiled for that yet.

    ``compile`` takes seconds in bad cases, on any thread, and keeps what it makes for those who ask later.
    """

    revision: str
    names: tuple[str, ...]
    compile: Callable[[], Plan] = field(compare=False, repr=False)


class Compiling:
    """For one event loop."""

    def __init__(self) -> None:
        self._tasks: dict[Unforeseen, asyncio.Task[Plan | None]] = {}

    async def plan(self, wanted: Unforeseen, aside: Aside) -> Plan | None:
        """The plan, when it is made; None where it cannot be. Who leaves meanwhile takes it from nobody else."""
        task = self._tasks.get(wanted)
        if task is None:
            task = self._tasks[wanted] = asyncio.get_running_loop().create_task(_compiled(wanted, aside))
            task.add_done_callback(lambda _: self._tasks.pop(wanted))
        return await asyncio.shield(task)


async def _compiled(wanted: Unforeseen, aside: Aside) -> Plan | None:
    try:
        return await aside.run(wanted.compile)
    except Exception as error:  # noqa: BLE001 - whoever waits is refused, and who comes later tries anew
        log.error("policies_not_compiled", error=error, policies=list(wanted.names), revision=wanted.revision)
        return None
