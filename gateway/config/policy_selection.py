"""Says which policies judge a request, when several apply: all of them do, so a caller can only be tightened.

A policy that extends another stands for it. Where two policies carry the same rule id, the rule runs once when
both mean the same, and twice, under ids with the policy's name, when they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from gateway.core.policy import ActionKind, Exemption, Policy, Rule

UNSCANNABLE = (ActionKind.ALLOW, ActionKind.FLAG, ActionKind.BLOCK)
"""Answers to an unreadable part, from the weakest to the strictest."""


def selected(policies: Sequence[Policy], model: str, key: str) -> tuple[Policy, ...]:
    """Policies whose ``applies_to`` names ``model`` and ``key``, without those that another of them extends."""
    matching = [each for each in policies if _named(model, each.models) and _named(key, each.keys)]
    inherited = {parent for each in matching for parent in each.parents}
    return tuple(each for each in matching if each.name not in inherited)


def combined(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """The same policies with each rule once, and with ids that are unique among them."""
    seen: dict[str, tuple[Rule, frozenset[Exemption]]] = {}
    out = []
    unscannable = _strictest(policies)
    for policy in policies:
        rules, renamed, dropped = [], {}, set()
        for rule in policy.rules:
            meaning = (replace(rule, line=0, policy=""), frozenset(_of(policy.exceptions, rule.id)))
            if rule.id not in seen:
                seen[rule.id] = meaning
                rules.append(rule)
            elif seen[rule.id] == meaning:
                dropped.add(rule.id)
            else:
                renamed[rule.id] = f"{policy.name}/{rule.id}"
                rules.append(replace(rule, id=renamed[rule.id]))
        exceptions = tuple(replace(each, rule=renamed.get(each.rule, each.rule)) for each in policy.exceptions
                           if each.rule not in dropped and any(each.rule == rule.id for rule in policy.rules))
        out.append(replace(policy, rules=tuple(rules), exceptions=exceptions, on_unscannable=unscannable))
    return tuple(out)


def _strictest(policies: Sequence[Policy]) -> tuple[tuple[str, ActionKind], ...]:
    """The answer to each kind of unreadable part; a policy that says nothing about a kind blocks it."""
    answers = [dict(policy.on_unscannable) for policy in policies]
    kinds = sorted({kind for each in answers for kind in each})
    return tuple((kind, max((each.get(kind, ActionKind.BLOCK) for each in answers), key=UNSCANNABLE.index))
                 for kind in kinds)


def selections(policies: Sequence[Policy], models: Iterable[str], keys: Iterable[str]) -> set[tuple[str, ...]]:
    """Names of the policies of every selection that requests are expected to need.

    ``models`` and ``keys`` are what callers may name, ``*`` for anything: then the policies' own globs serve
    as examples. A selection that is missed here is only compiled later, on its first request.
    """
    examples = [glob for policy in policies for glob in policy.models]
    names = {name for model in models for name in ([*examples, model] if "*" in model else [model])}
    who = {name for key in keys for name in ([*(g for p in policies for g in p.keys), key] if "*" in key else [key])}
    return {tuple(each.name for each in selected(policies, _example(model), _example(key)))
            for model in names for key in who}


def _named(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _of(exceptions: Iterable[Exemption], rule: str) -> Iterable[Exemption]:
    return (each for each in exceptions if each.rule == rule)


def _example(glob: str) -> str:
    return glob.replace("*", "x").replace("?", "x")
