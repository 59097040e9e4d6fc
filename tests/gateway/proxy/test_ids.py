"""Ids are unique, rise with time, and are of one shape."""

from __future__ import annotations

import re

from gateway.proxy.ids import Ids


def test_ids_are_unique_and_rise() -> None:
    ids = Ids()
    made = [ids.next() for _ in range(5000)]
    assert len(set(made)) == 5000
    assert all(re.fullmatch(r"[0-9a-f]{24}", each) for each in made)
    times = [each[:12] for each in made]
    assert times == sorted(times)


def test_two_workers_do_not_meet() -> None:
    one, two = Ids(), Ids()
    assert not {one.next() for _ in range(2000)} & {two.next() for _ in range(2000)}
