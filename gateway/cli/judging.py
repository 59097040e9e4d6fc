"""Loads policies for a command and judges single texts with them, as the gateway would."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from gateway.config.policy_file import load_files, policy_files
from gateway.config.policy_tests import Judged, compile_policy, judge
from gateway.config.yaml_lines import nearest
from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import Policy, PolicySet, PolicyTest
from gateway.core.types import ROLES
from gateway.detectors.answers import Reader
from gateway.detectors.loading import check_detectors, decided
from gateway.errors import ConfigError
from gateway.supervisor.database_cache import DiskCache

CACHE = Path(".wardgate/cache")
READ = Reader()
"""What detectors have read for this command so far."""
SHIPPED = Path(__file__).resolve().parents[2] / "policies"


def load(paths: list[str]) -> tuple[PolicySet, tuple[Policy, ...]]:
    """The set that ``paths`` make, with parents found beside them, and those of its policies that they name.

    An empty path stands for ``policies/``, or for the shipped ones where there is none.
    """
    files: list[Path] = []
    for name in paths:
        path = Path(name) if name else Path("policies") if Path("policies").is_dir() else SHIPPED
        if not path.exists():
            raise ConfigError("does not exist", file=name, cure="name a policy file or directory")
        files += policy_files(path) if path.is_dir() else (path,)
    if not files:
        raise ConfigError("holds no policy file", file=paths[0])
    found = decided(load_files(files, beside=True), guards())
    check_detectors(found, guards())
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    named = {str(path) for path in files}
    return found, tuple(policy for policy in found.policies if policy.file in named)


def choose(policies: tuple[Policy, ...], name: str | None) -> tuple[Policy, ...]:
    """The policy called ``name``, or all of them."""
    chosen = tuple(each for each in policies if name in (None, each.name))
    if not chosen:
        raise ConfigError(f"there is no policy '{name}'", cure=nearest(str(name), [each.name for each in policies]))
    return chosen


def plan_of(policy: Policy, found: PolicySet) -> Plan:
    """The plan of this policy alone, its databases kept under ``.wardgate/cache``."""
    return compile_policy(policy, found.revision, guards(), DiskCache(CACHE))


def judged_text(policy: Policy, found: PolicySet, role: str, text: str, plan: Plan | None = None) -> Judged:
    """What ``policy`` makes of ``text`` said by ``role``; the assistant's is judged as an answer."""
    if role not in ROLES:
        raise ConfigError(f"there is no role '{role}'", cure=nearest(role, list(ROLES)))
    answer = role == "assistant"
    row = PolicyTest("text", () if answer else ((role, text),), text if answer else None, "allow")
    return judge(plan or plan_of(policy, found), policy, row, time.time(), read=READ)


def explained(policy: Policy, judged: Judged) -> dict[str, Any]:
    """A judgement as JSON: offsets and scores, and the edited text when there is one."""
    return {
        "policy": policy.name, "outcome": judged.outcome, "rules": list(judged.rules),
        "states": {each.rule: str(each.state) for each in judged.verdict.states if each.stage == judged.stage},
        "findings": [{"rule": each.rule, "entity": each.entity, "start": each.start, "end": each.end,
                      "score": each.score} for each in judged.verdict.findings],
        **({"text": judged.text} if judged.outcome == "edit" else {}),
    }
