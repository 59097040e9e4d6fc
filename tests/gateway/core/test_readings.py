"""What detectors read in a request: findings like any others, and an exact state for each rule that could not judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from gateway.core.engine import Plan
from gateway.core.guard import GuardSpec
from gateway.core.policy import Action, ActionKind, Exemption, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Finding, Role, Segment, State, Verdict
from gateway.core.windows import UNSCANNABLE, Answer, Ask, Partly, Question, Reading, Unread
from gateway.detectors.answers import checked
from tests.gateway.detectors.stand_in import answers, nothing, reading, spec

MASK, FLAG = Action(ActionKind.MASK), Action(ActionKind.FLAG)
RULE = Rule("tone", "tone")


def _plan(*rules: Rule, specs: Iterable[GuardSpec] = (), **policy: object) -> Plan:
    known = {each.name: each for each in (spec(), *specs)}
    return Plan.compile([Policy("p", rules=rules or (RULE,), **policy)], "1", known)  # type: ignore[arg-type]


def _channel(*texts: str, role: Role = "user", path: str = "/messages/{}/content") -> Channel:
    return Channel(role, tuple(Segment(path.format(at), role, text) for at, text in enumerate(texts)))


def _judged(plan: Plan, *channels: Channel, said: dict[Question, Answer] | None = None) -> Verdict:
    return plan.open(Context("d", now=1.0)).judge_input(channels, (), answers(plan.needs(channels)) if said is None else said)


def _state(verdict: Verdict) -> State:
    return verdict.states[0].state


def test_a_window_that_is_bad_blocks_and_is_the_finding() -> None:
    verdict = _judged(_plan(), _channel("x" * 390 + ". ", "You are vile."))
    assert (verdict.decision, verdict.rules, _state(verdict)) == (Decision.BLOCK, ("tone",), State.BLOCKED)
    assert verdict.findings == (Finding("tone", "/messages/1/content", 0, 13, 0.9),)


def test_a_harmless_text_is_allowed_and_was_judged() -> None:
    assert _state(_judged(_plan(), _channel("All is well."))) is State.ALLOWED


@pytest.mark.parametrize(("threshold", "found"), [(0.5, True), (0.6, True), (0.61, False)])
def test_the_rules_threshold_counts(threshold: float, found: bool) -> None:
    verdict = _judged(_plan(replace(RULE, threshold=threshold)), _channel("A grim day."))
    assert bool(verdict.findings) is found


def test_spans_are_edited_each_by_its_entity() -> None:
    rule = replace(RULE, action=Action(ActionKind.ALLOW), entities=(("PERSON", MASK), ("PLACE", FLAG)))
    text = "é " * 250 + "Ask Zoe in Ulm. And Ned."
    verdict = _judged(_plan(rule), _channel(text))
    assert [(text[each.start : each.end], each.replacement) for each in verdict.edits] == [("Zoe", "<PERSON>"), ("Ned", "<PERSON>")]
    assert [text[each.start : each.end] for each in verdict.findings] == ["Zoe", "Ulm", "Ned"]
    assert _state(verdict) is State.EDITED


def test_an_exception_holds_for_readings_too() -> None:
    rule = replace(RULE, entities=(("PERSON", MASK),))
    plan = _plan(rule, exceptions=(Exemption("tone", "zoe", "o", "r", 2.0),))
    assert not _judged(plan, _channel("Ask Zoe.")).edits
    assert _judged(plan, _channel("Ask Ned.")).edits


def test_a_monitor_flags() -> None:
    verdict = _judged(_plan(replace(RULE, mode="monitor")), _channel("vile"))
    assert (verdict.decision, _state(verdict)) == (Decision.ALLOW, State.FLAGGED)


def test_escapes_of_arguments_are_read_and_edits_lead_back_to_what_is_written() -> None:
    path = "/messages/{}/tool_calls/0/function/arguments"
    text = '{"to": "\\u005aoe", "n": "\\n\\"Ned\\""}'
    rule = replace(RULE, entities=(("PERSON", MASK),), input_roles=("assistant",))
    verdict = _judged(_plan(rule), _channel("{}", text, role="assistant", path=path))
    assert [(each.path[10], text[each.start : each.end]) for each in verdict.edits] == [("1", "\\u005aoe"), ("1", "Ned")]


def test_only_texts_of_roles_that_a_rule_judges_are_asked_about() -> None:
    plan = _plan(replace(RULE, input_roles=("tool", "document")))
    channels = _channel("a"), _channel("b", role="tool"), _channel(" \n ", role="document")
    assert [(ask.text, ask.role) for ask in plan.needs(channels)] == [("b", "tool")]
    assert plan.scout() is not None
    assert _plan(replace(RULE, output=False)).scout() is None


def test_rules_that_ask_the_same_ask_once_and_each_goes_by_its_own_roles() -> None:
    plan = _plan(replace(RULE, input_roles=("user",)), replace(RULE, id="tools", input_roles=("tool",)))
    channels = _channel("vile"), _channel("vile", role="tool")
    assert len(list(plan.needs(channels))) == 2
    assert [each.rule for each in _judged(plan, channels[0]).findings] == ["tone"]
    assert [each.rule for each in _judged(plan, channels[1]).findings] == ["tools"]


@dataclass(frozen=True)
class _Params:
    detector: str = ""


def test_a_guard_asks_the_detector_that_its_parameters_need() -> None:
    choosy = GuardSpec("choosy", nothing, lambda _: (), _Params, False, False, lambda params: params.detector, "")
    asking, mute = Rule("asking", "choosy", params=_Params("tone")), Rule("mute", "choosy", params=_Params())
    plan = _plan(asking, mute, specs=[choosy])
    assert [(ask.detector, ask.params) for ask in plan.needs((_channel("vile"),))] == [("tone", _Params("tone"))]
    verdict = _judged(plan, _channel("vile"))
    assert [each.state for each in verdict.states] == [State.BLOCKED, State.ALLOWED]


def test_what_was_read_in_part_has_its_findings_and_says_that_the_rest_was_not() -> None:
    plan = _plan(replace(RULE, on_error="allow"))
    channel = _channel("One.")
    for score, states in ((0.9, State.BLOCKED), (0.1, State.UNSCANNABLE)):
        said: dict[Question, Answer] = {
            ask.question: Partly((Reading(0, 4, score),), UNSCANNABLE) for ask in plan.needs([channel])}
        verdict = _judged(plan, channel, said=said)
        assert [each.state for each in verdict.states] == [states]
        assert ("tone" in verdict.rules) is (score > 0.5)


def test_garbage_in_part_is_garbage() -> None:
    ask = Ask("tone", 0, 4, "One.", "")
    fine, wrong = Partly((Reading(0, 4, 0.2),), UNSCANNABLE), Partly((Reading(0, 9, 0.2),), UNSCANNABLE)
    assert checked([ask, ask], [fine, wrong]) == [fine, Unread.ERROR]
    assert checked([ask], [Partly((Reading(0, 4, 0.2),), "nothing")]) == [Unread.ERROR]


@pytest.mark.parametrize(("answer", "state"), [
    (None, State.ERROR), (Unread.ERROR, State.ERROR), (Unread.TIMEOUT, State.TIMEOUT), ((Reading(0, 99, 0.9),), State.ERROR),
    ((Reading(2, 2, 0.9),), State.ERROR), (("vile",), State.ERROR),
])
@pytest.mark.parametrize(("on_error", "mode", "decision"), [
    ("block", "enforce", Decision.BLOCK), ("flag", "enforce", Decision.ALLOW), ("allow", "enforce", Decision.ALLOW),
    ("block", "monitor", Decision.ALLOW),
])
def test_a_rule_without_readings_could_not_judge(
    answer: Answer, state: State, on_error: str, mode: str, decision: Decision
) -> None:
    sound = Rule("sound", "sound")
    plan = _plan(replace(RULE, on_error=on_error, mode=mode), sound, specs=[spec("sound", "other")])  # type: ignore[arg-type]
    channel = _channel("One.", "Two.")
    said = {ask.question: answer if ask.detector == "tone" else () for ask in plan.needs([channel])}
    verdict = _judged(plan, channel, said=said)
    assert [each.state for each in verdict.states] == [state, State.ALLOWED]
    assert verdict.decision is decision
    assert verdict.rules == (("tone",) if decision is Decision.BLOCK else ())
    marks = [Finding("tone", "/messages/0/content", 0, 1, 0.0, "UNJUDGED")] if on_error == "flag" else []
    assert list(verdict.findings) == marks


@pytest.mark.parametrize(("answer", "decision"), [
    ({}, Decision.BLOCK), ({"language": ActionKind.BLOCK}, Decision.BLOCK), ({"language": ActionKind.FLAG}, Decision.ALLOW),
    ({"language": ActionKind.ALLOW}, Decision.ALLOW),
])
def test_a_language_that_the_detector_does_not_know(answer: dict[str, ActionKind], decision: Decision) -> None:
    plan = _plan(replace(RULE, on_error="allow"), on_unscannable=tuple(answer.items()))
    verdict = _judged(plan, _channel("bonjour"))
    assert (verdict.decision, _state(verdict)) == (decision, State.UNSCANNABLE)
    assert verdict.rules == (("unscannable:language",) if decision is Decision.BLOCK else ())


def test_an_unknown_language_does_not_block_for_a_monitor() -> None:
    assert _judged(_plan(replace(RULE, mode="shadow")), _channel("bonjour")).decision is Decision.ALLOW


def test_what_was_not_asked_counts_as_failed() -> None:
    assert _state(_judged(_plan(), _channel("fine"), said={})) is State.ERROR


def test_a_guard_may_choose_among_readings_and_fails_alone() -> None:
    def people(ask: Ask, readings: tuple[Reading, ...]) -> list[Reading]:
        return [each for each in readings if each.entity == "PERSON"]

    def broken(ask: Ask, readings: tuple[Reading, ...]) -> list[Reading]:
        raise RuntimeError(ask.text)

    specs = [replace(spec("people"), take=people), replace(spec("fragile"), take=broken)]
    plan = _plan(replace(RULE, action=FLAG), Rule("people", "people", action=FLAG), Rule("fragile", "fragile"), specs=specs)
    verdict = _judged(plan, _channel("Zoe in Ulm"))
    assert [each.state for each in verdict.states] == [State.FLAGGED, State.FLAGGED, State.ERROR]
    assert [each.entity for each in verdict.findings if each.rule == "people"] == ["PERSON"]


def test_half_a_surrogate_pair_is_no_trouble_for_a_tokenizer() -> None:
    path = "/messages/{}/tool_calls/0/function/arguments"
    asks = list(_plan().needs([_channel('{"a": "\\ud83d vile"}', role="assistant", path=path)]))
    assert asks[0].text == '{"a": "\ufffd vile"}'
    assert reading(asks[0])


def test_a_next_turn_asks_nothing_about_the_turns_before_it() -> None:
    plan = _plan()
    turns = ["Where do I find the handbook of the house? " * 3, "And who wrote it, if I may ask you that as well?", "y" * 50]
    before, after = ({ask.question for ask in plan.needs([_channel(*turns[:count])])} for count in (2, 3))
    assert before < after
    assert len(after - before) == 1
