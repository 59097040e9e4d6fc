"""Makes every call directly, through the gateway and at a dead end, compares what came, and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conformance.calls import Call
from tests.conformance.clients import Came, Clients
from tests.conformance.documented import ANSWERED_HERE, sent_on
from tests.conformance.house import POLICY, GatewayHouse, active
from tests.conformance.mock import Mock

Asked = list[tuple[str, Any]]


@dataclass
class Row:
    """One method of one client. ``dead``: calls that passed where no model server answers."""

    calls: int = 0
    direct: int = 0
    gateway: int = 0
    refused: int = 0
    different: int = 0
    dead: int = 0


@dataclass
class Tally:
    """Rows by client and method, and what went wrong, one line each."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, name: str, call: Call, direct: Came, through: Came, dead: Came, asked: tuple[Asked, Asked]) -> None:
        """Counts one call. ``asked``: what the mock was asked, directly and through the gateway."""
        row = self.rows.setdefault((name, call.row), Row())
        row.calls += 1
        row.direct += direct.passed
        row.dead += dead.passed
        what = _refusal_fault(call, direct, through, asked[1]) if call.refused else _fault(call, direct, through, asked)
        if what:
            row.different += 1
            self.faults.append(f"{name} {call.row} [{call.label}]: {what}")
        elif call.refused:
            row.refused += 1
        else:
            row.gateway += 1

    def table(self) -> str:
        """For people: one line a row, and the sum."""
        head = ("client", "method", "calls", "direct", "gateway", "refused", "different", "dead")
        lines = [(*key, *map(str, vars(row).values())) for key, row in sorted(self.rows.items())]
        sums = [sum(int(line[at]) for line in lines) for at in range(2, len(head))]
        every = [head, *lines, ("all", "", *map(str, sums))]
        widths = [max(len(line[at]) for line in every) for at in range(len(head))]
        return "\n".join("  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ) for line in every)  # fmt: skip


def _fault(call: Call, direct: Came, through: Came, asked: tuple[Asked, Asked]) -> str:
    """What is wrong with a call that should have passed; empty: nothing."""
    if not direct.passed:
        return f"does not pass even directly: {direct.status} {str(direct.error)[:300]}"
    if not through.passed:
        return f"does not pass: {through.status} {str(through.error)[:300]}"
    same = ANSWERED_HERE.get(call.resource.removeprefix("beta."))
    if same is not None:
        found = first_difference(same(direct.said), same(through.said))
        return found and f"another result at {found}"
    found = first_difference(direct.said, through.said)
    if found:
        return f"another result at {found}"
    found = first_difference([[path, sent_on(path, body)] for path, body in asked[0]], [list(each) for each in asked[1]])
    return found and f"the model server was asked otherwise at {found}"


def _refusal_fault(call: Call, direct: Came, through: Came, travelled: Asked) -> str:
    """What is wrong with a call that passes directly and has to be refused by the gateway; empty: nothing."""
    if not direct.passed:
        return f"does not pass even directly: {direct.status} {str(direct.error)[:300]}"
    named = isinstance(through.error, dict) and str(through.error.get("param", "")).startswith(call.refused)
    if through.status != 400 or not (named or f"'{call.refused}'" in str(through.error)):
        return f"no refusal that names it: {through.status} {str(through.error)[:300]}"
    return "was refused, and travelled all the same" if travelled else ""


def first_difference(one: Any, other: Any, path: str = "") -> str:
    """The first place at which two plain values differ, and how; empty: they are equal."""
    if type(one) is type(other) and isinstance(one, dict):
        for key in [*one, *(each for each in other if each not in one)]:
            if key not in one or key not in other:
                return f"{path}/{key} ({'only' if key in one else 'not'} directly)"
            found = first_difference(one[key], other[key], f"{path}/{key}")
            if found:
                return found
        return ""
    if type(one) is type(other) and isinstance(one, list):
        for at, (left, right) in enumerate(zip(one, other, strict=False)):
            found = first_difference(left, right, f"{path}/{at}")
            if found:
                return found
        return "" if len(one) == len(other) else f"{path} ({len(one)} and {len(other)} long)"
    return "" if one == other and type(one) is type(other) else f"{path} ({str(one)[:120]!r} and {str(other)[:120]!r})"


class Targets:
    """The mock, a gateway in front of it, and a gateway in front of nothing, each with its clients."""

    def __init__(self, folder: Path, policy: str = POLICY) -> None:
        self._policies = active(folder, policy)

    async def __aenter__(self) -> Targets:
        self.mock = await Mock().start()
        self.gateway = await GatewayHouse(self._policies, self.mock.port).start()
        self.dead = await GatewayHouse(self._policies, 0).start()
        self.clients = tuple(Clients(port) for port in (self.mock.port, self.gateway.port, self.dead.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self.clients:
            await each.close()
        for each in (self.gateway, self.dead, self.mock):
            await each.stop()

    async def run(self, calls: Iterable[Call], tally: Tally) -> None:
        """Each call by the synchronous and by the asynchronous client."""
        for turn, call in enumerate(calls):
            for waiting in (False, True):
                came, asked = [], []
                for each in self.clients:
                    self.mock.turn, self.mock.asked = turn, []
                    came.append(await each.ask(call, waiting=waiting))
                    asked.append(self.mock.asked)
                name = f"{call.client} Python {'async' if waiting else 'sync'}"
                tally.add(name, call, came[0], came[1], came[2], (asked[0], asked[1]))
