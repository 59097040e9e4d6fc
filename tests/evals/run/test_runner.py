"""The runner asks everything once, no more at a time than it may, again where that helps, and stops when nobody is there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.loading.suite import DIRECT, GATEWAY
from evals.run.client import Client, Patience
from evals.run.journal import Journal
from evals.run.plan import plan
from evals.run.reply import ANSWERED, CUT, FAILED, REFUSED, Reply
from evals.run.runner import Progress, TargetDown, run
from evals.run.targets import Target
from gateway.errors import ConfigError
from tests.evals.make import TEXT, small
from tests.evals.server import Server, answer_to, blocked, chat, serving

QUICK = Patience(attempts=3, timeout=5.0, first=0.001, longest=0.01)


async def asked(server: Server, tmp_path: Path, n: int = 12, **options: Any) -> dict[str, Reply]:
    """Replies by sample and target."""
    suite = small(tmp_path, n)
    targets = (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m", "secret"))
    asks = plan([suite], targets)
    with Journal(tmp_path / "journal.jsonl") as journal:
        await run(asks, journal, patience=QUICK, **options)
        return {f"{ask.sample.id} {ask.target.name}": journal.replies[ask.key] for ask in asks if ask.key in journal.replies}


async def test_everything_is_asked_once_and_told(tmp_path: Path) -> None:
    seen: list[Progress] = []
    async with serving(Server()) as server:
        found = await asked(server, tmp_path, tell=seen.append)
    assert set(server.asked.values()) == {2}  # once of each target
    assert found["q3 direct"].text == answer_to("Question 3?")
    assert {reply.outcome for reply in found.values()} == {ANSWERED}
    assert server.keys == {"", "Bearer secret"}
    assert seen[0] == Progress(24, 0, 0, 0)
    assert seen[-1] == Progress(24, 24, 0, 0)


async def test_no_more_at_once_than_allowed(tmp_path: Path) -> None:
    together, free = 0, asyncio.Event()

    async def script(_: dict[str, Any], __: int) -> None:
        nonlocal together
        together += 1
        if together == 3:
            free.set()
        await free.wait()  # the first three can only pass together

    async with serving(Server(script)) as server:
        await asked(server, tmp_path, concurrency=3)
    assert server.most == 3


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_it_asks_again_where_that_may_help(tmp_path: Path, status: int) -> None:
    async def script(_: dict[str, Any], before: int) -> web.Response | None:
        return web.json_response({"error": {"message": "x"}}, status=status, headers={"retry-after": "0"}) \
            if before == 0 else None

    async with serving(Server(script)) as server:
        found = await asked(server, tmp_path, concurrency=1)
    assert {reply.outcome for reply in found.values()} == {ANSWERED}
    assert found["q0 direct"].attempts == 2


async def test_a_dropped_connection_is_tried_again(tmp_path: Path) -> None:
    async def script(_: dict[str, Any], before: int) -> web.Response | None:
        if before == 0:
            raise ConnectionResetError
        return None

    async with serving(Server(script)) as server:
        found = await asked(server, tmp_path, concurrency=1)
    assert {reply.outcome for reply in found.values()} == {ANSWERED}


@pytest.mark.parametrize(
    ("response", "reason", "attempts"),
    [
        (lambda: web.json_response({"error": {"code": "x"}}, status=404), "client_error", 1),
        (lambda: web.json_response({"error": {"code": "x"}}, status=400), "client_error", 1),
        (lambda: web.json_response({"error": {"code": "x"}}, status=302, headers={"location": "/"}), "client_error", 1),
        (lambda: web.json_response({"choices": []}), "malformed", 1),
        (lambda: web.json_response([1]), "malformed", 1),
        (lambda: web.Response(text="<html>hello"), "malformed", 1),
        (lambda: web.Response(text="[" * 100_000), "malformed", 1),
        (lambda: web.json_response({}, status=429), "rate_limited", 3),
        (lambda: web.json_response({}, status=500), "server_error", 3),
    ],
)
async def test_a_failure_has_a_reason_and_is_no_answer(tmp_path: Path, response: Any, reason: str, attempts: int) -> None:
    async def script(body: dict[str, Any], _: int) -> web.Response | None:
        return response() if "Question 5?" in json.dumps(body) else None

    async with serving(Server(script)) as server:
        found = await asked(server, tmp_path)
    assert (found["q5 direct"].outcome, found["q5 direct"].reason) == (FAILED, reason)
    assert found["q5 direct"].attempts == attempts
    assert sum(reply.outcome == ANSWERED for reply in found.values()) == 22


async def test_blocks_are_outcomes_and_lose_their_decision_id(tmp_path: Path) -> None:
    async def script(body: dict[str, Any], _: int) -> web.Response | None:
        if "Question 1?" in json.dumps(body):
            return blocked(**{"x-wardgate-rules": "injection, limits", "x-wardgate-policy": "p@1"})
        if "Question 2?" in json.dumps(body):
            return chat("It is \n\nNo. (decision 01a21237f79664107b2f8266)", "content_filter")
        return None

    async with serving(Server(script)) as server:
        found = await asked(server, tmp_path)
    refused, cut = found["q1 gateway"], found["q2 gateway"]
    assert (refused.outcome, refused.text, refused.rules, refused.policy) == (REFUSED, "", ("injection", "limits"), "p@1")
    assert (cut.outcome, cut.text) == (CUT, "It is \n\nNo.")


async def test_a_timeout_is_a_failure(tmp_path: Path) -> None:
    async def script(body: dict[str, Any], _: int) -> None:
        if "Question 1?" in json.dumps(body):
            await asyncio.Event().wait()

    async with serving(Server(script)) as server:
        suite = small(tmp_path, 2)
        with Journal(tmp_path / "journal.jsonl") as journal:
            asks = plan([suite], (Target("direct", DIRECT, server.url, "m"),))
            await run(asks, journal, patience=Patience(attempts=2, timeout=0.2, first=0.001))
            reply = journal.replies[asks[1].key]
    assert (reply.outcome, reply.reason, reply.attempts) == (FAILED, "timeout", 2)


async def test_a_dead_target_ends_the_run_and_none_of_it_counts_as_failed(tmp_path: Path) -> None:
    served = 0

    async def script(_: dict[str, Any], __: int) -> web.Response | None:
        nonlocal served
        served += 1
        return None if served <= 5 else web.json_response({}, status=503)

    async with serving(Server(script)) as server:
        with pytest.raises(TargetDown, match=r"target '(direct|gateway)' stopped answering \(server_error\)"):
            await asked(server, tmp_path, n=60, concurrency=1)
    with Journal(tmp_path / "journal.jsonl", writable=False) as journal:
        assert [reply.outcome for reply in journal.replies.values()] == [ANSWERED] * 5


async def test_failures_that_are_no_outage_are_journaled_in_the_end(tmp_path: Path) -> None:
    async def script(body: dict[str, Any], _: int) -> web.Response | None:
        return web.json_response({}, status=500) if "Question 1" in json.dumps(body) else None

    async with serving(Server(script)) as server:
        found = await asked(server, tmp_path, n=12, concurrency=4)
    assert sum(reply.outcome == FAILED for reply in found.values()) == 6  # 1, 10 and 11 of both


async def test_a_resumed_run_asks_only_what_is_open_and_failures_on_request(tmp_path: Path) -> None:
    broken = True

    async def script(body: dict[str, Any], _: int) -> web.Response | None:
        return web.json_response({}, status=404) if broken and "Question 3?" in json.dumps(body) else None

    async with serving(Server(script)) as server:
        await asked(server, tmp_path, n=8)
        first, broken = server.asked.copy(), False
        await asked(server, tmp_path, n=12)
        assert server.asked - first == {f"Question {at}?": 2 for at in range(8, 12)}
        found = await asked(server, tmp_path, n=12, retry_failed=True)
    assert server.asked["Question 3?"] == 4
    assert found["q3 direct"].outcome == ANSWERED


async def test_texts_are_scored_by_their_own_tokens(tmp_path: Path) -> None:
    from evals.scoring.score import score

    async with serving(Server()) as server:
        suite, target = small(tmp_path, yaml=TEXT), Target("direct", DIRECT, server.url, "m")
        with Journal(tmp_path / "journal.jsonl") as journal:
            await run(plan([suite], (target,)), journal)
            found = score([suite], [target], journal.replies, seed=1)
    seen = next(iter(found.observed.values()))
    # "# Pay one two four": the title's two tokens, and the one that comes after the text, are not counted
    assert seen.rows[0] == (sum(-1.0 - len(word) / 8 for word in ("one", "two", "four")), 3.0)


async def test_a_server_that_sends_other_logprobs_than_it_was_asked_for_is_malformed(tmp_path: Path) -> None:
    async def script(_: dict[str, Any], __: int) -> web.Response:
        scores = {"token_logprobs": [None, None, -1.0], "text_offset": [0, 2, 4]}
        return web.json_response({"choices": [{"logprobs": scores}], "usage": {"prompt_tokens": 3}})

    async with serving(Server(script)) as server:
        with Journal(tmp_path / "journal.jsonl") as journal:
            await run(plan([small(tmp_path, yaml=TEXT)], (Target("direct", DIRECT, server.url, "m"),)), journal)
            assert {reply.reason for reply in journal.replies.values()} == {"malformed"}


async def test_the_model_is_asked_for_and_its_absence_explained() -> None:
    async with serving(Server()) as server, Client(QUICK) as client:
        assert await client.model_of(Target("direct", DIRECT, server.url)) == "counted"
        with pytest.raises(ConfigError, match=r"does not name its models \(HTTP 404\).*give --model"):
            await client.model_of(Target("direct", DIRECT, server.url + "/nowhere"))
    async with Client(QUICK) as client:
        with pytest.raises(ConfigError, match="cannot be reached"):
            await client.model_of(Target("direct", DIRECT, server.url))
