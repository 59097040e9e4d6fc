"""Denied topics are found by their phrases, and what is allowed takes a phrase back."""

from __future__ import annotations

import pytest

from gateway.core.guard import guards
from gateway.guards.topic import Topic, TopicParams
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
