"""Which detectors a set of policies needs, and whether they can be had: a policy that loads does what it says."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

from gateway.core.guard import GuardSpec
from gateway.core.policy import PolicySet, Rule
from gateway.core.windows import Ask
from gateway.detectors.api import check, share
from gateway.errors import PolicyError, PolicyErrors

AUTO = "auto"
"""What a guard's ``model`` says where the detector is to be asked if it is there."""
_GREETING = "Good morning."


def check_detectors(found: PolicySet, specs: Mapping[str, GuardSpec]) -> None:
    """Raises PolicyErrors: one for each rule whose detector is not there, or could not work, with the cure."""
    files = {policy.name: policy.file for policy in found.policies}
    errors: dict[str, PolicyError] = {}
    for rule, name, params in _needed(found, specs):
        try:
            check(name, (params,))
        except ValueError as error:
            message, _, cure = str(error).partition(" | ")
            file = files.get(rule.policy, "")
            mistake = PolicyError(f"rule '{rule.id}': {message}", file=file, line=rule.line, cure=cure)
            errors.setdefault(str(mistake), mistake)
    if errors:
        raise PolicyErrors(tuple(errors.values()))


def decided(found: PolicySet, specs: Mapping[str, GuardSpec]) -> PolicySet:
    """The set with each rule of ``model: auto`` switched on where its detector can work, else off, with a warning."""
    warnings: list[str] = []

    def rule_decided(rule: Rule) -> Rule:
        if getattr(rule.params, "model", None) != AUTO or not (name := specs[rule.guard].asks(rule.params)):
            return rule
        try:
            check(name, (rule.params,))
        except ValueError as error:
            message = str(error).partition(" | ")[0]
            warnings.append(f"rule '{rule.id}' goes by patterns alone (`model: auto`): it {message}")
            return replace(rule, params=replace(rule.params, model="off"))
        return replace(rule, params=replace(rule.params, model="on"))

    policies = tuple(replace(policy, rules=tuple(map(rule_decided, policy.rules))) for policy in found.policies)
    return replace(found, policies=policies, warnings=(*found.warnings, *dict.fromkeys(warnings)))


def first_asks(found: PolicySet, specs: Mapping[str, GuardSpec]) -> list[Ask]:
    """A question to each detector that the set needs, by parameters: who has answered it has loaded what it takes."""
    asks: dict[tuple[str, Hashable], Ask] = {}
    for _, name, params in _needed(found, specs):
        asks.setdefault((name, params), Ask(name, 0, len(_GREETING), _GREETING, "", "user", params))
    return list(asks.values())


def share_detectors(found: PolicySet, specs: Mapping[str, GuardSpec]) -> None:
    """Load what workers can have in common of the detectors that the set needs; before they are forked."""
    for name in dict.fromkeys(name for _, name, _ in _needed(found, specs)):
        share(name)


def _needed(found: PolicySet, specs: Mapping[str, GuardSpec]) -> Iterator[tuple[Rule, str, Hashable]]:
    for policy in found.policies:
        for rule in policy.rules:
            spec = specs[rule.guard]
            params = spec.params() if rule.params is None else rule.params
            if name := spec.asks(params):
                yield rule, name, params
