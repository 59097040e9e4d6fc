"""Parts that read as one text: a match over a joint is found, one that a joint makes is too, and pieces change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Exchange
from gateway.core.policy import Release
from gateway.core.types import Context, Verdict
from tests.laws.oracle import Oracle
from tests.laws.test_law1_streaming import ASKED, NAMES, PIECES, PLANS, RELEASES

ORACLES = {release: Oracle(plan, ASKED) for release, plan in PLANS.items()}


def _told(parts: list[str], cuts: list[int], release: Release) -> tuple[str, bool, Verdict]:
    exchange = ORACLES[release].open()
    field, out = exchange.field(0, "content/0/text"), ""
    for at, part in enumerate(parts):
        if at:
            out += field.next_part(f"/choices/0/content/{at}/text")
        marks = sorted({each % (len(part) + 1) for each in cuts})
        for a, b in zip([0, *marks], [*marks, len(part)], strict=True):
            out += field.feed(part[a:b])
    return out + field.finish(), field.cut, exchange.verdict()


@settings(max_examples=800, deadline=None)
@given(
    parts=st.lists(st.lists(PIECES | st.sampled_from(NAMES), max_size=4).map("".join), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 200), max_size=12), release=st.sampled_from(["stream", *RELEASES]),
)  # fmt: skip
def test_pieces_change_nothing_and_the_oracle_agrees(parts: list[str], cuts: list[int], release: Release) -> None:
    out, cut, verdict = _told(parts, cuts, release)
    assert (out, cut, verdict) == _told(parts, [], release)
    allowed = ORACLES[release].allowed(*parts)
    assert (out, cut) == (allowed.text, allowed.cut is not None)


@pytest.mark.parametrize(("parts", "told", "cut"), [
    (["The plan is project", " falcon, soon"], "The plan is ", True),
    (["The plan is", " project falcon"], "The plan is ", True),
    (["see", "project falcon"], "see", True),  # a word begins where its part begins
    (["project falcon", "s are birds"], "", True),
    (["project", "", " ", "falcon"], "", True),
    (["proj", "ect falconry"], "project falconry", False),
    (["mail ann@qui", "ll.example now"], "mail <MAIL_3a91f6381f593c> now", False),
    (["ann@quill.example", ", bo"], "<MAIL_3a91f6381f593c>, bo", False),
], ids=str)  # fmt: skip
def test_what_reads_as_one(parts: list[str], told: str, cut: bool) -> None:
    assert _told(parts, [], "stream")[:2] == (told, cut)
    assert _told(parts, list(range(40)), "stream")[:2] == (told, cut)


def test_findings_are_those_of_each_part() -> None:
    exchange = Exchange(PLANS["stream"], Context("d", placeholder_keys=(b"key",)))
    field = exchange.field(0, "content/0/text")
    field.feed("12 345 678, and project")
    field.next_part("/choices/0/content/2/text")
    field.feed(" falcon.")
    found = [(each.rule, each.path, each.start, each.end) for each in exchange.verdict().findings]
    assert found == [
        ("number", "/choices/0/content/0/text", 0, 10), ("code", "/choices/0/content/0/text", 16, 23),
        ("code", "/choices/0/content/2/text", 0, 7),
    ]


@pytest.mark.parametrize(("before", "text", "told", "cut"), [
    ("The plan is project", " falcon, soon", "", True),
    ("see", "project falcon", "", True),
    ("The plan is proj", "ect falconry", "ect falconry", False),
    ("mail ann@qui", "ll.example now", "<MAIL_", False),
    ("project falcon", ", that is all", ", that is all", False),  # what is out was judged where it stood
    ("project", "", "", False),
], ids=str)  # fmt: skip
def test_what_reads_on_from_a_text_that_is_out(before: str, text: str, told: str, cut: bool) -> None:
    out = []
    for pieces in ([text], list(text)):
        field = ORACLES["stream"].open().field(0, "content/1/text")
        field.follow(before)
        out.append(("".join([field.feed(piece) for piece in pieces]) + field.finish(), field.cut))
        assert field.position + field.held <= len(text)
    assert out[0] == out[1]
    assert out[0][0].startswith(told)
    assert "ll.example" not in out[0][0]
    assert out[0][1] is cut
