"""The shipped policies: they load without a warning, prove themselves, and their proof is not easily weakened."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from gateway.config.policy_file import load_policies
from gateway.config.policy_lint import lint
from gateway.config.policy_model import PolicyModel
from gateway.config.policy_schema import schema, schema_text
from gateway.config.policy_tests import compile_policy, failure
from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import Policy
from gateway.detectors.answers import Reader
from gateway.detectors.loading import decided

ROOT = Path(__file__).parents[2] / "policies"
FOUND = load_policies(ROOT)
WITH_MODELS = decided(FOUND, guards())
READ = Reader()
PLANS: dict[tuple[str, bool], Plan] = {}


def without_models(policy: Policy) -> Policy:
    """As it is judged where only the base packages are installed."""
    rules = [replace(rule, params=replace(rule.params, model="off")) if hasattr(rule.params, "model") else rule
             for rule in policy.rules]
    return replace(policy, rules=tuple(rules))


BOTH = [*WITH_MODELS.policies, *map(without_models, FOUND.policies)]
NAMES = [*[policy.name for policy in FOUND.policies], *[f"{policy.name} by patterns" for policy in FOUND.policies]]


def plan(policy: Policy) -> Plan:
    key = policy.name, policy in WITH_MODELS.policies
    if key not in PLANS:
        PLANS[key] = compile_policy(policy, FOUND.revision, guards(), None)
    return PLANS[key]


def test_they_load_without_a_warning() -> None:
    assert WITH_MODELS.warnings == ()
    assert [each.name for each in FOUND.policies] == ["default", "handbook"]


@pytest.mark.parametrize("policy", BOTH, ids=NAMES)
def test_they_carry_their_proof(policy: Policy) -> None:
    failed = [f"{policy.file}:{test.line}: {test.name}: {reason}" for test in policy.tests
              if (reason := failure(plan(policy), policy, test, time.time(), READ))]
    assert failed == []
    assert len(policy.tests) >= 25
    assert sum(test.expect == "allow" for test in policy.tests) >= 10, "hard negatives"


@pytest.mark.parametrize("policy", BOTH, ids=NAMES)
def test_no_rule_can_be_dropped_or_weakened_unnoticed(policy: Policy) -> None:
    report = lint(policy, plan(policy), time.time(), READ)
    assert [str(each) for each in report.remarks] == []
    assert report.mutations >= 4


def test_the_schema_is_fresh() -> None:
    """For every guard that it knows: a new one is written into it by the next `make check`, not by hand."""
    known = json.loads((ROOT / "schema.json").read_text("utf-8"))["$defs"]["RuleModel"]["properties"]["guard"]["enum"]
    expected = schema_text({name: guards()[name] for name in known})
    assert (ROOT / "schema.json").read_text("utf-8") == expected, "run: make check"
    assert {rule.guard for policy in FOUND.policies for rule in policy.rules} <= set(known)


def test_the_schema_knows_every_key_and_guard() -> None:
    found = schema()
    assert set(found["properties"]) == set(PolicyModel.model_fields)
    rule = found["$defs"]["RuleModel"]
    assert rule["properties"]["guard"]["enum"] == sorted(guards())
    assert len(rule["allOf"]) == len(guards())
    assert rule["unevaluatedProperties"] is False


def test_the_shipped_files_use_keys_that_the_schema_has() -> None:
    """No JSON schema validator is at hand: the keys of every rule are looked up in its branch."""
    rule = schema()["$defs"]["RuleModel"]
    branches = {each["if"]["properties"]["guard"]["const"]: set(each["then"]["properties"]) for each in rule["allOf"]}
    inherited = {each.id: each.guard for policy in FOUND.policies for each in policy.rules}
    for path in sorted(ROOT.glob("*.yaml")):
        for item in yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)["rules"]:
            guard = item.get("guard") or inherited[item["id"]]
            assert set(item) <= set(rule["properties"]) | branches[guard]
    assert json.loads((ROOT / "schema.json").read_text("utf-8"))["title"] == "Wardgate policy"
