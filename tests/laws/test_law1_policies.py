"""Law 1 with policies that get in each other's way: overlapping findings, exceptions, failures, floods, placeholders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import Pattern, pattern
from gateway.core.policy import Action, ActionKind, Exemption, Policy, Release, Rule
from gateway.core.types import Channel, Context, Finding, Segment, Verdict
from gateway.core.view import View

WORD = pattern(r"\b[a-z]{2,12}\b")
PAIR = pattern(r"[a-z]{2,6}[ \n]{1,3}<?[A-Za-z]{2,6}")
DIGITS = pattern(r"\d[\d -]{2,14}\d")
LETTER = pattern(r"[aeiou]")
TAIL = pattern(r"[0-9a-f]{3}>[ .]{0,2}[a-z]{0,9}")
HEX = pattern(r"[0-9a-f]{12}")


def _spec(name: str, *patterns: Pattern, fails: str = "") -> GuardSpec:
    """Finds its patterns' matches, but raises at a match that contains ``fails``."""

    def find(view: View, _: Any) -> Iterator[Finding]:
        for each in patterns:
            for match in view.matches(each):
                if fails and fails in match.text:
                    raise RuntimeError("broken")
                if view.turn(each) % 3 != 1:
                    yield view.finding(match, entity=name.upper())

    return GuardSpec(name, find, lambda _: patterns, NoParams, True, False, "", "")


SPECS = {each.name: each for each in (
    _spec("word", WORD), _spec("pair", PAIR), _spec("digits", DIGITS, WORD), _spec("letter", LETTER),
    _spec("tail", TAIL), _spec("hex", HEX), _spec("broken", WORD, DIGITS, fails="falcon"),
)}
ADDRESS = GuardSpec(
    "address", lambda view, _: (view.finding(each, entity="MAIL") for each in view.matches(MAIL)), lambda _: (MAIL,),
    NoParams, True, False, "", "",
)
MAIL = pattern(r"\b[a-z]{1,9}@quill\.example\b")
ACTIONS = [
    Action(ActionKind.MASK), Action(ActionKind.REPLACE, "…"), Action(ActionKind.FLAG), Action(ActionKind.ALLOW),
    Action(ActionKind.TOKENIZE), Action(ActionKind.HASH), Action(ActionKind.BLOCK), Action(ActionKind.RESPOND, "no"),
]
RULES = st.lists(
    st.tuples(st.sampled_from(sorted(SPECS)), st.sampled_from(ACTIONS), st.sampled_from(["enforce", "enforce", "monitor"]),
              st.sampled_from(["block", "allow"])),
    min_size=1, max_size=3,
)
PIECES = st.sampled_from([
    "falcon", "has", "landed", " ", "\n", ".", "12 34", "9", "-", "\u00e9", "\u200b", "\u200b" * 40, "\u00df", "ann",
    "mail ", "cHJvamVjdCBmYWxjb24h", "<", ">", "f a l c o n", "\U0001f985",
])
KEY = b"key"
ASKED = Channel("user", (Segment("/x", "user", "mail ann@quill.example"),))


def _plan(rules: list[tuple[str, Action, str, str]], release: Release) -> Plan:
    made = [Rule("ask", "address", output=False, action=Action(ActionKind.TOKENIZE))]
    made += [
        Rule(f"r{index}", guard, input_roles=(), action=action, mode=mode, on_error=on_error)  # type: ignore[arg-type]
        for index, (guard, action, mode, on_error) in enumerate(rules)
    ]
    exceptions = (Exemption("r0", "landed", "me", "why", 10.0), Exemption("r0", "12 34", "me", "why", 10.0))
    policy = Policy("p", rules=tuple(made), release=release, exceptions=exceptions)
    return Plan.compile([policy], "1", {**SPECS, "address": ADDRESS})


def _deliver(plan: Plan, pieces: list[str]) -> tuple[str, bool, str, Verdict]:
    exchange = Exchange(plan, Context("d", placeholder_keys=(KEY,), now=1.0))
    exchange.judge_input((ASKED,))
    assert list(exchange.minted.values) == [NAME]
    field = exchange.field(0, "content")
    out = "".join([field.feed(piece) for piece in pieces]) + field.finish()
    return out, field.cut, field.refusal, exchange.verdict()


def _minted() -> str:
    exchange = Exchange(_plan([("word", ACTIONS[2], "enforce", "block")], "stream"), Context("d", placeholder_keys=(KEY,)))
    exchange.judge_input((ASKED,))
    return next(iter(exchange.minted.values))


NAME = _minted()


@settings(max_examples=600, deadline=None)
@given(
    rules=RULES, release=st.sampled_from(["stream", "stream", "complete", 3]),
    parts=st.lists(st.one_of(PIECES, PIECES, PIECES, st.just(NAME)), max_size=14),
    cuts=st.lists(st.integers(0, 400), max_size=30), singly=st.booleans(),
)
def test_no_policy_lets_chunking_show(
    rules: list[tuple[str, Action, str, str]], release: Release, parts: list[str], cuts: list[int], singly: bool
) -> None:
    plan, text = _plan(rules, release), "".join(parts)
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    pieces = list(text) if singly else [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]
    assert _deliver(plan, pieces) == _deliver(plan, [text])


def test_turns_taken_before_a_failure_do_not_count() -> None:
    plan = _plan([("broken", Action(ActionKind.MASK), "enforce", "block")], "stream")
    exchange = Exchange(plan, Context("d", placeholder_keys=(KEY,), now=1.0))
    exchange.judge_input((ASKED,))
    name = next(iter(exchange.minted.values))
    text = f"has{name}falcon{name}"
    assert _deliver(plan, [text]) == _deliver(plan, list(text))
    assert _deliver(plan, [text])[0].startswith("<BROKEN>")
