"""Admission and requests per minute, on a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Overloaded, RateLimited
from gateway.proxy.auth import Caller
from gateway.proxy.limits import Admission, Rates


def test_the_one_over_the_limit_is_refused_until_another_leaves() -> None:
    admission = Admission(2)
    admission.enter()
    admission.enter()
    with pytest.raises(Overloaded) as caught:
        admission.enter()
    assert caught.value.headers["retry-after"] == "1"
    admission.leave()
    admission.enter()
    assert admission.active == 2


def test_a_bucket_refills_evenly() -> None:
    rates, caller = Rates(), Caller("app", rpm=60)
    for left in range(59, -1, -1):
        assert dict(rates.take(caller, 0.0))["x-ratelimit-remaining-requests"] == str(left)
    with pytest.raises(RateLimited) as caught:
        rates.take(caller, 0.5)
    assert caught.value.headers["retry-after"] == "1"
    assert caught.value.headers["x-ratelimit-reset-requests"] == "0.500s"
    rates.take(caller, 1.0)
    with pytest.raises(RateLimited):
        rates.take(caller, 1.5)


def test_keys_do_not_share_and_unlimited_ones_have_no_headers() -> None:
    rates = Rates()
    rates.take(Caller("a", rpm=1), 0.0)
    rates.take(Caller("b", rpm=1), 0.0)
    assert rates.take(Caller("c"), 0.0) == ()
    with pytest.raises(RateLimited):
        rates.take(Caller("a", rpm=1), 1.0)


@given(st.integers(1, 600), st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_the_bucket_and_what_refilled(rpm: int, gaps: list[float]) -> None:
    rates, caller, now, served = Rates(), Caller("app", rpm=rpm), 0.0, 0
    for gap in gaps:
        now += gap
        try:
            rates.take(caller, now)
            served += 1
        except RateLimited:
            continue
    assert served <= rpm + now * rpm / 60 + 1e-6
