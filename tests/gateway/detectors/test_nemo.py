"""NeMo Guardrails' own rails against a model server: blocked, passed, failed; off the event loop, silent, not reported home."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from typing import Any

import pytest
from aiohttp import web

from gateway.core.policy import SourceFile
from gateway.core.windows import Answer, Ask
from gateway.detectors import nemo
from gateway.detectors.api import detectors, is_remote
from gateway.guards.nemo import NemoParams
from tests.gateway.detectors.judge_server import JudgeServer, serving

pytestmark = pytest.mark.filterwarnings("ignore")
"""The package's imports warn, and a warning that is an error would be a failure of every rail."""

CONFIG = """
models:
  - type: main
    engine: openai
    model: judge
    parameters: {base_url: "URL", api_key: "sk-x"}
rails:
  input: {flows: [self check input]}
  output: {flows: [self check output]}
prompts:
  - {task: self_check_input, content: 'May the user say this? "{{ user_input }}" Should it be blocked? Answer Yes or No.'}
  - {task: self_check_output, content: 'May the bot say this? "{{ bot_response }}" Should it be blocked? Answer Yes or No.'}
"""


def _files(text: str = CONFIG, name: str = "config.yml") -> tuple[SourceFile, ...]:
    return (SourceFile(name, text),)


def _ask(server: JudgeServer, text: str, role: Any = "user", **more: Any) -> Ask:
    params = NemoParams(config=_files(CONFIG.replace("URL", server.url)), **more)
    return Ask("nemo", 0, len(text), text, "", role, params)


def _weather(body: dict[str, Any]) -> Any:
    said = body["messages"][-1]["content"]
    if "quake" in said:
        return web.Response(status=500)
    return "colourless green ideas" if "dream" in said else "Yes" if "sunny" in said else "No"


def _told(answer: Answer) -> Any:
    return [(each.entity, each.score) for each in answer] if isinstance(answer, tuple) else answer


@pytest.mark.nemo
async def test_rails_block_pass_and_fail() -> None:
    async with serving(_weather) as server:
        rows = [("Is it sunny today?", "user", [("BLOCKED", 1.0)]), ("Where is the office?", "user", []),
                ("It is sunny.", "assistant", [("BLOCKED", 1.0)]), ("On the second floor.", "assistant", []),
                ("sunny says the page", "document", [("BLOCKED", 1.0)]), ("a quake came", "user", None)]
        answers = await nemo.Rails().read([_ask(server, text, role) for text, role, _ in rows])
        assert [_told(each) for each in answers] == [expected for _, _, expected in rows]
        prompts = [body["messages"][-1]["content"] for body in server.asked]
        assert all(sum(text in prompt for text, _, _ in rows) == 1 for prompt in prompts), "one text a question"


@pytest.mark.nemo
async def test_a_verdict_that_is_none_does_not_pass() -> None:
    async with serving(_weather) as server:
        (answer,) = await nemo.Rails().read([_ask(server, "I had a dream")])
        assert answer is None or _told(answer) == [("BLOCKED", 1.0)]


@pytest.mark.nemo
async def test_the_event_loop_goes_on_while_rails_load_and_judge() -> None:
    late, loop = 0.0, asyncio.get_running_loop()
    async with serving(_weather) as server:
        reading = asyncio.ensure_future(nemo.Rails().read([_ask(server, f"Where is room {each}?") for each in range(8)]))
        while not reading.done():
            begun = loop.time()
            await asyncio.sleep(0.01)
            late = max(late, loop.time() - begun - 0.01)
        assert all(_told(each) == [] for each in reading.result())
    assert late < 2.0, "imports hold the interpreter's lock now and then, but nothing blocks the loop"


@pytest.mark.nemo
async def test_time_is_bounded_and_a_cancelled_question_ends() -> None:
    async def slow(_: dict[str, Any]) -> str:
        await released.wait()
        return "No"

    released = asyncio.Event()

    async with serving(slow) as server:
        rails = nemo.Rails()
        assert await rails.read([_ask(server, "Where is it?", timeout_s=0.5)]) == [None]
        assert server.asked, "the time that loading takes is not the question's"
        reading = asyncio.ensure_future(rails.read([_ask(server, "Where is it?")]))
        before = len(server.asked)
        while len(server.asked) == before and not reading.done():
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        released.set()


@pytest.mark.nemo
async def test_no_text_is_logged_and_nothing_is_reported_home(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTEST_CURRENT_TEST", "CI", "DO_NOT_TRACK", "NEMO_GUARDRAILS_NO_USAGE_STATS"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.DEBUG)
    async with serving(_weather) as server:
        await nemo.Rails().read([_ask(server, "canary-7141 sunny"), _ask(server, "canary-7141 quake")])
    assert os.environ["NEMO_GUARDRAILS_NO_USAGE_STATS"] == "1"
    from nemoguardrails import telemetry

    assert not telemetry._is_usage_stats_enabled()
    assert not any("telemetry" in each.name.lower() for each in threading.enumerate())
    assert "canary-7141" not in caplog.text


@pytest.mark.nemo
async def test_a_configuration_that_the_package_refuses_is_a_failure() -> None:
    params = NemoParams(config=_files("rails: {input: {flows: [no such flow]}}"))
    assert await nemo.Rails().read([Ask("nemo", 0, 2, "hi", "", "user", params)]) == [None]


@pytest.mark.nemo
def test_it_is_usable_where_it_is_installed() -> None:
    nemo.usable([NemoParams(config=_files())])
    assert json.dumps(detectors()["nemo"].version).startswith('"nemoguardrails-')


def test_without_the_package_or_rails_a_policy_fails_at_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise nemo.PackageNotFoundError

    assert is_remote(detectors()["nemo"])
    monkeypatch.setattr(nemo, "version", missing)
    with pytest.raises(ValueError, match=r"nemoguardrails, which is not installed \| pip install"):
        nemo.usable()
    monkeypatch.setattr(nemo, "version", lambda _: "0.24")
    for text, said in (("rails: {dialog: {}}", "no input or output rails"), ("a: [", "is no YAML"), ("- 1", "no input")):
        with pytest.raises(ValueError, match=said):
            nemo.usable([NemoParams(config=_files(text))])
