"""Asking detectors: in batches, within their time, remembered, and whatever one does wrong is its own affair."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import pytest

from gateway.core.windows import UNSCANNABLE, Answer, Ask, Reading, Unread
from gateway.detectors.pool import Bounds, Pool
from gateway.detectors.threads import Threads
from gateway.telemetry.metrics import Metrics
from tests.chaos.house import until
from tests.gateway.detectors.stand_in import StandIn, reading

BAD = (Reading(0, 4, 0.9),)


def ask(text: str = "vile", detector: str = "tone", *, params: Any = None, before: str = "", role: Any = "user") -> Ask:
    return Ask(detector, 0, len(text), text, before, role, params)


class Gated(StandIn):
    """Waits in its thread until it is let go; ``inside`` says how many threads are waiting there."""

    def __init__(self, name: str = "tone") -> None:
        super().__init__(name)
        self.gate, self.inside = threading.Event(), 0

    def read(self, asks: Sequence[Ask]) -> list[Answer]:
        self.inside += 1
        assert self.gate.wait(10)
        self.inside -= 1
        return super().read(asks)


class Made:
    """Pools of a test, with what they count and report."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []
        self.gates: list[Gated] = []
        self.metrics = Metrics()
        self.reported: list[tuple[str, str]] = []

    def __call__(self, *detectors: Any, **bounds: Any) -> Pool:
        self.gates += [each for each in detectors if isinstance(each, Gated)]
        pool = Pool(Bounds(**bounds), self.metrics, {each.name: each for each in detectors},
                    report=lambda name, error: self.reported.append((name, type(error).__name__)))  # fmt: skip
        self.pools.append(pool)
        return pool

    def failed(self, name: str = "tone") -> dict[str, float]:
        return {reason: count for (each, reason), count in self.metrics.detector_failures.values.items() if each == name and count}


@pytest.fixture
async def make() -> AsyncIterator[Made]:
    made = Made()
    yield made
    for gated in made.gates:
        gated.gate.set()
    for pool in made.pools:
        pool.close()


async def _read(pool: Pool, *asks: Ask, tenant: str = "acme") -> list[Answer]:
    answers = await pool.read(tenant, asks)
    return [answers[each.question] for each in asks]


# -- batches -----------------------------------------------------------------------------------


async def test_answers_come_to_their_questions(make: Made) -> None:
    asks = [ask("vile"), ask("fine"), ask("bonjour"), ask("broken"), ask("grim", role="tool")]
    assert await _read(make(StandIn()), *asks) == [BAD, (), UNSCANNABLE, Unread.ERROR, (Reading(0, 4, 0.6),)]
    assert make.failed() == {"error": 1}


async def test_what_waits_goes_out_together_and_no_more_than_a_batch(make: Made) -> None:
    gated = Gated()
    pool = make(gated, batch=4)
    first = asyncio.ensure_future(_read(pool, ask("the first")))
    await until(lambda: gated.inside)
    others = [asyncio.ensure_future(_read(pool, ask(f"from request {each}"))) for each in range(6)]
    await asyncio.sleep(0)
    gated.gate.set()
    await asyncio.gather(first, *others)
    assert gated.asked == [1, 4, 2]
    batch = make.metrics.detector_batch.by_label["tone"]
    assert (sum(batch.counts), batch.sum) == (3, 7)
    assert sum(make.metrics.detector_seconds.by_label["tone"].counts) == 3


async def test_a_long_window_counts_as_several_in_a_batch_and_is_never_kept_out(make: Made) -> None:
    gated = Gated()
    pool = make(gated, batch=4, timeout=30)
    first = asyncio.ensure_future(_read(pool, ask("the first")))
    await until(lambda: gated.inside)
    others = asyncio.ensure_future(_read(pool, ask("long " * 400), ask("a"), ask("b" * 900), ask("c"), ask("d")))
    await asyncio.sleep(0)
    gated.gate.set()
    await asyncio.gather(first, others)
    assert gated.asked == [1, 1, 2, 2]


