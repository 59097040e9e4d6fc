"""What follows from a detector's answer: findings of the rules that asked for it, or that they could not judge."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.scan import Failed, Outcome
from gateway.core.stage import BoundRule, Want, roles_of
from gateway.core.types import Direction, Finding, State
from gateway.core.windows import Answer, Ask, Partly, Reading, Unread


def outcomes(want: Want, ask: Ask, answer: Answer, direction: Direction, path: str) -> Iterator[Outcome]:
    """What ``answer`` means to the rules of ``want``; offsets are those of the text that ``ask`` is about."""
    for bound in want.rules:
        if ask.role in roles_of(direction, bound.rule):
            if isinstance(answer, tuple):
                yield from _found(bound, ask, answer, path)
            elif isinstance(answer, Partly):
                yield from _found(bound, ask, answer.readings, path)
                yield Failed(bound, ask.start, answer.rest.value if isinstance(answer.rest, Unread) else State.ERROR)
            else:
                yield Failed(bound, ask.start, State.ERROR if answer is None else answer.value)


def _found(bound: BoundRule, ask: Ask, readings: tuple[Reading, ...], path: str) -> list[Outcome]:
    """The findings of one rule; garbage, from whomever, is never taken for "no finding"."""
    found: list[Outcome] = []
    rule, take = bound.rule, bound.spec.take
    try:
        for each in readings if take is None else take(ask, readings):
            if not 0 <= each.start < each.end <= len(ask.text):
                raise ValueError("a reading lies outside its window")
            if not each.score < rule.threshold:  # a score that is no number counts
                found.append((bound, Finding(rule.id, path, ask.start + each.start, ask.start + each.end, each.score,
                                             each.entity)))  # fmt: skip
    except Exception:  # noqa: BLE001  # law 5: whatever a guard raises is a state, never "no finding"
        return [Failed(bound, ask.start)]
    return found
