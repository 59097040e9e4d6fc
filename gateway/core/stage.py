"""The rules of one direction, compiled: which patterns they look for, and which of their bits say that one may occur.

Made once for a plan and shared by all its texts; what is judged with it is ``gateway.core.scan``'s.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.core import decode
from gateway.core.guard import GuardSpec
from gateway.core.marks import prepare
from gateway.core.pattern import Pattern
from gateway.core.placeholders import placeholders
from gateway.core.policy import Rule
from gateway.core.scanner import DatabaseCache, Scanner
from gateway.core.types import ROLES, Direction, Role
from gateway.core.view import Group
from gateway.core.vocabulary import Vocabulary, common, own_words, with_own
from gateway.core.windows import Ask, Passage

_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with its guard, and the bits of its patterns in the stage's scanner."""

    rule: Rule
    spec: GuardSpec
    params: Any
    mask: int
    order: int


@dataclass(frozen=True, slots=True)
class Want:
    """A detector that is asked with ``params``, about texts of ``roles``, because ``rules`` go by what it reads."""

    detector: str
    params: Hashable
    roles: frozenset[Role]
    rules: tuple[BoundRule, ...]


@dataclass(slots=True)
class Stage:
    """The rules of one direction, compiled."""

    direction: Direction
    rules: tuple[BoundRule, ...]
    wants: tuple[Want, ...]
    """Which detectors are asked; empty for a policy of patterns alone."""
    limits: tuple[tuple[int, BoundRule], ...]
    """Rules for which a text of more characters is a finding, strictest first."""
    scanner: Scanner
    decode_mask: int
    apart_bits: int
    """Those of letters that stand apart, which may be words: reading them takes the longest."""
    leet_bit: int
    restore_bit: int
    placeholders: Pattern | None
    """What is looked for in answers to be undone."""
    bits: dict[Pattern, int]
    """The bit of each pattern in a hit mask."""
    known: Vocabulary | None
    """The words by which a disguise is told, its rules' own among them; None where no rule looks behind disguises."""
    wholes: tuple[BoundRule, ...]
    """Rules that judge whole texts."""
    wanted: dict[Role, int]
    """The bits that are worth a closer look in a caller's text, by its role: those of other roles' rules are not."""
    judged: int
    """The bits of all rules, and of what may hide a match of theirs."""
    groups: dict[int, Group] = field(default_factory=dict)
    """What ``View.occurring`` knows of the patterns of its guards."""

    @classmethod
    def compile(
        cls, direction: Direction, rules: Iterable[tuple[Rule, GuardSpec, Any]], *, restore: tuple[str, ...] | None,
        cache: DatabaseCache | None,
    ) -> Stage:
        """``restore``: the entities whose placeholders are undone in texts of this direction; None: none are."""
        bits: dict[Pattern, int] = {}
        bound = []
        for order, (rule, spec, params) in enumerate(rules):
            mask = _bits(bits, spec.patterns(params))
            bound.append(BoundRule(rule, spec, params, mask, order))
        decode_mask = leet_bit = restore_bit = 0
        if any(each.spec.decode for each in bound):
            decode_mask = _bits(bits, decode.RUNS)
        if direction == "input" and any(each.spec.leet for each in bound):
            leet_bit = _bits(bits, (decode.LEET,))
        made = None if restore is None else placeholders(restore)
        if made is not None:
            restore_bit = _bits(bits, (made,))
        limits = [
            (most, each) for each in bound
            if each.spec.longest is not None and (most := each.spec.longest(each.params)) > 0
        ]
        limits.sort(key=lambda limit: limit[0])
        known = common() if decode_mask else None  # read now: no answer should wait for the list of words
        if direction == "output":
            known = None
        elif decode_mask:
            known = with_own(own_words([each.params for each in bound if each.spec.decode]))
            prepare(cache)
        scanner = Scanner(tuple(bits), cache)
        hidden = decode_mask | leet_bit | restore_bit
        wanted = {role: _wanted(bound, role, hidden) for role in ROLES}
        apart = bits.get(decode.SPACED, 0) | bits.get(decode.WRAPPED, 0)
        judged = decode_mask
        for each in bound:
            judged |= each.mask
        return cls(direction, tuple(bound), wants(direction, bound), tuple(limits), scanner, decode_mask, apart,
                   leet_bit, restore_bit, made, bits, known, tuple(each for each in bound if each.spec.whole), wanted,
                   judged)

    def asks(self, passage: Passage, role: Role) -> list[tuple[Want, Ask]]:
        """The questions about a window of a text of ``role``, and for whom; none where there is nothing to read."""
        if passage.text.isspace():
            return []
        text, before, run = _whole(passage.text), _whole(passage.before), _whole(passage.run)
        return [
            (want, Ask(want.detector, passage.start, passage.end, text, before, role, want.params, run))
            for want in self.wants if role in want.roles
        ]


def _whole(text: str) -> str:
    """``text`` without halves of surrogate pairs, which JSON's escapes may write and no tokenizer reads."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def wants(direction: Direction, bound: Iterable[BoundRule]) -> tuple[Want, ...]:
    """Rules that ask the same detector with the same parameters ask once."""
    alike: dict[tuple[str, Hashable], list[BoundRule]] = {}
    for each in bound:
        if name := each.spec.asks(each.params):
            alike.setdefault((name, each.params), []).append(each)
    return tuple(
        Want(name, params, frozenset(role for each in rules for role in roles_of(direction, each.rule)), tuple(rules))
        for (name, params), rules in alike.items()
    )


def roles_of(direction: Direction, rule: Rule) -> tuple[Role, ...]:
    """Whose texts ``rule`` judges: every answer is the assistant's."""
    return ("assistant",) if direction == "output" else rule.input_roles


def _wanted(bound: Iterable[BoundRule], role: Role, hidden: int) -> int:
    """The bits of the rules for ``role``, and ``hidden``, those of what may hide one's match, if there are any."""
    mask, any_rule = 0, False
    for each in bound:
        if role in each.rule.input_roles:
            mask, any_rule = mask | each.mask, True
    return mask | hidden if any_rule else 0


def _bits(known: dict[Pattern, int], patterns: Iterable[Pattern]) -> int:
    """The bits of ``patterns`` together; those that have none yet get the next ones."""
    mask = 0
    for each in patterns:
        mask |= known.setdefault(each, 1 << len(known))
    return mask