async def test_a_long_window_has_the_time_of_several(make: Made) -> None:
    gated = Gated()
    pool = make(gated, batch=4, timeout=0.2)
    began = asyncio.get_running_loop().time()
    assert await _read(pool, ask("long " * 700)) == [Unread.TIMEOUT]
    assert asyncio.get_running_loop().time() - began >= 0.6


async def test_a_large_request_holds_up_no_small_one(make: Made) -> None:
    gated = Gated()
    pool = make(gated, batch=4, timeout=30)
    first = asyncio.ensure_future(_read(pool, ask("the first")))
    await until(lambda: gated.inside)
    done: list[str] = []
    large = asyncio.ensure_future(_read(pool, *[ask(f"window {each}") for each in range(40)]))
    small = asyncio.ensure_future(_read(pool, ask("a question")))
    large.add_done_callback(lambda _: done.append("large"))
    small.add_done_callback(lambda _: done.append("small"))
    await asyncio.sleep(0)
    gated.gate.set()
    await asyncio.gather(first, large, small)
    assert done == ["small", "large"]


async def test_a_very_large_request_lets_go_of_the_loop_and_is_still_one_request(make: Made) -> None:
    pool = make(StandIn(), waiting=10_000, timeout=30)
    turns, made = 0, []

    def asks() -> Iterator[Ask]:
        for each in range(1500):
            made.append(turns)
            yield ask(f"window {each}")
            yield ask(f"window {each}")

    reading = asyncio.ensure_future(pool.read("acme", asks()))
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await reading) == 1500
    assert len(set(made)) > 8
    assert not pool._lanes["tone"]._groups


async def test_the_same_question_of_two_requests_is_asked_once(make: Made) -> None:
    gated = Gated()
    pool = make(gated)
    both = [asyncio.ensure_future(_read(pool, ask())) for _ in range(2)]
    await until(lambda: gated.inside)
    gated.gate.set()
    assert await asyncio.gather(*both) == [[BAD], [BAD]]
    assert gated.asked == [1]


async def test_no_detector_has_more_threads_than_allowed_or_takes_anothers(make: Made) -> None:
    one, two = Gated("one"), Gated("two")
    pool = make(one, two, threads=2, batch=1, timeout=30)
    asks = [ask(f"{each}", name) for name in ("one", "two") for each in range(5)]
    reading = asyncio.ensure_future(_read(pool, *asks))
    await until(lambda: one.inside + two.inside == 4)
    assert one.inside == two.inside == 2
    one.gate.set()
    two.gate.set()
    await reading
    assert pool._threads.alive == 4


# -- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "again", "remembered"), [
    (ask(), ask(), True), (ask("bonjour"), ask("bonjour"), True), (ask("broken"), ask("broken"), False),
    (ask(), ask("vile "), False), (ask(), ask(before="x"), False), (ask(), ask(role="tool"), False), (ask(), ask(params=1), False),
    (ask("ab", before="c"), ask("bc", before="a"), False),
])
async def test_only_what_was_asked_before_is_remembered(make: Made, first: Ask, again: Ask, remembered: bool) -> None:
    pool = make(stand_in := StandIn())
    before = await _read(pool, first)
    after = await _read(pool, again)
    assert len(stand_in.asked) == (1 if remembered else 2)
    assert make.metrics.detector_memory.values["tone",] == remembered
    assert before == after or not remembered


async def test_no_tenant_is_answered_by_anothers_text_and_no_version_by_anothers(make: Made) -> None:
    stand_in = StandIn()
    pool = make(stand_in)
    await _read(pool, ask())
    await _read(pool, ask(), tenant="globex")
    stand_in.version = "2"
    await _read(pool, ask())
    assert stand_in.asked == [1, 1, 1]


