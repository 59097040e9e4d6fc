"""Hypothesis for the whole suite: no deadline (neighbours on the machine are no news), no example database in the tree.

And the shipped policies in one plan, once for all who judge by them: compiling them takes seconds.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from gateway.core.engine import Plan

settings.register_profile("house", deadline=None, database=None, print_blob=True)
settings.load_profile("house")

# A shell ignores Ctrl-C for what it runs in the background, and so would everything that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shipped() -> Plan:
    from gateway.config.policy_file import load_policies
    from gateway.core.engine import Plan
    from gateway.core.guard import guards

    found = load_policies(Path(__file__).parents[1] / "policies")
    return Plan.compile(found.policies, found.revision, guards())
