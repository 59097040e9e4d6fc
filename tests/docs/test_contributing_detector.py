"""CONTRIBUTING.md's detector, followed to the letter: its files are run as they stand, and a policy judges with it."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from gateway.core import guard as guard_registry
from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.detectors import api
from gateway.detectors.answers import read_now
from gateway.detectors.api import detectors

SECTION = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8").split("## Add a detector")[1].split("\n## ")[0]
DETECTOR, TABLE, GUARD = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def _module(name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """``source`` run as the module ``name``."""
    module = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(source, f"CONTRIBUTING.md: {name}", "exec"), module.__dict__)
    module.__doc__ = module.__dict__.get("__doc__") or source.split('"""')[1]
    return module.__dict__


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    guards(), detectors()
    monkeypatch.setattr(api, "_REGISTRY", dict(api._REGISTRY))
    monkeypatch.setattr(guard_registry, "_REGISTRY", dict(guard_registry._REGISTRY))
    _module("gateway.detectors.shouting", DETECTOR, monkeypatch)
    monkeypatch.setitem(sys.modules, "gateway.guards.shouting", types.ModuleType("gateway.guards.shouting", "Finds shouting."))
    exec(compile(GUARD, "CONTRIBUTING.md: guard", "exec"), {"__name__": "gateway.guards.shouting"})
    return monkeypatch


def test_its_table_passes_row_by_row_and_notices_a_batch(followed: pytest.MonkeyPatch) -> None:
    test = _module("tests.gateway.detectors.test_shouting", TABLE, followed)["test_shouting"]
    (mark,) = test.pytestmark
    for at in mark.args[1]:
        test(at)
    shouting = detectors()["shouting"]
    plain = shouting.read
    followed.setattr(type(shouting), "read", lambda self, asks: plain(asks) if len(asks) == 1 else [()] * len(asks))
    with pytest.raises(AssertionError, match="the batch changes the answer"):
        test(0)


def test_a_policy_judges_with_it(followed: pytest.MonkeyPatch) -> None:
    plan = Plan.compile([Policy("p", rules=(Rule("quiet", "shouting"),))], "1", guards())
    for text, rules in (("WHERE IS MY REFUND", ("quiet",)), ("Where is my refund?", ())):
        channels = (Channel("user", (Segment("/x", "user", text),)),)
        verdict = plan.open(Context("d")).judge_input(channels, (), read_now(plan.needs(channels)))
        assert verdict.rules == rules