async def test_memory_is_bounded_and_holds_no_text(make: Made) -> None:
    pool = make(StandIn(), remember=3)
    for each in ("one", "two", "three", "one", "four"):
        await _read(pool, ask(f"secret {each}"))
    assert len(pool._memory) == 3
    assert "secret" not in repr(pool._memory._known)
    known = make.metrics.detector_memory.values["tone",]
    await _read(pool, ask("secret one"))  # asked for again, so "two" was forgotten
    assert make.metrics.detector_memory.values["tone",] == known + 1


async def test_nothing_is_remembered_where_nothing_is_to_be(make: Made) -> None:
    pool = make(stand_in := StandIn(), remember=0)
    for _ in range(2):
        await _read(pool, ask())
    assert stand_in.asked == [1, 1]


# -- faults ------------------------------------------------------------------------------------


class Wrong(StandIn):
    """Answers ``said(asks)``, and raises it when it is an exception."""

    def __init__(self, said: Callable[[Sequence[Ask]], Any]) -> None:
        super().__init__()
        self.said = said

    def read(self, asks: Sequence[Ask]) -> Any:
        said = self.said(asks)
        if isinstance(said, BaseException):
            raise said
        return said


GARBAGE: dict[str, Callable[[Sequence[Ask]], Any]] = {
    "nothing": lambda asks: None, "too few": lambda asks: [], "too many": lambda asks: [()] * (len(asks) + 1),
    "no readings": lambda asks: [7] * len(asks), "a text": lambda asks: ["vile"] * len(asks),
    "something else": lambda asks: [("vile",)] * len(asks), "NaN": lambda asks: [(Reading(0, 2, float("nan")),)] * len(asks),
    "above one": lambda asks: [(Reading(0, 2, 1.01),)] * len(asks), "below zero": lambda asks: [(Reading(0, 2, -0.1),)] * len(asks),
    "beyond the window": lambda asks: [(Reading(0, 5, 0.5),)] * len(asks), "before it": lambda asks: [(Reading(-1, 2, 0.5),)] * len(asks),
    "empty": lambda asks: [(Reading(2, 2, 0.5),)] * len(asks), "raises": lambda asks: ValueError("vile"),
    "exits": lambda asks: SystemExit(1),
}


@pytest.mark.parametrize("how", GARBAGE)
async def test_garbage_is_an_error_and_the_next_question_is_asked(make: Made, how: str) -> None:
    wrong = Wrong(GARBAGE[how])
    pool = make(wrong, StandIn("sound"))
    both = [ask("vile"), ask("grim"), ask("vile", "sound")]
    assert await _read(pool, *both) == [Unread.ERROR, Unread.ERROR, BAD]
    assert make.failed() == {"error": 2}
    wrong.said = lambda asks: [reading(each) for each in asks]
    assert await _read(pool, both[0]) == [BAD]


async def test_what_one_window_breaks_is_no_other_windows_fault(make: Made) -> None:
    def fragile(asks: Sequence[Ask]) -> Any:
        return ValueError() if any("poison" in each.text for each in asks) else [reading(each) for each in asks]

    pool = make(Wrong(fragile))
    assert await _read(pool, ask("vile"), ask("poison"), ask("fine")) == [BAD, Unread.ERROR, ()]


async def test_what_it_raises_is_reported_by_its_type_and_not_for_every_window(make: Made) -> None:
    pool = make(Wrong(lambda asks: KeyError("vile text")))
    for each in range(3):
        await _read(pool, ask(f"vile {each}"))
    assert make.reported == [("tone", "KeyError")]


async def test_a_detector_that_is_not_there_is_an_error(make: Made) -> None:
    assert await _read(make(StandIn()), ask(detector="nobody")) == [Unread.ERROR]
    assert make.failed("nobody") == {"error": 1}


async def test_one_that_hangs_times_out_and_others_go_on(make: Made) -> None:
    gated = Gated()
    pool = make(gated, StandIn("sound"), timeout=0.3)
    assert await _read(pool, ask(), ask("grim", "sound")) == [Unread.TIMEOUT, (Reading(0, 4, 0.6),)]
    assert make.failed() == {"timeout": 1}
    assert await _read(pool, ask("vile", "sound")) == [BAD]


