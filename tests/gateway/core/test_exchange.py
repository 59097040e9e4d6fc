"""One request's judging: actions, keys, exceptions, parts that no one can read, and what an audit is told."""

from __future__ import annotations

import pytest

from gateway.core.edits import apply
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import BLOCK, FLAG, Action, ActionKind, Exemption, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Role, Segment, State, Unscannable, Verdict
from tests.gateway.core.test_stream import SPECS

Parts = tuple[tuple[str, str], ...]


def _exchange(*rules: Rule, now: float = 5.0, **policy: object) -> Exchange:
    plan = Plan.compile([Policy("p", rules=rules, refusal="No.", **policy)], "1", SPECS)  # type: ignore[arg-type]
    return Exchange(plan, Context("d7", now=now, placeholder_keys=(b"k",)))


def _channel(*texts: str, role: Role = "user", path: str = "/m/") -> Channel:
    return Channel(role, tuple(Segment(f"{path}{index}", role, text) for index, text in enumerate(texts)))


def _sent(verdict: Verdict, channel: Channel) -> list[str]:
    return [apply(each.text, [edit for edit in verdict.edits if edit.path == each.path]) for each in channel.segments]


@pytest.mark.parametrize(("action", "sent", "state"), [
    (Action(ActionKind.MASK), "see <CAT> now", State.EDITED), (Action(ActionKind.REPLACE, "it"), "see it now", State.EDITED),
    (FLAG, "see cat now", State.FLAGGED), (Action(ActionKind.ALLOW), "see cat now", State.ALLOWED),
])
def test_actions_that_let_pass(action: Action, sent: str, state: State) -> None:
    channel = _channel("see cat now")
    verdict = _exchange(Rule("r", "cat", action=action)).judge_input((channel,))
    assert (verdict.decision, _sent(verdict, channel), verdict.states[0].state) == (Decision.ALLOW, [sent], state)
    assert len(verdict.findings) == (state is not State.ALLOWED)


def test_a_block_names_its_rules_in_policy_order_and_edits_nothing() -> None:
    exchange = _exchange(
        Rule("mask", "mail", action=Action(ActionKind.MASK)), Rule("b", "sat", action=Action(ActionKind.RESPOND, "Ask Bo.")),
        Rule("a", "cat"),
    )
    verdict = exchange.judge_input((_channel("cat"), _channel("cat sat, ann@quill.org")))
    assert (verdict.decision, verdict.rules, verdict.edits) == (Decision.BLOCK, ("b", "a"), ())
    assert (verdict.respond, verdict.refusal) == ("Ask Bo.", "No. (decision d7)")


def test_a_match_over_two_parts_is_edited_in_both() -> None:
    channel = _channel("the cat", "at")
    spanning = Channel("user", channel.segments, joiner=" s")
    verdict = _exchange(Rule("r", "sat", action=Action(ActionKind.MASK))).judge_input((spanning,))
    assert _sent(verdict, spanning) == ["the <SAT>", ""]
    assert [(each.path, each.start, each.end) for each in verdict.findings] == [("/m/0", 4, 7), ("/m/1", 0, 2)]


@pytest.mark.parametrize(("action", "decision"), [(Action(ActionKind.MASK), Decision.BLOCK), (FLAG, Decision.ALLOW)])
def test_a_key_that_would_have_to_change_blocks(action: Action, decision: Decision) -> None:
    channel = Channel("user", (Segment("/metadata/cat/~key", "user", "cat"),))
    assert _exchange(Rule("r", "cat", action=action)).judge_input((channel,)).decision is decision


@pytest.mark.parametrize(("text", "now", "blocked"), [
    ("ann@quill.org", 5.0, False), ("ANN@Quill.org", 5.0, True), ("ann@quill.org", 10.0, True), ("bob@quill.org", 5.0, True),
    ("ann@quill.org bob@quill.org", 5.0, True), ("ann\u200b@quill.org", 5.0, True),
])
@pytest.mark.parametrize("pieces", [True, False])
def test_an_exception_is_for_one_text_and_ends(text: str, now: float, blocked: bool, pieces: bool) -> None:
    exceptions = (Exemption("r", "ann@quill.org", "me", "why", 10.0), Exemption("other", "bob@quill.org", "me", "why", 10.0))
    exchange = _exchange(Rule("r", "mail"), now=now, exceptions=exceptions)
    assert (exchange.judge_input((_channel(text),)).decision is Decision.BLOCK) is (blocked and text.islower())
    field = exchange.field(0, "content")
    for piece in text if pieces else [text]:
        field.feed(piece)
    field.finish()
    assert field.cut is (blocked and text.islower())


@pytest.mark.parametrize(("answers", "kind", "decision", "rules"), [
    ((), "image", Decision.BLOCK, ("unscannable:image",)), ((("image", ActionKind.FLAG),), "image", Decision.ALLOW, ()),
    ((("image", ActionKind.FLAG),), "audio", Decision.BLOCK, ("unscannable:audio",)),
])
def test_parts_that_no_one_can_read(answers: object, kind: str, decision: Decision, rules: tuple[str, ...]) -> None:
    verdict = _exchange(Rule("r", "cat"), on_unscannable=answers).judge_input((_channel("hi"),), (Unscannable("/x", kind),))
    assert (verdict.decision, verdict.rules) == (decision, rules)


@pytest.mark.parametrize(("answer", "blocked"), [((), True), ((("text", ActionKind.ALLOW),), False)])
def test_a_text_that_is_mostly_nothing(answer: object, blocked: bool) -> None:
    exchange = _exchange(Rule("r", "cat"), on_unscannable=answer)
    assert (exchange.judge_input((_channel("a" + "\u200b" * 65),)).decision is Decision.BLOCK) is blocked
    field = exchange.field(0, "content")
    assert len(field.feed("a" + "\u200b" * 80) + field.finish()) == (65 if blocked else 81)


def test_the_gravest_state_stays_and_roles_decide_who_runs() -> None:
    exchange = _exchange(Rule("r", "cat", action=FLAG, entities=(("CAT", FLAG),)), Rule("t", "cat", input_roles=("tool",)))
    states = exchange.judge_input((_channel("cat"), _channel("calm"))).states
    assert [(each.rule, each.stage, each.state) for each in states] == [
        ("r", "input", State.FLAGGED), ("t", "input", State.NOT_RUN)]
    exchange.note("r", "input", State.ERROR)
    exchange.note("r", "input", State.EDITED)
    assert exchange.judge_input(()).states[0].state is State.ERROR
    assert [each.state for each in exchange.verdict().states] == [State.NOT_RUN, State.NOT_RUN]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_choices_does_not_show(order: tuple[int, int]) -> None:
    exchange = _exchange(Rule("b", "mail", action=BLOCK), Rule("a", "cat", action=BLOCK))
    texts = ("so ann@quill.org ", "a cat sat ")
    for index in order:
        exchange.field(index, "content").feed(texts[index])
    verdict = exchange.verdict()
    assert (verdict.rules, [each.path for each in verdict.findings]) == (
        ("b", "a"), ["/choices/0/content", "/choices/1/content"])
    assert exchange.blocked(0)
    assert exchange.blocked(1)
    assert not exchange.blocked(2)
