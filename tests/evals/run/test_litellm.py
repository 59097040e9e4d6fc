"""A model of another API as a target, through the real litellm (`make test-litellm`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.run.client import Client, Patience
from evals.run.plan import plan
from evals.run.reply import Reply
from evals.run.targets import Target, from_file, from_options
from tests.evals.make import TEXT, small
from tests.evals.server import answer_to

pytestmark = [pytest.mark.litellm, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")]


class Anthropic:
    """Speaks Anthropic's API and nothing else."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.asked, self.keys, self.url = status, [], set(), ""
        self.asked: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.add(request.headers.get("x-api-key"))
        if self.status != 200:
            return web.json_response({"type": "error", "error": {"type": "x", "message": "no"}}, status=self.status)
        question = body["messages"][0]["content"]
        text = question if isinstance(question, str) else question[0]["text"]
        return web.json_response({
            "id": "1", "type": "message", "role": "assistant", "model": body["model"], "stop_reason": "end_turn",
            "content": [{"type": "text", "text": answer_to(text)}], "usage": {"input_tokens": 9, "output_tokens": 5}})


async def replied(folder: Path, server: Anthropic, yaml: str | None = None) -> Reply:
    app = web.Application()
    app.router.add_post("/v1/messages", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        target = Target("claude", "direct", url, "anthropic/claude-3-5-haiku-20241022", "secret", "anthropic/claude-3-5-haiku-20241022")
        suite = small(folder, 1) if yaml is None else small(folder, 1, yaml)
        async with Client(Patience(attempts=2, timeout=20.0, first=0.001)) as client:
            return await client.ask(plan([suite], (target,))[0])
    finally:
        await runner.cleanup()


async def test_a_chat_is_translated_both_ways(tmp_path: Path) -> None:
    server = Anthropic()
    reply = await replied(tmp_path, server)
    assert (reply.outcome, reply.text) == ("answered", answer_to("Question 0?"))
    assert (reply.prompt_tokens, reply.completion_tokens) == (9, 5)
    assert server.keys == {"secret"}
    assert (server.asked[0]["max_tokens"], server.asked[0]["temperature"]) == (16, 0)


@pytest.mark.parametrize(("status", "reason", "asked"), [(429, "rate_limited", 2), (529, "server_error", 2), (401, "client_error", 1)])
async def test_a_failure_has_the_providers_reason(tmp_path: Path, status: int, reason: str, asked: int) -> None:
    server = Anthropic(status)
    reply = await replied(tmp_path, server)
    assert (reply.outcome, reply.reason, reply.attempts) == ("failed", reason, asked)
    assert len(server.asked) == asked


async def test_what_litellm_has_no_word_for_is_not_asked(tmp_path: Path) -> None:
    server = Anthropic()
    assert (await replied(tmp_path, server, TEXT)).reason == "client_error"
    assert server.asked == []


def test_such_a_target_in_a_file_and_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("targets:\n  - {name: claude, litellm: anthropic/claude-x, api_key: '${K}'}\n")
    wanted = Target("claude", "direct", "", "anthropic/claude-x", "k", "anthropic/claude-x")
    assert from_file(path, {"K": "k"}) == (wanted,)
    assert from_options(["claude=litellm:anthropic/claude-x"], "", {"WARDGATE_EVAL_KEY_CLAUDE": "k"}) == (wanted,)
