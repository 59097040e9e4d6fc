"""Which rules ``wardgate scan`` judges by: a guard as it is shipped, or a policy's rules, and what a line adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from gateway.cli.judging import CACHE, load
from gateway.config.policy_rules import Draft, Key, RuleReader
from gateway.config.validation import keys_of
from gateway.config.yaml_lines import Document, nearest, parse, read
from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec, guards
from gateway.core.policy import ActionKind, Exemption, Policy, PolicySet, Rule
from gateway.core.types import ROLES
from gateway.detectors.loading import check_detectors
from gateway.errors import ConfigError, PolicyErrors
from gateway.supervisor.database_cache import DiskCache

ALL = "all"
KEPT = 32
"""Plans for different topics that are kept; a file usually names few."""
_EVERYWHERE = {"input": list(ROLES), "output": True}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; plain, so that worker processes can be given it."""

    guard: str = ""
    policy: str = ""
    sensitivity: str = ""
    params: str = ""


@dataclass(slots=True)
class Scanned:
    """A plan whose rules find everything, whatever its score, and the rules as they are meant."""

    plan: Plan
    rules: dict[str, Rule]
    exceptions: tuple[Exemption, ...] = ()


@dataclass(slots=True)
class Rules:
    """The rules of one command, compiled for each set of topics that lines bring along."""

    asked: Asked
    notes: list[str] = field(default_factory=list)
    """What the operator should know: guards that were left out and why."""
    _policies: tuple[Policy, ...] = ()
    _plans: dict[bytes, Scanned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = self.asked
        if asked.policy:
            self._policies = self._from_file(asked)
        elif asked.guard == ALL:
            self._policies = (_policy(self._all_guards(asked)),)
        elif asked.guard != "topic":
            self._policies = (_policy([_rule(asked.guard, self._with_models(asked), asked.sensitivity)]),)

    def __call__(self, topics: bytes = b"") -> Scanned:
        """The rules for lines with ``topics``. Raises ConfigError where these make no rule."""
        known = self._plans.pop(topics, None)
        if known is None:
            known = self._compiled(topics)
            while len(self._plans) >= KEPT:
                del self._plans[next(iter(self._plans))]
        self._plans[topics] = known
        return known

    @property
    def waits(self) -> bool:
        """Whether models read, which have threads of their own: worker processes would only load them again."""
        return any(guards()[rule.guard].asks(_made(guards()[rule.guard], rule)) for policy in self._policies
                   for rule in policy.rules)  # fmt: skip

    def _compiled(self, topics: bytes) -> Scanned:
        policies = self._policies
        if topics or (self.asked.guard == "topic" and not policies):
            given = {**_params(self.asked), **_topics(orjson.loads(topics))} if topics else _params(self.asked)
            own = _rule("topic", given, self.asked.sensitivity)
            kept = tuple(replace(each, rules=tuple(rule for rule in each.rules if rule.guard != "topic"))
                         for each in policies)
            policies = (*kept, _policy([own]))
        found = PolicySet("scan", policies)
        check_detectors(found, guards())
        rules = {rule.id: rule for policy in policies for rule in policy.rules}
        everything = tuple(replace(each, rules=tuple(map(_everything, each.rules)), exceptions=()) for each in policies)
        plan = Plan.compile(everything, "scan", guards(), DiskCache(CACHE))
        return Scanned(plan, rules, tuple(each for policy in policies for each in policy.exceptions))

    def _from_file(self, asked: Asked) -> tuple[Policy, ...]:
        _, policies = load([asked.policy])
        if asked.guard in ("", ALL):
            chosen = policies
        else:
            chosen = tuple(replace(each, rules=tuple(rule for rule in each.rules if rule.guard == asked.guard))
                           for each in policies)
            if not any(each.rules for each in chosen):
                known = sorted({rule.guard for each in policies for rule in each.rules})
                raise ConfigError(f"has no rule of guard '{asked.guard}'", file=asked.policy,
                                  cure=nearest(asked.guard, known))  # fmt: skip
        if asked.sensitivity:
            level = _threshold(asked.sensitivity)
            chosen = tuple(replace(each, rules=tuple(replace(rule, threshold=level) for rule in each.rules))
                           for each in chosen)
        return chosen

    def _with_models(self, asked: Asked) -> dict[str, Any]:
        """Parameters by which a guard also looks for what it does on request alone because a model must read for it."""
        params, spec = _params(asked), guards().get(asked.guard)
        more = sorted(getattr(spec.params, "ON_REQUEST", ())) if spec is not None and "entities" not in params else []
        more = [each for each in more if spec is not None and spec.asks(spec.params(entities=(each,)))]
        if spec is None or not more:
            return params
        given = {**params, "entities": [*spec.params().entities, *more]}
        try:
            check_detectors(PolicySet("scan", (_policy([_rule(asked.guard, given, "")]),)), guards())
        except PolicyErrors as error:
            self.notes.append(f"without {', '.join(more)}: {error.errors[0].message}")
            return params
        return given

    def _all_guards(self, asked: Asked) -> list[Rule]:
        """Every guard that works as it is; the others are named with the reason."""
        if asked.params:
            raise ConfigError("cannot be given to all guards at once", field="--params", cure="name one --guard")
        found: list[Rule] = []
        for name in sorted(guards()):
            try:
                rule = _rule(name, {}, asked.sensitivity)
                check_detectors(PolicySet("scan", (_policy([rule]),)), guards())
                found.append(rule)
            except ConfigError as error:
                first = getattr(error, "errors", (error,))[0]
                self.notes.append(f"without guard '{name}': {first.message}")
        return found


def _everything(rule: Rule) -> Rule:
    """``rule``, reporting whatever it finds."""
    return replace(rule, threshold=0.0, action=replace(rule.action, kind=ActionKind.FLAG, text=""), entities=(),
                   mode="enforce", on_error="allow")  # fmt: skip


def _policy(rules: list[Rule]) -> Policy:
    return Policy("scan", rules=tuple(rules), on_unscannable=(("language", ActionKind.FLAG),))


def _made(spec: GuardSpec, rule: Rule) -> Any:
    return spec.params() if rule.params is None else rule.params


def _rule(guard: str, params: Mapping[str, Any], sensitivity: str) -> Rule:
    """A rule of ``guard`` with its shipped defaults but for ``params``, checked as in a policy file."""
    keys: dict[str, Any] = {"id": guard, "guard": guard, "on": _EVERYWHERE, "action": "block", **params}
    if isinstance(keys.get("entities"), list):  # those alone, each as grave as the rule
        keys["entities"] = dict.fromkeys(keys["entities"], "block")
        del keys["action"]
    if sensitivity:
        keys["sensitivity"] = _level(sensitivity)
    document = Document(keys, {}, "")
    drafted = {name: Key(value, document, (name,)) for name, value in keys.items()}
    reader = RuleReader(guards())
    rule = reader.read(Draft(guard, drafted, document, (), "scan", "enforce", "block"))
    if rule is None:
        errors = tuple(reader.errors)
        for each in errors:
            each.file, each.line = "", 0
            each.field = {"guard": "--guard", "sensitivity": "--sensitivity"}.get(each.field, each.field)
        raise PolicyErrors(errors)
    return rule


def _level(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _threshold(sensitivity: str) -> float:
    return _rule("secrets", {}, sensitivity).threshold


def _params(asked: Asked) -> dict[str, Any]:
    """``--params``: a mapping in YAML (so in JSON, too), or ``@`` and a file with one."""
    if not asked.params:
        return {}
    text = asked.params
    document = read(Path(text[1:])) if text.startswith("@") else parse(text.encode(), "--params")
    if not isinstance(document.data, dict):
        raise ConfigError("is not a mapping", file=document.file, cure='write {"name": value}')
    return dict(document.data)


def _topics(topics: Any) -> dict[str, Any]:
    """A line's ``topics`` as parameters of the guard: a list is denied, a mapping says what is denied and allowed."""
    given = topics if isinstance(topics, dict) and ("deny" in topics or "allow" in topics) else {"deny": topics}
    known = keys_of(guards()["topic"].params)
    for key in given:
        if key not in known:
            cure = nearest(str(key), list(known))
            raise ConfigError("is no parameter of the guard", field=f"topics.{key}", cure=cure)
    return {key: [_topic(each) for each in (value if isinstance(value, list) else [value])] if key == "deny" else value
            for key, value in given.items()}  # fmt: skip


def _topic(topic: Any) -> Any:
    """A topic in one word or sentence is its own name, description and phrase."""
    return {"name": topic, "describe": topic, "phrases": [topic]} if isinstance(topic, str) else topic
