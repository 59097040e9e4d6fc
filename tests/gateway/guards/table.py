"""The table every guard is tested with: a row says what is found, everything else is checked for free.

For each row: the findings, every way to cut the text in two or three, the evasion mutators, the way back to
the original offsets, and that 100 KiB of it stay linear.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Finding, Role, Segment
from tests.timing import best, is_below

Expected = Sequence[str | tuple[int, int] | tuple[str, str]]
Row = tuple[str, Expected]

_WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_LOOKALIKE = dict(zip("aceopxyABCEHKMOPTXi", "асеорхуАВСЕНКМОРТХі", strict=True))

MUTATORS: dict[str, Callable[[str], str]] = {
    "zero-width": lambda char: char + "\u200b",
    "soft hyphen": lambda char: char + "\u00ad",
    "word joiner": lambda char: "\u2060" + char,
    "combining mark": lambda char: char + "\u0336" if char.isalnum() else char,
    "variation selector": lambda char: char + "\ufe0f",
    "full width": lambda char: _WIDE.get(char, char),
    "look-alike": lambda char: _LOOKALIKE.get(char, char),
    "no-break space": lambda char: "\u00a0" if char == " " else char,
}


def plan_for(name: str, params: Any = None, roles: tuple[Role, ...] = ("user",)) -> Plan:
    """A plan with the one guard ``name``, which only flags, so that every finding of a text is seen.

    Tables are about patterns: what a detector reads has tests of its own.
    """
    rule = Rule("table", name, input_roles=roles, params=params, action=FLAG, threshold=0.0)
    specs = {name: replace(guards()[name], detector="")}
    return Plan.compile([Policy("table", rules=(rule,))], "test", specs)


def streamed(plan: Plan, pieces: Sequence[str], context: Context | None = None) -> tuple[Finding, ...]:
    """What the guard finds in an answer that arrives in ``pieces``; the text itself must come through whole."""
    exchange = Exchange(plan, context or Context("table"))
    field = exchange.field(0, "content")
    out = "".join([field.feed(piece) for piece in pieces]) + field.finish()
    assert out == "".join(pieces)
    return exchange.verdict().findings


def asked(plan: Plan, text: str, role: Role = "user") -> tuple[Finding, ...]:
    """What the guard finds in a request."""
    return Exchange(plan, Context("table")).judge_input((Channel(role, (Segment("/text", role, text),)),)).findings


def _spans(findings: Sequence[Finding]) -> list[tuple[int, int, str]]:
    return sorted((each.start, each.end, each.entity) for each in findings)


def _wanted(text: str, expected: Expected, findings: Sequence[Finding]) -> None:
    assert len(findings) == len(expected), [(text[f.start : f.end], f.entity) for f in findings]
    for each, found in zip(expected, sorted(findings, key=lambda f: (f.start, f.end)), strict=True):
        if isinstance(each, str):
            assert text[found.start : found.end] == each
        elif isinstance(each[0], str):
            assert (text[found.start : found.end], found.entity) == each
        else:
            assert (found.start, found.end) == each


def _check_cuts(plan: Plan, text: str, _: Expected, context: Context | None) -> None:
    whole = _spans(streamed(plan, [text], context))
    for first in range(len(text) + 1):
        assert _spans(streamed(plan, [text[:first], text[first:]], context)) == whole, first
        for second in range(first + 1, len(text)):
            pieces = [text[:first], text[first:second], text[second:]]
            assert _spans(streamed(plan, pieces, context)) == whole, (first, second)


def _check_mutators(plan: Plan, text: str, expected: Expected, context: Context | None, gaps: frozenset[str]) -> None:
    plain = streamed(plan, [text], context)
    for name, mutate in MUTATORS.items():
        if name in gaps:
            continue
        starts, mutated = [], ""
        for char in text:
            starts.append(len(mutated))
            mutated += mutate(char)
        starts.append(len(mutated))
        found = streamed(plan, [mutated], context)
        assert len(found) == len(plain), (name, len(found), len(plain))
        for before, after in zip(plain, found, strict=True):
            assert after.start <= starts[before.start] + 1, name
            assert after.end > starts[before.end - 1], name


def _check_linear(plan: Plan, text: str) -> None:
    small = best(lambda: _spent(plan, text, 10_240))
    most = min(1.0, 40 * max(small, 0.002))
    assert is_below(lambda: _spent(plan, text, 102_400), most), f"10 KiB: {small:.4f} s, 100 KiB: more than {most:.2f} s of CPU"


def _spent(plan: Plan, text: str, size: int) -> float:
    """CPU seconds for ``size`` characters of the row."""
    flood = ((text + " ") * (size // (len(text) + 1) + 1))[:size]
    gc.disable()
    try:
        begun = time.process_time()
        streamed(plan, [flood])
        return time.process_time() - begun
    finally:
        gc.enable()


def guard_table(
    name: str, rows: Sequence[Row], *, params: Any = None, role: Role = "user", known_gaps: Sequence[str] = (),
    context: Context | None = None,
) -> Callable[..., None]:
    """A parametrised test of guard ``name``.

    ``rows``: ``(text, expected)``; each expected finding is the text found, ``(text, entity)`` or ``(start, end)``.
    ``known_gaps``: names of mutators that this guard does not withstand.
    """
    made = cache(lambda: plan_for(name, params, (role,)))  # not here: every process of a run collects every table
    checks = ("found in an answer", "found in a request", "every cut", "mutated", "linear")
    if guards()[name].whole:  # judges answers only
        checks = tuple(each for each in checks if each != "found in a request")
    cases = [pytest.param(row, check, id=f"{index}-{check}") for index, row in enumerate(rows) for check in checks]

    @pytest.mark.parametrize(("row", "check"), cases)
    def test(row: Row, check: str) -> None:
        text, expected = row
        plan = made()
        if check == "found in an answer":
            _wanted(text, expected, streamed(plan, [text], context))
        elif check == "found in a request":
            _wanted(text, expected, asked(plan, text, role))
        elif check == "every cut":
            _check_cuts(plan, text, expected, context)
        elif check == "mutated":
            _check_mutators(plan, text, expected, context, frozenset(known_gaps))
        else:
            _check_linear(plan, text)

    return test
