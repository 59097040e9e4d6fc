"""What a policy says, as plain frozen data: made from YAML at the edge, compiled by the engine.

Nothing here reads files or judges text; see ``gateway.config.policy_file`` and ``gateway.core.engine``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from gateway.core.types import ROLES, Role

Mode = Literal["enforce", "monitor", "shadow"]
Release = Literal["stream", "complete"] | int
"""When text is let go: as soon as it is judged, at the end of it all, or when so many characters after it are."""
OnError = Literal["block", "flag", "allow"]

DEFAULT_REFUSAL = "I can't share that. This answer was stopped by your organisation's policy."


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A document that a guard compares with; a parameter of type ``tuple[SourceFile, ...]`` is read from globs."""

    name: str
    text: str = field(repr=False)


class ActionKind(StrEnum):
    """What a rule does about a finding."""

    ALLOW = "allow"
    FLAG = "flag"
    MASK = "mask"
    TOKENIZE = "tokenize"
    HASH = "hash"
    REPLACE = "replace"
    RESPOND = "respond"
    BLOCK = "block"


EDITS = frozenset({ActionKind.MASK, ActionKind.TOKENIZE, ActionKind.HASH, ActionKind.REPLACE})
STOPS = frozenset({ActionKind.RESPOND, ActionKind.BLOCK})


UNJUDGED = "UNJUDGED"
"""The entity of the finding by which ``on_error: flag`` marks where a rule could not judge."""


@dataclass(frozen=True, slots=True)
class Action:
    """``text`` is the replacement of ``replace`` or the answer of ``respond``."""

    kind: ActionKind
    text: str = ""


BLOCK = Action(ActionKind.BLOCK)
FLAG = Action(ActionKind.FLAG)


@dataclass(frozen=True, slots=True)
class Rule:
    """One configured guard: where it looks, how it is set, and what follows from its findings."""

    id: str
    guard: str
    input_roles: tuple[Role, ...] = ROLES
    """Roles judged on the way in; empty: the rule does not run on input."""
    output: bool = True
    """Whether every field of an answer is judged."""
    params: Any = None
    """The guard's own frozen parameters (``GuardSpec.params``), or None for its defaults."""
    action: Action = BLOCK
    entities: tuple[tuple[str, Action], ...] = ()
    """Actions by entity; findings of an entity that is not listed take ``action``."""
    threshold: float = 0.5
    """Findings whose score is below are dropped."""
    on_error: OnError = "block"
    mode: Mode = "enforce"
    line: int = 0
    policy: str = ""
    """The policy file the rule came from, for reports."""

    def action_for(self, entity: str) -> Action:
        for name, action in self.entities:
            if name == entity:
                return action
        return self.action


@dataclass(frozen=True, slots=True)
class Exemption:
    """A time-boxed, owned exception: findings of ``rule`` on exactly ``match`` are dropped until ``until``."""

    rule: str
    match: str
    owner: str
    reason: str
    until: float
    """Seconds since the epoch at which it ends; judged by ``Context.now``, so no reload is needed."""


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One row of a policy's own ``tests:``."""

    name: str
    channels: tuple[tuple[Role, str], ...]
    output: str | None
    """The assistant's answer to judge, or None to judge the input."""
    expect: str
    by: str = ""
    text: str | None = None
    """What the text must look like after the edits."""
    not_by: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file after ``extends`` is resolved."""

    name: str
    parents: tuple[str, ...] = ()
    """Every policy that this one inherits from; where both apply, this one stands for them."""
    models: tuple[str, ...] = ("*",)
    keys: tuple[str, ...] = ("*",)
    rules: tuple[Rule, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    mode: Mode = "enforce"
    release: Release = "stream"
    on_unscannable: tuple[tuple[str, ActionKind], ...] = ()
    """Action by kind of part (image, audio, file, other, text); a kind that is not listed is blocked."""
    refusal: str = DEFAULT_REFUSAL
    file: str = ""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies of one revision; the revision is a short hash of the normalised set."""

    revision: str
    policies: tuple[Policy, ...]
    warnings: tuple[str, ...] = field(default=())
    files: tuple[str, ...] = field(default=())
    """Every file the set was read from, documents included, so that a change of any of them is noticed."""
