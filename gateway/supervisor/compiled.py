"""One policy revision, compiled: what a process judges with from its activation until the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway.config.policy_selection import combined, selected, selections
from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec
from gateway.core.policy import Policy, PolicySet
from gateway.core.scanner import DatabaseCache
from gateway.proxy.plans import Unforeseen

MAX_KNOWN = 4096
"""Remembered (model, key) pairs; callers choose model names, so the memory of them must end."""


@dataclass(slots=True)
class Compiled:
    """Immutable but for the memory of which plan serves whom."""

    found: PolicySet
    specs: Mapping[str, GuardSpec]
    cache: DatabaseCache | None
    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    known: dict[tuple[str, str], Plan] = field(default_factory=dict)

    def prepare(self, models: Iterable[str], keys: Iterable[str]) -> None:
        """Compile every plan that requests for ``models`` with ``keys`` are expected to need."""
        by_name = {each.name: each for each in self.found.policies}
        for names in sorted(selections(self.found.policies, models, keys)):
            self.plan([by_name[name] for name in names])

    def plan(self, policies: Sequence[Policy]) -> Plan:
        names = tuple(each.name for each in policies)
        plan = self.plans.get(names)
        if plan is None:
            plan = Plan.compile(combined(policies), self.found.revision, self.specs, self.cache)
            self.plans[names] = plan
        return plan

    def at_hand(self, model: str, key: str) -> Plan | Unforeseen:
        """The plan that judges requests for ``model`` by the key named ``key``, or what compiles it."""
        plan = self.known.get((model, key))
        if plan is None:
            policies = selected(self.found.policies, model, key)
            names = tuple(each.name for each in policies)
            plan = self.plans.get(names)
            if plan is None:
                return Unforeseen(self.found.revision, names, partial(self.plan, policies))
            if len(self.known) >= MAX_KNOWN:
                self.known.clear()
            self.known[model, key] = plan
        return plan
