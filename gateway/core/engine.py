"""Compiles policies into a plan: the rules of both directions, ready to judge.

A plan is shared by all requests of a route and pure: the same plan, context and text always give the same
verdict, so a decision can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from gateway.core.exchange import Exchange
from gateway.core.given import needs
from gateway.core.guard import GuardSpec
from gateway.core.placeholders import tokenized
from gateway.core.policy import DEFAULT_REFUSAL, ActionKind, Exemption, Policy, Rule
from gateway.core.scanner import DatabaseCache
from gateway.core.scout import Scout
from gateway.core.stage import Stage
from gateway.core.types import Channel, Context, Decision, Role, RuleState, State, Verdict
from gateway.core.windows import Ask


@dataclass(slots=True)
class Plan:
    """One policy revision, compiled for the requests of one route (model and key)."""

    name: str
    revision: str
    input: Stage
    output: Stage
    tokenizer: str
    """The first rule that makes placeholders: those that nobody made are reported in its name."""
    complete: bool
    tail: int
    """Characters of each text of an answer that are held besides what is undecided."""
    refusal: str
    unscannable: Mapping[str, ActionKind]
    exceptions: tuple[Exemption, ...]
    _clean_inputs: dict[frozenset[Role] | Role, Verdict] = field(default_factory=dict)
    _clean_output: Verdict | None = None

    @classmethod
    def compile(
        cls, policies: Sequence[Policy], revision: str, guards: Mapping[str, GuardSpec],
        cache: DatabaseCache | None = None,
    ) -> Plan:
        """Combine ``policies`` (the strictest wins: all rules run) into one plan."""
        rules = [(rule, guards[rule.guard], rule.params if rule.params is not None else guards[rule.guard].params())
                 for policy in policies for rule in policy.rules]
        tokenizers = [(rule.id, made) for rule, _, params in rules if (made := _tokenized(rule, params)) is not None]
        restore = tuple(sorted({name for _, made in tokenizers for name in made})) if tokenizers else None
        unscannable: dict[str, ActionKind] = {}
        for policy in policies:
            for kind, action in policy.on_unscannable:
                if unscannable.get(kind) is not ActionKind.BLOCK:
                    unscannable[kind] = action
        return cls(
            name="+".join(policy.name for policy in policies) or "none",
            revision=revision,
            input=Stage.compile("input", [each for each in rules if each[0].input_roles], restore=None, cache=cache),
            output=Stage.compile("output", [each for each in rules if each[0].output], restore=restore, cache=cache),
            tokenizer=tokenizers[0][0] if tokenizers else "",
            complete=any(policy.release == "complete" for policy in policies),
            tail=max((policy.release for policy in policies if isinstance(policy.release, int)), default=0),
            refusal=policies[-1].refusal if policies else DEFAULT_REFUSAL,
            unscannable=unscannable,
            exceptions=tuple(each for policy in policies for each in policy.exceptions),
        )

    def open(self, context: Context) -> Exchange:
        """Begin judging one request."""
        return Exchange(self, context)

    def needs(self, channels: Iterable[Channel]) -> Iterator[Ask]:
        """What detectors must be asked before a request's ``channels`` are judged; the same window may come twice."""
        return needs(self.input, channels)

    def scout(self) -> Scout | None:
        """Finds out what detectors must be asked before an answer is judged; None where there is nothing to ask."""
        return Scout(self.output) if self.output.wants else None

    def clean_input(self, roles: frozenset[Role] | Role) -> Verdict:
        """The verdict on a request with texts of ``roles``, or of one role, in which nothing was found: made once."""
        verdict = self._clean_inputs.get(roles)
        if verdict is None:
            known = frozenset((roles,)) if isinstance(roles, str) else roles
            verdict = self._clean_inputs[roles] = Verdict(Decision.ALLOW, states=tuple(
                RuleState(
                    each.rule.id, "input", State.ALLOWED if known.intersection(each.rule.input_roles) else State.NOT_RUN
                )
                for each in self.input.rules
            ))
        return verdict

    def clean_output(self) -> Verdict:
        """The verdict on an answer in which nothing was found: made once."""
        if self._clean_output is None:
            states = tuple(RuleState(each.rule.id, "output", State.ALLOWED) for each in self.output.rules)
            self._clean_output = Verdict(Decision.ALLOW, states=states)
        return self._clean_output


def _tokenized(rule: Rule, params: Any) -> tuple[str, ...] | None:
    """The entities of which ``rule`` makes placeholders, as far as it can be told; None when it makes none."""
    named = [name for name, action in rule.entities if action.kind is ActionKind.TOKENIZE]
    whole = rule.action.kind is ActionKind.TOKENIZE
    return tokenized(named, params, whole=whole) if named or whole else None


def select(policies: Sequence[Policy], model: str, key: str) -> tuple[Policy, ...]:
    """The policies that apply to requests for ``model`` by ``key`` (shell-style patterns)."""
    return tuple(
        each for each in policies
        if any(fnmatchcase(model, glob) for glob in each.models) and any(fnmatchcase(key, glob) for glob in each.keys)
    )
