"""Asked as fast as the server bears: it grows, gives way once for each burst, and keeps to the minute's allowance."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.loading.suite import DIRECT, GATEWAY
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.pace import Pace
from evals.run.plan import plan
from evals.run.reply import ANSWERED
from evals.run.request_cache import RequestCache
from evals.run.runner import run
from evals.run.targets import Target
from tests.evals.cli.test_commands import wardgate
from tests.evals.make import small
from tests.evals.server import Server, serving


async def test_it_doubles_until_it_is_refused_then_grows_by_one_a_round() -> None:
    pace = Pace(100)
    assert pace.limit == 8
    for _ in range(8):
        pace.answered()
    assert pace.limit == 16
    async with pace.turn() as turn:
        pace.refused(turn)
    cut = pace.limit
    assert cut == pytest.approx(16 * 0.7)
    for _ in range(12):
        pace.answered()
    assert pace.limit == pytest.approx(cut + 1, abs=0.1)


async def test_one_burst_of_refusals_is_one_cut_and_one_place_is_always_left() -> None:
    pace = Pace(10)
    async with pace.turn() as first, pace.turn() as second:
        pace.refused(first)
        pace.refused(second)
    assert pace.limit == pytest.approx(8 * 0.7)
    for _ in range(20):
        async with pace.turn() as turn:
            pace.refused(turn)
    assert pace.limit == 1.0


async def test_it_never_exceeds_what_was_allowed() -> None:
    pace = Pace(3)
    for _ in range(50):
        pace.answered()
    assert pace.limit == 3.0


async def test_a_cancelled_waiter_gives_its_place_on() -> None:
    pace = Pace(1)

    async def once() -> None:
        async with pace.turn():
            pass

    async with pace.turn():
        given_up, next_one = asyncio.create_task(once()), asyncio.create_task(once())
        await asyncio.sleep(0)
        given_up.cancel()
    await next_one
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await once()


async def test_a_server_with_few_places_is_asked_no_more_than_it_has(tmp_path: Path) -> None:
    """Four places; what comes beyond is refused. 32 are allowed, and refusals stay few although 120 are asked."""
    inside = refusals = 0

    async def script(_: dict[str, Any], __: int) -> web.Response | None:
        nonlocal inside, refusals
        if inside >= 4:
            refusals += 1
            return web.json_response({}, status=429)
        inside += 1
        try:
            await asyncio.sleep(0.005)
        finally:
            inside -= 1
        return None

    async with serving(Server(script)) as server:
        asks = plan([small(tmp_path, 120)], (Target("direct", DIRECT, server.url, "m"),))
        with Journal(tmp_path / "journal.jsonl") as journal:
            await run(asks, journal, concurrency=32, patience=Patience(attempts=50, timeout=5.0, first=0.001, longest=0.01))
            assert {reply.outcome for reply in journal.replies.values()} == {ANSWERED}
    assert refusals < 120


async def test_no_more_starts_a_minute_than_allowed(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        asks = plan([small(tmp_path, 21)], (Target("direct", DIRECT, server.url, "m"),))
        with Journal(tmp_path / "journal.jsonl") as journal:
            began = time.monotonic()
            await run(asks, journal, concurrency=8, patience=Patience(per_minute=6000))
            assert time.monotonic() - began >= 20 * 0.01


async def test_retry_after_rests_the_whole_target() -> None:
    now, pace = 0.0, Pace(4, clock=lambda: now)
    async with pace.turn() as turn:
        pace.refused(turn, 30.0)
    waiting = asyncio.ensure_future(pace.turn().__aenter__())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_the_cache_spares_the_model_and_never_the_gateway(tmp_path: Path) -> None:
    suite = small(tmp_path, 12)
    async with serving(Server()) as server:
        targets = (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m", "key"))
        found = []
        for name in ("a", "b"):
            with Journal(tmp_path / name) as journal, RequestCache(tmp_path / "requests.db") as cache:
                await run(plan([suite], targets), journal, cache=cache)
                found.append({key: (reply.text, reply.cached) for key, reply in journal.replies.items()})
    assert set(server.asked.values()) == {3}  # both targets, then the gateway alone
    assert sum(cached for _, cached in found[1].values()) == 12
    assert {key: text for key, (text, _) in found[0].items()} == {key: text for key, (text, _) in found[1].items()}


async def test_failures_and_sampled_answers_are_not_kept(tmp_path: Path) -> None:
    from dataclasses import replace

    broken = True

    async def script(_: dict[str, Any], __: int) -> web.Response | None:
        return web.json_response({}, status=404) if broken else None

    suite = small(tmp_path, 4)
    sampled = replace(suite, name="sampled", samples=tuple(
        replace(each, body={**each.body, "temperature": 1}) for each in suite.samples))
    async with serving(Server(script)) as server:
        for name in ("a", "b", "c"):
            with Journal(tmp_path / name) as journal, RequestCache(tmp_path / "requests.db") as cache:
                await run(plan([suite, sampled], (Target("direct", DIRECT, server.url, "m"),)), journal, cache=cache)
            broken = False
    assert set(server.asked.values()) == {2 + 3}  # the kept ones when they failed and once more, the sampled each time


async def test_the_first_few_from_the_command_line_twice_without_asking_again(tmp_path: Path) -> None:
    import json

    from tests.evals.make import write

    write(tmp_path, 40)
    async with serving(Server()) as server:
        line = ["run", "small-qa", "--suites-dir", ".", "--target", f"direct={server.url}", "--limit", "7", "--cache", "--json"]
        first, second = [json.loads((await wardgate(tmp_path, *line))[1]) for _ in "ab"]
        assert server.asked.total() == 7
        assert (await wardgate(tmp_path, "score", second["run"]))[0] == 0
        whole = json.loads((await wardgate(tmp_path, *[each for each in line if each not in ("--limit", "7")]))[1])
    assert [each["planned"] for each in (first["outcomes"][0], whole["outcomes"][0])] == [7, 40]
    assert second["scores"][0]["estimate"] == first["scores"][0]["estimate"]
    assert second["latencies"] == []
    assert whole["previous"] == ""


async def test_a_client_keeps_a_pace_for_each_target(tmp_path: Path) -> None:
    async with serving(Server()) as server, Client(Patience(), 5) as client:
        for ask in plan([small(tmp_path, 2)], (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m"))):
            await client.ask(ask)
    assert set(client.paces) == {"direct", "gateway"}
    assert {pace.most for pace in client.paces.values()} == {5}
