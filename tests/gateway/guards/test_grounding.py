"""Answers against their sources: what they say in other words passes, what they do not say is found."""

from __future__ import annotations

import time

import pytest

from gateway.core.types import Channel, Context, Role, Segment
from gateway.guards.grounding import GroundingParams
from gateway.guards.grounding_claims import Sources, claims
from tests.gateway.guards.table import guard_table, plan_for, streamed

TEXT = """The depot at Orrick Vale opened in 2019 and employs 340 people. Its manager is Dana Whitlock, who joined from
the port of Lydham. Parcels leave the depot three times a day, and about 1,200 of them go to islands. The canteen is
closed on Mondays. A second depot at Marsh End will open in March 2027 with 85 people."""


def _context(text: str = TEXT, role: Role = "document") -> Context:
    return Context("table", conversation=(Channel(role, (Segment("/messages/0/content", role, text),)),))


def _scores(answer: str) -> list[float]:
    return [each.score for each in claims(answer, Sources.of([TEXT]))]


SUPPORTED = (
    "The depot at Orrick Vale employs 340 people.", "Dana Whitlock is the manager of the depot at Orrick Vale.",
    "About 1200 parcels go to the islands.", "On Mondays the canteen is closed.",
    "The second depot, at Marsh End, opens in March 2027.",
)
UNSUPPORTED = (
    "The depot at Orrick Vale employs 540 people.", "Pat Mallory is the manager of the depot.",
    "The second depot, at Marsh End, opens in June 2029.", "The canteen serves vegetarian lasagne on Fridays.",
    "Shareholders rejected the merger with Brightwater last week.",
)
NO_CLAIM = (
    "Sure, I can help with that!", "Let me know if you need more.", "The document does not say when it closes.",
    "Shall I go on?", "Yes.", "",
)


@pytest.mark.parametrize("answer", SUPPORTED)
def test_what_the_sources_say_is_supported(answer: str) -> None:
    assert max(_scores(answer)) < 0.5


@pytest.mark.parametrize("answer", UNSUPPORTED)
def test_what_they_do_not_say_is_not(answer: str) -> None:
    assert max(_scores(answer)) >= 0.5


@pytest.mark.parametrize("answer", NO_CLAIM)
def test_what_claims_nothing_is_not_judged(answer: str) -> None:
    assert _scores(answer) == []


def test_a_finding_is_one_sentence_and_says_what_is_nowhere() -> None:
    answer = "The depot employs 340 people. It cost 77 million. Its architect was Jo Ferris."
    found = [each for each in streamed(plan_for("grounding"), [answer], _context()) if each.score >= 0.5]
    assert [(answer[each.start : each.end], each.entity) for each in found] == [
        ("It cost 77 million.", "UNSUPPORTED_NUMBER"), ("Its architect was Jo Ferris.", "UNSUPPORTED_NAME")]


_SAID = "Pat Mallory runs it."
test_chunks_change_nothing = guard_table(
    "grounding", [(_SAID, [(_SAID, "UNSUPPORTED_NAME")])], context=_context(),
    known_gaps=("zero-width", "soft hyphen", "word joiner", "variation selector", "combining mark"))


def test_without_sources_nothing_is_judged_unless_they_are_required() -> None:
    assert streamed(plan_for("grounding"), [_SAID], Context("d")) == ()
    assert streamed(plan_for("grounding"), [_SAID], _context(role="user")) == ()
    found = streamed(plan_for("grounding", GroundingParams(required=True)), [_SAID], Context("d"))
    assert [each.entity for each in found] == ["NO_SOURCES"]


def test_sources_may_stand_between_marks_in_a_prompt() -> None:
    params = GroundingParams(begin="<context>", end="</context>")
    context = _context(f"Pat Mallory asks: who runs it? <context>{TEXT}</context> Answer shortly.", "user")
    assert [each.entity for each in streamed(plan_for("grounding", params), [_SAID], context)] == ["UNSUPPORTED_NAME"]


def test_long_answers_and_sources_are_read_in_linear_time() -> None:
    begun = time.process_time()
    list(claims("It cost 77 million in Orrick Vale. " * 3000, Sources.of([TEXT * 1000])))
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("params", [{"sources": ("wizard",)}, {"begin": "<context>"}])
def test_settings_that_cannot_be_meant_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is no role|given together"):
        GroundingParams(**params)  # type: ignore[arg-type]
