"""The rules of one direction, compiled: which patterns they look for, and which of their bits say that one may occur.

Made once for a plan and shared by all its texts; what is judged with it is ``gateway.core.scan``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway.core import decode
from gateway.core.guard import GuardSpec
from gateway.core.pattern import Pattern
from gateway.core.placeholders import PLACEHOLDER
from gateway.core.policy import Rule
from gateway.core.scanner import DatabaseCache, Scanner
from gateway.core.types import Direction

Absent = Callable[[Pattern], bool]


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with its guard, and the bits of its patterns in the stage's scanner."""

    rule: Rule
    spec: GuardSpec
    params: Any
    mask: int
    order: int


@dataclass(slots=True)
class Stage:
    """The rules of one direction, compiled."""

    direction: Direction
    rules: tuple[BoundRule, ...]
    detectors: tuple[str, ...]
    limits: tuple[tuple[int, BoundRule], ...]
    """Rules for which a text of more characters is a finding, strictest first."""
    scanner: Scanner
    decode_mask: int
    leet_bit: int
    restore_bit: int
    bits: dict[Pattern, int]

    def absent(self, hits: int) -> Absent:
        """Whether a pattern surely does not occur in the text whose hit mask is ``hits``."""
        bits = self.bits
        return lambda pattern: pattern in bits and not hits >> bits[pattern] & 1

    @classmethod
    def compile(
        cls, direction: Direction, rules: Iterable[tuple[Rule, GuardSpec, Any]], *, restore: bool,
        cache: DatabaseCache | None,
    ) -> Stage:
        bits: dict[Pattern, int] = {}
        bound = []
        for order, (rule, spec, params) in enumerate(rules):
            mask = 0
            for each in spec.patterns(params):
                mask |= 1 << bits.setdefault(each, len(bits))
            bound.append(BoundRule(rule, spec, params, mask, order))
        decode_mask = leet_bit = restore_bit = 0
        if any(each.spec.decode for each in bound):
            for run in decode.RUNS:
                decode_mask |= 1 << bits.setdefault(run, len(bits))
        if direction == "input" and any(each.spec.leet for each in bound):
            leet_bit = 1 << bits.setdefault(decode.LEET, len(bits))
        if restore:
            restore_bit = 1 << bits.setdefault(PLACEHOLDER, len(bits))
        detectors = tuple(dict.fromkeys(each.spec.detector for each in bound if each.spec.detector))
        limits = [
            (most, each) for each in bound
            if each.spec.longest is not None and (most := each.spec.longest(each.params)) > 0
        ]
        limits.sort(key=lambda limit: limit[0])
        scanner = Scanner(tuple(bits), cache)
        return cls(direction, tuple(bound), detectors, tuple(limits), scanner, decode_mask, leet_bit, restore_bit, bits)
