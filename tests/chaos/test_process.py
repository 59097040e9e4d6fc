"""A whole process: start, ports, drain, signals, reload, kill -9, the admin and ops ports."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

from gateway.audit import chain
from tests.chaos.house import KEY, Client, chat, request, until
from tests.chaos.process import ADMIN_KEY, CONFIG, ROOT, Serving
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, ChaosUpstream, delta


async def connect(serving: Serving) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", serving.port))


async def test_ops_and_admin_ports(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY)
    client = await connect(serving)
    client.send(request(chat("hi")))
    answer = await client.answer()
    assert answer.status == 200
    assert (await serving.get(f"{serving.ops}/livez"))[0] == 200
    assert (await serving.get(f"{serving.ops}/readyz"))[0] == 200
    status, metrics = await serving.get(f"{serving.ops}/metrics")
    assert status == 200
    assert 'wardgate_requests_total{outcome="completed",route="chat"} 1.0' in metrics
    assert 'wardgate_policy_info{name="test"' in metrics
    assert 'gen_ai_client_token_usage_total{type="output"} 5.0' in metrics
    for key in ("", "wrong", KEY):
        status, body = await serving.get(f"{serving.admin}/admin/policies", key)
        assert (status, body["error"]["code"]) == (401, "invalid_api_key")
    status, body = await serving.get(f"{serving.admin}/admin/policies", ADMIN_KEY)
    assert (status, [each["name"] for each in body["policies"]]) == (200, ["test"])
    assert (await serving.get(f"{serving.admin}/admin/status", ADMIN_KEY))[1]["revision"] == body["revision"]
    assert (await serving.get(f"{serving.admin}/admin/nothing", ADMIN_KEY))[0] == 404
    decision = answer.headers["x-request-id"]
    found: list[dict[str, object]] = []
    for _ in range(100):
        status, body = await serving.get(f"{serving.admin}/admin/decisions/{decision}", ADMIN_KEY)
        found = body.get("records", [])
        if len(found) == 2:
            break
        await asyncio.sleep(0.02)
    assert [(each["kind"], each["decision_id"]) for each in found] == [("begin", decision), ("end", decision)]
    assert (await serving.get(f"{serving.admin}/admin/decisions/none", ADMIN_KEY))[0] == 404
    client.close()


async def test_reload_activates_and_keeps_the_last_good(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY)
    reload = f"{serving.admin}/admin/policies/reload"
    first = (await serving.get(f"{serving.admin}/admin/policies", ADMIN_KEY))[1]["revision"]
    policy = serving.folder / "policies" / "test.yaml"
    policy.write_text("policy: test\nrules: [\n")
    status, body = await serving.get(reload, ADMIN_KEY, "POST")
    assert (status, body["ok"], body["revision"]) == (409, False, first)
    assert "test.yaml" in body["errors"][0]
    assert "wardgate_policy_reload_failing 1.0" in (await serving.get(f"{serving.ops}/metrics"))[1]
    assert (await serving.get(f"{serving.ops}/readyz"))[0] == 200
    policy.write_text("policy: test\nmode: monitor\nrules: []\n")
    serving.signal(signal.SIGHUP)
    second = first
    for _ in range(200):
        second = (await serving.get(f"{serving.admin}/admin/policies", ADMIN_KEY))[1]["revision"]
        if second != first:
            break
        await asyncio.sleep(0.02)
    assert second != first
    client = await connect(serving)
    client.send(request(chat("hi")))
    assert (await client.answer()).headers["x-wardgate-policy"] == f"test@{second}"
    client.close()


async def test_a_drain_lets_open_streams_finish(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY)
    go_on = asyncio.Event()

    async def slow(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("first "))
        await go_on.wait()
        ask.chunk(delta("last") + delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    upstream.script = slow
    client = await connect(serving)
    idle = await connect(serving)
    client.send(request(chat("hi", stream=True)))
    await client.head()
    first = await client.chunk()
    serving.signal(signal.SIGTERM)
    assert await idle.at_end(), "an idle connection is closed at once"
    status, body = await serving.get(f"{serving.ops}/readyz")
    assert (status, body["reasons"]) == (503, ["draining"])
    go_on.set()
    rest = b""
    while part := await client.chunk():
        rest += part
    assert b"first " in first
    assert b"last" in rest
    assert b"[DONE]" in rest
    assert await serving.exit_code() == 0
    assert chain.verify(serving.audit).broken == 0
    client.close()
    idle.close()


async def test_a_second_signal_does_not_wait(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY, grace=60)

    async def forever(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("word "))
        await ask.left.wait()

    upstream.script = forever
    client = await connect(serving)
    client.send(request(chat("hi", stream=True)))
    await client.head()
    await client.chunk()
    serving.signal(signal.SIGTERM)
    await asyncio.sleep(0.2)
    assert serving.process.poll() is None
    serving.signal(signal.SIGTERM)
    assert await serving.exit_code(5) == 0
    records = [record for _, record in chain.rows(chain.read_only(serving.audit))]
    assert [(each["kind"], each.get("outcome")) for each in records] == [("begin", None), ("end", "client_gone")]
    client.close()


async def test_a_client_that_leaves_is_noticed_on_uvloop_too(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY)

    async def stall(ask: Ask) -> None:
        await ask.left.wait()

    upstream.script = stall
    loop = asyncio.get_running_loop()
    for stream in (False, True):
        client = await connect(serving)
        client.send(request(chat("hi", stream=stream)))
        await until(lambda: upstream.asks)
        ask = upstream.asks.pop()
        gone = loop.time()
        client.close()
        async with asyncio.timeout(2):
            await ask.left.wait()
        assert loop.time() - gone < 0.1


async def test_kill_9_leaves_a_begin_without_an_end(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY)

    async def stall(ask: Ask) -> None:
        await ask.left.wait()

    client = await connect(serving)
    client.send(request(chat("hi")))
    assert (await client.answer()).status == 200
    upstream.script = stall
    client.send(request(chat("hi")))
    await until(lambda: len(upstream.asks) == 2)
    await asyncio.sleep(0.3)
    serving.signal(signal.SIGKILL)
    await serving.exit_code()
    assert chain.verify(serving.audit).broken == 0
    kinds = [record["kind"] for _, record in chain.rows(chain.read_only(serving.audit))]
    assert kinds == ["begin", "end", "begin"]
    client.close()


def _serve(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", "serve", "--config", str(config)],
        capture_output=True, text=True, timeout=30, cwd=ROOT, check=False,
    )  # fmt: skip


def test_a_busy_port_names_itself_and_the_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "policies").mkdir()
        config = tmp_path / "wardgate.yaml"
        text = CONFIG.format(admin="x", base_url="http://127.0.0.1:1/v1", keys="[]", policies=tmp_path / "policies",
                             audit=tmp_path / "a.db", mode="required", grace=1, upstream_key="u")  # fmt: skip
        config.write_text(text.replace('data: "127.0.0.1:0"', f'data: "127.0.0.1:{port}"'))
        done = _serve(config)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is already in use" in done.stderr
    assert "listen.data" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_policy_refuses_to_start(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "bad.yaml").write_text("policy: bad\nrulez: []\n")
    config = tmp_path / "wardgate.yaml"
    config.write_text(CONFIG.format(admin="x", base_url="http://127.0.0.1:1/v1", keys="[]", policies=policies,
                                    audit=tmp_path / "a.db", mode="required", grace=1, upstream_key="u"))  # fmt: skip
    done = _serve(config)
    assert done.returncode == 2
    assert "bad.yaml:2" in done.stderr
    assert "rules" in done.stderr
    assert "Traceback" not in done.stderr