async def test_one_that_is_stuck_is_not_given_more_work_until_it_is_back(make: Made) -> None:
    gated = Gated()
    pool = make(gated, timeout=0.3, threads=1)
    await _read(pool, ask("one"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for each in range(100):
        assert await _read(pool, ask(f"vile {each}")) == [Unread.TIMEOUT]
    assert loop.time() - began < 10, "each waited for its time to be up"
    assert (pool._threads.alive, make.failed()) == (1, {"timeout": 1, "overload": 100})
    gated.gate.set()
    await until(lambda: not gated.inside)
    await until(lambda: not pool._lanes["tone"].stuck)
    assert await _read(pool, ask("vile")) == [BAD]
    assert await _read(pool, ask("one")) == [()]  # what came too late is remembered
    assert gated.asked == [1, 1]


async def test_with_a_second_thread_one_stuck_batch_stops_nobody(make: Made) -> None:
    gated, calls = Gated(), []

    def sometimes(asks: Sequence[Ask]) -> Any:
        calls.append(len(asks))
        return gated.read(asks) if "stuck" in asks[0].text else [reading(each) for each in asks]

    make.gates.append(gated)
    pool = make(Wrong(sometimes), timeout=0.3, threads=2)
    assert await _read(pool, ask("stuck")) == [Unread.TIMEOUT]
    assert await _read(pool, ask("vile")) == [BAD]


async def test_what_waits_behind_a_stuck_batch_is_given_up_with_it(make: Made) -> None:
    gated = Gated()
    pool = make(gated, timeout=0.03, batch=1)
    asks = [ask(f"window {each}") for each in range(500)]  # by their number they would have 15 seconds
    async with asyncio.timeout(5):
        assert set(await _read(pool, *asks)) == {Unread.TIMEOUT}


async def test_no_more_than_so_many_windows_wait(make: Made) -> None:
    gated = Gated()
    pool = make(gated, waiting=3, timeout=30)
    first = asyncio.ensure_future(_read(pool, ask("first")))
    await until(lambda: gated.inside)
    second = pool.ask("acme", [ask(f"vile {each}") for each in range(5)])
    assert (second.left, list(second.answers.values())) == (3, [Unread.TIMEOUT] * 2)
    assert make.failed() == {"overload": 2}
    gated.gate.set()
    await first
    await until(lambda: not second.left)


async def test_who_leaves_is_worked_for_no_more(make: Made) -> None:
    gated = Gated()
    pool = make(gated, batch=1, timeout=30)
    first = asyncio.ensure_future(_read(pool, ask("first")))
    await until(lambda: gated.inside)
    gone = asyncio.ensure_future(_read(pool, *[ask(f"vile {each}") for each in range(9)], ask("shared")))
    other = asyncio.ensure_future(_read(pool, ask("shared")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    assert pool._lanes["tone"].waiting == 1
    gated.gate.set()
    assert await other == [()]
    await first
    assert gated.asked == [1, 1]
    assert not pool._open


# -- over the network --------------------------------------------------------------------------


class Remote:
    """Waits for ``gate`` on the event loop."""

    name, version = "judge", "1"

    def __init__(self) -> None:
        self.gate, self.cancelled, self.asked = asyncio.Event(), 0, 0

    async def read(self, asks: Sequence[Ask]) -> list[Answer]:
        self.asked += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return [reading(each) for each in asks]


async def test_a_remote_detector_is_asked_several_times_at_once_and_takes_no_thread(make: Made) -> None:
    remote = Remote()
    pool = make(remote, StandIn(), remote=2, batch=1)
    waiting = asyncio.ensure_future(_read(pool, *[ask(f"vile {each}", "judge") for each in range(5)]))
    await until(lambda: remote.asked == 2)
    assert await _read(pool, ask()) == [BAD]
    remote.gate.set()
    assert len(await waiting) == 5


async def test_a_remote_detector_that_does_not_answer_is_cancelled(make: Made) -> None:
    remote = Remote()
    pool = make(remote, timeout=0.3)
    assert await _read(pool, ask("vile", "judge")) == [Unread.TIMEOUT]
    await until(lambda: remote.cancelled)
    remote.gate.set()
    assert await _read(pool, ask("vile", "judge")) == [BAD]


async def test_a_remote_detector_that_does_not_let_itself_be_cancelled_is_stuck(make: Made) -> None:
    gate = asyncio.Event()

    class Stubborn(Remote):
        async def read(self, asks: Sequence[Ask]) -> list[Answer]:
            while not gate.is_set():
                try:
                    await gate.wait()
                except asyncio.CancelledError:
                    self.cancelled += 1
            return [reading(each) for each in asks]

    stubborn = Stubborn()
    pool = make(stubborn, timeout=0.3, remote=1)
    assert await _read(pool, ask("vile", "judge"), ask("vile x", "judge")) == [Unread.TIMEOUT] * 2
    await until(lambda: stubborn.cancelled)
    assert await _read(pool, ask("vile y", "judge")) == [Unread.TIMEOUT]
    assert make.failed("judge") == {"timeout": 2, "overload": 1}
    gate.set()
    await until(lambda: not pool._lanes["judge"].stuck)
    assert await _read(pool, ask("vile", "judge")) == [BAD]


async def test_what_a_remote_detector_raises_is_an_error(make: Made) -> None:
    class Broken(Remote):
        async def read(self, asks: Sequence[Ask]) -> list[Answer]:
            raise OSError("no route")

    assert await _read(make(Broken()), ask("vile", "judge")) == [Unread.ERROR]
    assert make.reported == [("judge", "OSError")]


# -- life --------------------------------------------------------------------------------------


async def test_warming_up_says_who_cannot_be_used(make: Made) -> None:
    sound, broken = StandIn("sound"), Wrong(lambda asks: ImportError("weights"))
    pool = make(sound, broken, Remote(), timeout=0.001)
    assert await pool.warm([ask("Hi", "sound"), ask("Hi"), ask("Hi", "judge"), ask("Hi", "nobody")]) == ("tone", "nobody")
    assert sound.asked == [1]
    assert await _read(pool, ask("vile", "sound")) in ([BAD], [Unread.TIMEOUT])


async def test_a_pool_that_is_closed_tells_who_waits_and_ends_its_threads(make: Made) -> None:
    gated = Gated()
    pool = make(gated, timeout=30)
    waiting = [asyncio.ensure_future(_read(pool, ask(), ask(f"vile {each}"))) for each in range(2)]
    await until(lambda: gated.inside)
    pool.close()
    assert await asyncio.gather(*waiting) == [[Unread.ERROR] * 2] * 2
    gated.gate.set()
    await until(lambda: not any(each.name == "wardgate-detector" and each.is_alive() for each in threading.enumerate()))


async def test_what_is_computed_when_a_pool_is_closed_is_given_up(make: Made) -> None:
    """Else the process would end while a thread is in a library, which aborts it."""

    class Endless(StandIn):
        def read(self, asks: Sequence[Ask]) -> list[Answer]:
            self.asked.append(len(asks))
            for _ in range(1 << 40):
                time.sleep(0.001)
            return []

    endless = Endless()
    pool = make(endless, timeout=30)
    waiting = asyncio.ensure_future(_read(pool, ask(), ask("Hi")))
    await until(lambda: endless.asked)
    pool.close()
    assert await waiting == [Unread.ERROR] * 2
    assert not any(each.name == "wardgate-detector" and each.is_alive() for each in threading.enumerate())
    assert endless.asked == [2], "nor is it asked again window by window"


def test_a_thread_that_could_not_be_had_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def scarce(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = Threads()
    monkeypatch.setattr(threading.Thread, "start", scarce)
    with pytest.raises(RuntimeError, match="new thread"):
        threads.run(lambda: None)
    assert threads.alive == 0
    threads.close()
