"""Law 5: a guard that fails is a state, and blocks unless the policy says otherwise. Never "no finding"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import pattern
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Finding, Segment, State
from gateway.core.view import View

WORD = pattern(r"\bcomet\b")


def _raises(view: View, _: object) -> Iterator[Finding]:
    raise RuntimeError("broken")
    yield


def _raises_late(view: View, _: object) -> Iterator[Finding]:
    for match in view.matches(WORD):
        yield view.finding(match)
        raise RuntimeError("broken after the first finding")


def _garbage(view: View, _: object) -> Iterator[Finding]:
    for _ in view.matches(WORD):
        yield None  # type: ignore[misc]


BROKEN = {"raises": _raises, "late": _raises_late, "garbage": _garbage}


def _open(how: str, on_error: str, mode: str = "enforce") -> Exchange:
    spec = GuardSpec(how, BROKEN[how], lambda _: (WORD,), NoParams, True, False, "", "")
    rule = Rule("r", how, action=FLAG, on_error=on_error, mode=mode)  # type: ignore[arg-type]
    return Plan.compile([Policy("p", rules=(rule,))], "1", {how: spec}).open(Context("d"))


def _ask(exchange: Exchange) -> tuple[Decision, State]:
    verdict = exchange.judge_input((Channel("user", (Segment("/x", "user", "a comet passes"),)),))
    return verdict.decision, verdict.states[0].state


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize(("on_error", "decision"), [("block", Decision.BLOCK), ("flag", Decision.ALLOW), ("allow", Decision.ALLOW)])
def test_input(how: str, on_error: str, decision: Decision) -> None:
    assert _ask(_open(how, on_error)) == (decision, State.ERROR)


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("pieces", [["a comet passes by"], list("a comet passes by")])
@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_output(how: str, pieces: list[str], on_error: str) -> None:
    exchange = _open(how, on_error)
    field = exchange.field(0, "content")
    text = "".join([field.feed(piece) for piece in pieces]) + field.finish()
    assert exchange.verdict().states[0].state is State.ERROR
    if on_error == "block":
        assert field.cut
        assert "comet" not in text
        assert exchange.verdict().rules == ("r",)
        assert exchange.verdict().decision is Decision.BLOCK
    else:
        assert not field.cut
        assert text == "a comet passes by"


def test_what_only_looked_like_a_match_for_a_while_is_no_failure() -> None:
    exchange = _open("raises", "block")
    field = exchange.field(0, "content")
    assert "".join([field.feed(char) for char in "two comets pass"]) + field.finish() == "two comets pass"
    assert exchange.verdict().states[0].state is State.ALLOWED


def _outside(view: View, _: object) -> Iterator[Finding]:
    for match in view.matches(WORD):
        yield Finding("r", view.path, view.finding(match).start, 1 << 40)


def _no_score(view: View, _: object) -> Iterator[Finding]:
    for match in view.matches(WORD):
        yield view.finding(match, score=float("nan"))


@pytest.mark.parametrize(("find", "state"), [(_outside, State.ERROR), (_no_score, State.BLOCKED)])
def test_garbage_blocks(find: object, state: State) -> None:
    spec = GuardSpec("g", find, lambda _: (WORD,), NoParams, True, False, "", "")  # type: ignore[arg-type]
    exchange = Plan.compile([Policy("p", rules=(Rule("r", "g"),))], "1", {"g": spec}).open(Context("d"))
    assert _ask(exchange) == (Decision.BLOCK, state)


@pytest.mark.parametrize("pieces", [["fine, a comet passes"], list("fine, a comet passes")])
def test_the_cut_stands_where_the_guard_failed(pieces: list[str]) -> None:
    field = _open("late", "block").field(0, "content")
    assert "".join([field.feed(piece) for piece in pieces]) + field.finish() == "fine, a "


def test_monitoring_never_blocks() -> None:
    assert _ask(_open("raises", "block", "monitor")) == (Decision.ALLOW, State.ERROR)


def test_an_unreadable_flood_is_blocked_and_named() -> None:
    exchange = _open("late", "block")
    field = exchange.field(0, "content")
    text = field.feed("fine " + "\u200b" * 200 + "co") + field.feed("met") + field.finish()
    assert field.cut
    assert text.rstrip("\u200b") == "fine "
    assert exchange.verdict().rules == ("unscannable:text",)


def test_rules_of_other_roles_are_not_run() -> None:
    spec = GuardSpec("late", _raises_late, lambda _: (WORD,), NoParams, True, False, "", "")
    rules = (Rule("users", "late", input_roles=("user",)), Rule("tools", "late", input_roles=("tool",)))
    exchange = Plan.compile([Policy("p", rules=rules)], "1", {"late": spec}).open(Context("d"))
    verdict = exchange.judge_input((Channel("user", (Segment("/x", "user", "calm"),)),))
    assert [(each.rule, each.state) for each in verdict.states] == [("users", State.ALLOWED), ("tools", State.NOT_RUN)]
