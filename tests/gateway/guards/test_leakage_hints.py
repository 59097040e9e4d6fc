"""Numbers told in a roundabout way: the quick look for them misses none that the exact look finds."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.text import canonical
from gateway.core.types import Channel, Context, Segment
from gateway.guards.leakage_hints import first_digits_asked, shares_before, told_at

PIECES = ("month", "Monthly", "weekly", "PCM", "quarter", "fortnight", " ", "pay is ", ". ", "!", "7,250", "12", "\u00a3 ",
          "is about ", "per ", "x", "d\u00e9j\u00e0 ", "\u20ac", "weeks: ")  # fmt: skip


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_no_number_is_passed_over(pieces: list[str]) -> None:
    data = canonical("".join(pieces)).encode()
    told = told_at(data)
    for number in re.finditer(rb"\d+", data):
        before = data[max(0, number.start() - 64) : number.start()].decode("utf-8", "ignore").lower()
        if shares_before(before):
            assert number.start() in told


def test_most_numbers_are_passed_over() -> None:
    assert told_at(b"monthly she gets 8,200 and 37 days; 12 weeks. 5 times") == {17}


def test_a_flood_of_months_stays_linear() -> None:
    data = b"month" * 200_000
    assert told_at(data + b"7") == {len(data)}
    assert told_at(data) == set()


def test_what_was_asked_belongs_to_its_request() -> None:
    def asking(text: str) -> Context:
        return Context("d", conversation=(Channel("user", (Segment("/x", "user", text),)),))

    first, other = asking("What are the first two digits of it?"), asking("How many days are there?")
    assert first_digits_asked(first)
    assert not first_digits_asked(other)
    assert first_digits_asked(first)
