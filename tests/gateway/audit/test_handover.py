"""A worker's end of the audit: what has left when, who waits for what, and what a full or lost pipe means."""

from __future__ import annotations

import asyncio

import pytest

from gateway.audit.handover import HandoverAudit
from gateway.audit.record import BeginRecord, EndRecord, Outcome, ReviewRecord
from gateway.audit.row import unpack
from gateway.audit.sqlite import AuditDown


class Pipe:
    """Remembers what was sent, and what was dropped."""

    def __init__(self, *, required: bool = False, capacity: int = 100) -> None:
        self.sent: list[bytes] = []
        self.dropped = 0
        self.audit = HandoverAudit(self.sent.append, required=required, capacity=capacity, dropped=self._drop)

    def _drop(self, count: int) -> None:
        self.dropped += count

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(row.decision_id, row.kind) for data in self.sent for row in unpack(data)]


def begin(name: str) -> BeginRecord:
    return BeginRecord(name, name, 1.5, "acme", "app", "m", "chat", "test", "rev1", "allow")


def end(name: str) -> EndRecord:
    return EndRecord(name, 2.5, Outcome.COMPLETED, "allow")


async def test_a_begin_record_has_left_when_begin_returns() -> None:
    pipe = Pipe()
    pipe.audit.begin(begin("a"))
    assert pipe.kinds == [("a", "begin")]


async def test_an_end_record_rides_with_the_next_begin_or_leaves_soon() -> None:
    pipe = Pipe()
    pipe.audit.end(end("a"))
    assert pipe.sent == []
    pipe.audit.begin(begin("b"))
    assert (len(pipe.sent), pipe.kinds) == (1, [("a", "end"), ("b", "begin")])
    pipe.audit.end(end("b"))
    async with asyncio.timeout(1):
        while len(pipe.sent) < 2:
            await asyncio.sleep(0.005)
    assert pipe.kinds[-1] == ("b", "end")


async def test_required_waits_for_the_word_of_the_supervisor() -> None:
    audit = Pipe(required=True).audit
    first, second = audit.begin(begin("a")), audit.begin(begin("b"))
    waiting = [asyncio.create_task(audit.committed(each)) for each in (first, second)]
    await asyncio.sleep(0)
    audit.settled(first, failed=False, down=False)
    await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, False]
    audit.settled(second, failed=True, down=True)
    with pytest.raises(AuditDown):
        await waiting[1]
    with pytest.raises(AuditDown):
        audit.begin(begin("c"))
    audit.settled(second, failed=False, down=False)
    ticket = audit.begin(begin("d"))
    audit.settled(ticket, failed=False, down=False)
    await audit.committed(ticket)


async def test_a_lost_supervisor_refuses_whoever_waits_and_whoever_comes() -> None:
    audit = Pipe(required=True).audit
    waiting = asyncio.create_task(audit.committed(audit.begin(begin("a"))))
    await asyncio.sleep(0)
    audit.lost()
    with pytest.raises(AuditDown):
        await waiting
    with pytest.raises(AuditDown):
        audit.begin(begin("b"))


async def test_rows_under_way_are_bounded_and_what_does_not_fit_is_counted() -> None:
    pipe = Pipe(capacity=3)
    for name in "abcde":
        pipe.audit.begin(begin(name))
    assert (len(pipe.kinds), pipe.dropped) == (3, 2)
    pipe.audit.settled(3, failed=False, down=False)
    pipe.audit.begin(begin("f"))
    assert (pipe.kinds[-1], pipe.dropped) == (("f", "begin"), 2)
    strict = Pipe(required=True, capacity=1)
    strict.audit.begin(begin("a"))
    with pytest.raises(AuditDown):
        strict.audit.begin(begin("b"))


async def test_who_has_left_does_not_disturb_the_others() -> None:
    audit = Pipe(required=True).audit
    gone, there = (asyncio.create_task(audit.committed(audit.begin(begin(name)))) for name in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    audit.settled(2, failed=False, down=False)
    await there
    assert gone.cancelled()


REVIEW = ReviewRecord("a", 3.5, "acme", "app", "too_lax", text_kept=False)


async def test_a_review_has_left_at_once_and_is_waited_for() -> None:
    pipe = Pipe()
    ticket = pipe.audit.review(REVIEW)
    assert pipe.kinds == [("a", "review")]
    waiting = asyncio.create_task(pipe.audit.committed(ticket))
    await asyncio.sleep(0)
    assert not waiting.done()
    pipe.audit.settled(ticket, failed=False, down=False)
    await waiting


async def test_a_review_that_cannot_be_kept_is_refused_whatever_the_mode() -> None:
    full = Pipe(capacity=1)
    full.audit.begin(begin("a"))
    with pytest.raises(AuditDown):
        full.audit.review(REVIEW)
    gone = Pipe()
    gone.audit.lost()
    with pytest.raises(AuditDown):
        gone.audit.review(REVIEW)
    assert (full.dropped, gone.dropped) == (0, 0)
