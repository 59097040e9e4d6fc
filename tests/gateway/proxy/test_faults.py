"""Law 5 as a matrix: a guard that raises or answers garbage, at each stage of each API, under each ``on_error``.

Of every cell: what the caller gets, what the model server is asked, the state in the audit and the metric.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import pattern
from gateway.core.policy import OnError, Policy, Rule
from gateway.core.scanner import Looks, Scanner
from gateway.core.types import Finding, State
from gateway.core.view import View
from gateway.telemetry import log
from tests.chaos.house import Answer, Running, request, running
from tests.gateway.proxy.speaking import PATHS, SPOKEN, asking, telling

WORD = pattern(r"\bcomet\b")
SAID = "Look, a comet and its tail"
REFUSED = b"(decision "


def _raises(view: View, _: object) -> Iterator[Finding]:
    for _match in view.matches(WORD):
        raise RuntimeError("broken, with comet in its message")
    yield from ()


def _garbage(view: View, _: object) -> Iterator[Finding]:
    for _match in view.matches(WORD):
        yield "comet"  # type: ignore[misc]


FAULTS: dict[str, Callable[..., Any]] = {"raise": _raises, "garbage": _garbage}
CELLS = [
    (api, stage, fault, on_error)
    for api in PATHS for stage in ("input", "output", "stream") for fault in FAULTS
    for on_error in ("block", "flag", "allow")
    if stage != "stream" or api in SPOKEN
]  # fmt: skip


@pytest.fixture(scope="module")
def plans() -> dict[tuple[str, str], Plan]:
    """Compiled once: by fault and by what the policy says of it. A second rule works, and finds nothing."""
    out = {}
    for fault, find in FAULTS.items():
        spec = GuardSpec(fault, find, lambda _: (WORD,), NoParams, False, False, "", "")
        sound = GuardSpec("sound", lambda view, _: iter(()), lambda _: (WORD,), NoParams, False, False, "", "")
        for on_error in ("block", "flag", "allow"):
            rules = (Rule("fragile", fault, on_error=on_error), Rule("sound", "sound"))
            out[fault, on_error] = Plan.compile([Policy("p", rules=rules)], "r", {fault: spec, "sound": sound})
    return out


@pytest.fixture
async def house() -> AsyncIterator[Running]:
    one = await running()
    yield one
    await one.stop()


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What has been logged so far."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    log.configure("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]


async def _asked(house: Running, api: str, text: str, *, stream: bool) -> Answer:
    client = await house.client()
    client.send(request(asking(api, text, stream=stream), PATHS[api]))
    return await client.answer()


def _blocked(got: Answer, api: str, stage: str) -> None:
    """What stands in the place of what could not be judged."""
    assert b" and its tail" not in got.body
    if stage == "input":
        assert (got.status, got.json["error"]["wardgate"]["rules"]) == (503, ["fragile"])
        assert got.headers["x-wardgate-decision"] == "block"
    elif api in SPOKEN:
        assert got.status == 200
        assert REFUSED in got.body
        assert b"Look, a " in got.body
    else:  # beside numbers no refusal can stand
        assert got.status == 502


@pytest.mark.parametrize(("api", "stage", "fault", "on_error"), CELLS)
async def test_every_cell(
    house: Running, plans: dict[tuple[str, str], Plan], api: str, stage: str, fault: str, on_error: OnError
) -> None:
    house.policies.plan = plans[fault, on_error]
    house.upstream.script = telling("Calm." if stage == "input" else SAID)
    got = await _asked(house, api, SAID if stage == "input" else "hi", stream=stage == "stream")
    end = await house.ended()
    assert house.upstream.accepted == (0 if on_error == "block" and stage == "input" else 1)
    if on_error == "block":
        _blocked(got, api, stage)
    else:
        assert got.status == 200
        assert REFUSED not in got.body
        assert (b"comet and its tail" in got.body) is (stage != "input")
    judged = "input" if stage == "input" else "output"
    states = {(each.rule, each.stage): each.state for each in (*house.audit.begins[0].states, *end.states)}
    assert states["fragile", judged] is State.ERROR
    assert states["sound", judged] is State.ALLOWED
    counted = house.gateway.house.metrics.snapshot()["states"]
    assert [each for each in counted if each[2] == "error"] == [["fragile", judged, "error", 1]]
    assert b"RuntimeError" not in got.body
    assert b"broken" not in got.body


class _Broken:
    """A database that fails: with it nothing can be judged, whatever the rules say."""

    def __init__(self) -> None:
        self.scratch = self

    def clone(self) -> None: ...

    def scan(self, *_: object) -> None:
        raise RuntimeError("broken, with comet in its message")


@pytest.mark.parametrize("stage", ["input", "output"])
async def test_what_could_not_be_judged_at_all_is_refused_and_its_place_logged(
    house: Running, logged: Callable[[], list[dict[str, Any]]], stage: str
) -> None:
    guard = GuardSpec("sound", lambda view, _: iter(()), lambda _: (WORD,), NoParams, False, False, "", "")
    plan = Plan.compile([Policy("p", rules=(Rule("sound", "sound"),))], "r", {"sound": guard})
    scanner = Scanner((WORD,))
    scanner._looks = Looks(_Broken())
    setattr(plan, stage, replace(getattr(plan, stage), scanner=scanner))
    house.policies.plan = plan
    got = await _asked(house, "chat", SAID, stream=False)
    event = "request_not_judged" if stage == "input" else "answer_not_judged"
    assert (got.status, got.json["error"]["code"]) == (503, "guard_unavailable")
    assert [(each["event"], each["error"]) for each in logged()] == [(event, "RuntimeError")]
    assert "comet" not in str(logged())
