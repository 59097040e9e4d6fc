"""A whole ``wardgate serve`` with a litellm upstream: settings, uvloop, logs at debug level, drain."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from tests.gateway.proxy.anthropic import AnthropicServer, Ask

pytestmark = pytest.mark.litellm
ROOT = Path(__file__).parents[3]
CONFIG = """
listen: {{data: "127.0.0.1:0", ops: "127.0.0.1:0"}}
upstreams:
  - {{name: claude, litellm: "anthropic/claude-sonnet-4-5", base_url: "{base_url}", api_key: "${{CLAUDE_KEY}}"}}
keys:
  - {{name: app, key: wg-key}}
policies: {policies}
audit: {{sink: "sqlite:///{home}/audit.db"}}
log_level: debug
"""
POLICY = """
policy: test
rules:
  - {id: no-word, guard: pattern, on: {output: all}, patterns: ["forbidden\\\\d"], action: block}
"""


async def test_serve_answers_cuts_and_ends_without_a_word_of_anyone_in_its_logs(tmp_path: Path) -> None:
    server = await AnthropicServer().start()

    async def says(ask: Ask) -> None:
        await ask.begin()
        await ask.texts("Fine so far, CANARY-answer, ", "then forbid", "den7 and more.")
        await ask.end()

    server.script = says
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "test.yaml").write_text(POLICY)
    config = tmp_path / "wardgate.yaml"
    config.write_text(CONFIG.format(base_url=server.base_url, policies=policies, home=tmp_path))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli.main", "serve", "--config", str(config), "--json"], cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CLAUDE_KEY": "sk-CANARY", "LITELLM_LOG": "DEBUG"},
        )
    try:
        assert process.stdout is not None
        ready = await asyncio.to_thread(process.stdout.readline)
        assert ready, (tmp_path / "log").read_text()
        client = openai.AsyncOpenAI(base_url=f"{json.loads(ready)['data']}/v1", api_key="wg-key", max_retries=0)
        stream = await client.chat.completions.create(
            model="anything", stream=True, messages=[{"role": "user", "content": "CANARY-prompt"}])
        chunks = [chunk async for chunk in stream]
        await client.close()
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text.startswith("Fine so far, CANARY-answer, then ")
        assert "forbidden7" not in text
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "content_filter"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
        rest = process.stdout.read()
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        await server.stop()
    logs = (tmp_path / "log").read_text()
    assert "CANARY" not in logs
    assert rest == b"", "something was printed"
    events = [json.loads(line)["event"] for line in logs.splitlines()]
    assert [event for event in events if event != "library"] == ["serving", "draining", "stopped"]
