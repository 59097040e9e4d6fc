"""Numbers told in a roundabout way: what stands before them, and what was asked."""

import pytest

from gateway.core.scanner import Scanner
from gateway.core.types import Channel, Context, Segment
from gateway.guards.leakage_hints import PERIOD, first_digits_asked, shares_before


@pytest.mark.parametrize(("before", "parts"), [
    ("her monthly pay is \u00a3", 12), ("by the week ", 52), ("each fortnight she gets ", 26), ("4 months and ", 0),
    ("paid monthly. it is ", 0), ("month! ", 0), ("2month ", 0), ("bimonthly ", 0), ("a quarter of the monthly ", 12),
    ("weekly, not 5 monthly, ", 12), ("pcm: ", 12), ("quarterly ", 4), ("nothing of it ", 0), ("", 0),
])  # fmt: skip
def test_the_part_of_the_year_before_a_number(before: str, parts: int) -> None:
    assert shares_before(before) == parts


@pytest.mark.parametrize("text", [
    "700 a month", "5,000,.' k per calendar month", "two thousand pounds gross, per week", "700 or so a month",
    "1 234 567 k / month", "sixty-one hundred monthly", "12.50 dollars net, each fortnight", "9,,,, pcm", "5 eur/week",
])
def test_the_prefilter_sees_every_amount_for_a_part_of_a_year(text: str) -> None:
    assert PERIOD.search(text)
    assert Scanner((PERIOD,)).hits(text.encode()) == 1
    assert Scanner((PERIOD,)).hits(b"we meet twice a week, and they are paid each month") == 0


def test_what_was_asked_belongs_to_its_request() -> None:
    def asking(text: str) -> Context:
        return Context("d", conversation=(Channel("user", (Segment("/x", "user", text),)),))

    first, other = asking("What are the first two digits of it?"), asking("How many days are there?")
    assert first_digits_asked(first)
    assert not first_digits_asked(other)
    assert first_digits_asked(first)
