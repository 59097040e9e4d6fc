"""Denied topics are found by their phrases, and what is allowed takes a phrase back."""

from __future__ import annotations

import pytest

from gateway.core.guard import guards
from gateway.core.windows import Ask
from gateway.detectors.topic import TopicDetector
from gateway.guards.topic import Topic, TopicParams, says
from tests.gateway.guards.table import guard_table

PARAMS = TopicParams(
    deny=(
        Topic("politics", ("election", "vote for", "prime minister")),
        Topic("tax", ("tax", "capital gains")),
    ),
    allow=("tax free lunch", "election of the staff council"),
)

test_topics = guard_table("topic", [
    ("Whom should I vote for?", [("vote for", "politics")]),
    ("the Prime-Minister said", [("Prime-Minister", "politics")]),
    ("How do elections work", [("elections", "politics")]),
    ("avoid taxes and CAPITAL  GAINS", [("CAPITAL  GAINS", "tax")]),
    ("what tax do I owe", [("tax", "tax")]),
    ("a tax-free lunch", []),
    ("a tax-free car", [("tax", "tax")]),
    ("the election of the staff council", []),
    ("syntax, taxi and selection", []),
    ("the minister of music", []),
], params=PARAMS)


def test_a_topic_without_phrases_is_refused() -> None:
    with pytest.raises(ValueError, match="no phrases"):
        guards()["topic"].patterns(TopicParams(deny=(Topic("x"),)))
    with pytest.raises(ValueError, match="no phrases"):
        guards()["topic"].patterns(TopicParams(deny=(Topic("x", describe="things"),), model="off"))
    assert not guards()["topic"].patterns(TopicParams(deny=(Topic("x", describe="things"),)))
    with pytest.raises(ValueError, match="denies no topic"):
        guards()["topic"].patterns(TopicParams())


def test_a_denied_topic_that_nothing_could_find_is_refused() -> None:
    for topic in (Topic("finance", describe="公司的财务报告"), Topic("财务", examples=("公司的财务报告",))):
        with pytest.raises(ValueError, match="says nothing that the encoder can read"):
            guards()["topic"].patterns(TopicParams(deny=(topic,)))
    assert guards()["topic"].patterns(TopicParams(deny=(Topic("finance", ("财务",), "公司的财务报告"),)))


def test_a_topic_that_is_named_twice_is_refused() -> None:
    """Findings go by the name: of two topics of one name the encoder would know the second alone."""
    pets, cars = Topic("x", describe="about pets"), Topic("x", describe="about cars")
    for params in (TopicParams(deny=(pets, cars)), TopicParams(only=(pets, cars)), TopicParams(deny=(pets,), only=(cars,))):
        with pytest.raises(ValueError, match="topic 'x' is named twice"):
            guards()["topic"].patterns(params)


def test_what_nobody_can_read_is_refused() -> None:
    for topic in (Topic("x", ("salary", "\u200b")), Topic("x", ("salary",), examples=(" ",))):
        with pytest.raises(ValueError, match=r"topic 'x' has an empty (phrase|example) \| remove it"):
            guards()["topic"].patterns(TopicParams(deny=(topic,)))
    with pytest.raises(ValueError, match="says nothing that the encoder can read"):
        guards()["topic"].patterns(TopicParams(only=(Topic("薪资", ("工资",)),)))


def test_a_topic_in_another_script_goes_by_its_phrases_alone() -> None:
    params = TopicParams(deny=(Topic("薪资", ("工资",)), Topic("pay", ("salary", "工资多少"))))
    assert guards()["topic"].patterns(params)
    asked = "How much does the director earn in a month?"
    (readings,) = TopicDetector().read([Ask("topic", 0, len(asked), asked, "", "user", params)])
    found = {each.entity: each.score for each in readings}
    assert found["薪资"] == 0.0 < 0.3 < found["pay"]
    assert list(says(params.deny[1])) == [("pay", False), ("salary", False)]
