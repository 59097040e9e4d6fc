"""Fifty canaries through every path at the lowest log level: none may turn up in logs, metrics, audit or errors."""

from __future__ import annotations

import asyncio
import json

from tests.chaos.house import Answer, Client, chat, request
from tests.chaos.process import ADMIN_KEY, Serving
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, ChaosUpstream, completion, delta, friendly

CANARIES = [f"cnry{number:02d}x9Zq" for number in range(50)]
KEY, UPSTREAM_KEY = f"wg-{CANARIES[0]}", f"sk-{CANARIES[1]}"


async def _send(serving: Serving, data: bytes) -> Answer | None:
    client = Client(*await asyncio.open_connection("127.0.0.1", serving.port))
    try:
        client.send(data)
        return await client.answer()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    finally:
        client.close()


def _refused(canary: list[str]) -> list[bytes]:
    """Requests that must be refused, with a canary at each place where one could be echoed."""
    body = chat(canary[0])
    return [
        request(body, key=canary[1]),
        request(json.dumps(body).encode()[:-5] + canary[2].encode()),
        request({**body, "temperature": canary[3]}),
        request({**body, "messages": [{"role": canary[4], "content": "x"}]}),
        request({**body, "messages": canary[5]}),
        request({**body, "stream": canary[6]}),
        request(body, path=f"/v1/{canary[7]}"),
        request(body, method=canary[8].upper()),
        request(None, f"/v1/models/{canary[9]}", "GET", key=KEY),
        f"POST /v1/chat/completions HTTP/1.1\r\n{canary[10]}\r\n\r\n".encode(),
        f"{canary[11]}\r\n\r\n".encode(),
        request(body, content_type=canary[12]),
        request(body, content_encoding=canary[13]),
        request(f'{{"a": "{canary[14]}", "a": 1}}'.encode()),
        request({**body, "n": canary[15]}, key=KEY),
        request({**body, canary[16]: {"deep": [canary[17]]}, "model": 7}, key=KEY),
        request(body, key=KEY, transfer_encoding=canary[18]),
        request({**body, "tools": canary[19]}, key=KEY),
    ]


async def test_no_canary_is_heard(serving: Serving, upstream: ChaosUpstream) -> None:
    await serving.start(upstream.base_url, KEY, upstream_key=UPSTREAM_KEY)
    secret = CANARIES[2:]
    errors: list[Answer] = []

    async def shouts(ask: Ask) -> None:
        ask.answer(secret[22].encode())

    async def dies_shouting(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("fine"))
        ask.chunk(b"data: {" + secret[23].encode() + b"\n\n")
        await ask.left.wait()

    async def bad_http(ask: Ask) -> None:
        ask.send(f"HTTP/1.1 200 {secret[24]}\r\n{secret[25]}\r\n\r\n".encode())

    async def refuses(ask: Ask) -> None:
        ask.answer({"error": {"type": f"{secret[26]} x", "code": f"{secret[27]} x", "message": 1}}, b"401 No")

    async def crashes(ask: Ask) -> None:
        ask.answer(f"oh {secret[28]}".encode(), b"500 No")

    async def truncated(ask: Ask) -> None:
        ask.send(f"HTTP/1.1 200 OK\r\nx-{secret[29]}: {secret[30]}\r\ncontent-length: 100\r\n\r\n".encode())
        ask.close()

    for data in _refused(secret):
        answer = await _send(serving, data)
        if answer is not None:
            assert 400 <= answer.status < 500, data
            errors.append(answer)
    for script in (shouts, dies_shouting, bad_http, refuses, crashes, truncated):
        upstream.script = script
        stream = script is dies_shouting
        answer = await _send(serving, request(chat(secret[31], stream=stream), key=KEY, cookie=secret[32]))
        assert answer is not None
        errors.append(answer)

    async def echoes(ask: Ask) -> None:
        if not ask.json.get("stream"):
            ask.answer(completion(secret[33]))
            return
        ask.send(HEAD_EVENTS)
        ask.chunk(delta(secret[34]) + delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    upstream.script = echoes
    for stream in (False, True):
        answer = await _send(serving, request(
            chat(secret[35], stream=stream, user=secret[36], metadata={secret[37]: secret[38]}), key=KEY,
            user_agent=secret[39], x_request_id=secret[40], x_forwarded_for=secret[41], referer=secret[42],
        ))  # fmt: skip
        assert answer is not None
        assert answer.status == 200
        assert secret[33 if not stream else 34].encode() in answer.body, "an answer's text does reach its caller"
    upstream.script = friendly
    model = await _send(serving, request({**chat("hi"), "model": secret[43]}, key=KEY))
    assert model is not None
    assert model.status == 200
    gone = Client(*await asyncio.open_connection("127.0.0.1", serving.port))
    gone.send(request(chat(secret[44]), key=KEY)[:-4])
    await asyncio.sleep(0.02)
    gone.close()

    heard = json.dumps([[each.headers, each.body.decode()] for each in errors])
    heard += str((await serving.get(f"{serving.ops}/metrics"))[1])
    heard += str((await serving.get(f"{serving.admin}/admin/status", ADMIN_KEY))[1])
    serving.process.terminate()
    assert await serving.exit_code() == 0
    logs = serving.log.read_text()
    assert '"event": "serving"' in logs, "logging was on"
    heard += logs + serving.audit.read_bytes().decode("latin-1")
    for name in serving.folder.glob("audit.db-*"):
        heard += name.read_bytes().decode("latin-1")
    assert [canary for canary in CANARIES if canary.lower() in heard.lower()] == []


async def test_no_canary_is_heard_on_the_other_routes(serving: Serving, upstream: ChaosUpstream) -> None:
    rules = '[{id: no-bad, guard: pattern, words: [purple-lizard], on: {input: all, output: all}, action: block}]'
    await serving.start(upstream.base_url, KEY, upstream_key=UPSTREAM_KEY, rules=rules)
    secret = iter(CANARIES[2:])
    statuses: list[int] = []
    heard = ""

    async def ask(path: str, body: object, *, echo: bool = False) -> Answer:
        answer = await _send(serving, request(body, path, key=KEY))
        assert answer is not None
        statuses.append(answer.status)
        nonlocal heard
        heard += "" if echo else json.dumps([answer.headers, answer.body.decode()])
        return answer

    async def says(ask: Ask) -> None:
        choice = {"index": 0, "text": f"{next(secret)} purple-lizard", "logprobs": None, "finish_reason": "stop"}
        ask.answer({"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]})

    async def is_no_vector(ask: Ask) -> None:
        ask.answer({"data": [{"index": 0, "embedding": f"no {next(secret)}"}]})

    upstream.script = says
    await ask("/v1/completions", {"model": "m", "prompt": [next(secret)], "suffix": next(secret)}, echo=True)
    upstream.script = is_no_vector
    await ask("/v1/embeddings", {"model": "m", "input": next(secret)})
    for path, member in (("/v1/completions", "prompt"), ("/v1/embeddings", "input"), ("/v1/checks", "input")):
        await ask(path, {"model": "m", member: f"purple-lizard {next(secret)}"})
        await ask(path, {"model": "m", member: [next(secret), 1], next(secret): 1})
    for path in ("/v1/checks", "/v1/moderations", "/v1/feedback", f"/v1/files/{next(secret)}"):
        await ask(path, {next(secret): next(secret)})
    decided = await ask("/v1/checks", {"input": f"purple-lizard {next(secret)}", "output": next(secret)})
    await ask("/v1/moderations", {"input": [next(secret), f"purple-lizard {next(secret)}"]})
    words = {"text": next(secret), "note": next(secret)}
    await ask("/v1/feedback", {"decision_id": decided.json["id"], "verdict": "too_strict", **words})
    assert statuses == [200, 502, 400, 400, 400, 400, 200, 400, 400, 400, 400, 404, 200, 200, 200]

    heard += str((await serving.get(f"{serving.ops}/metrics"))[1])
    serving.process.terminate()
    assert await serving.exit_code() == 0
    heard += serving.log.read_text()
    for name in serving.folder.rglob("*"):
        heard += name.read_bytes().decode("latin-1") if name.is_file() and name.suffix != ".yaml" else ""
    assert '"event": "serving"' in heard, "logging was on"
    assert "too_strict" in heard, "the complaint was kept"
    assert [canary for canary in CANARIES if canary.lower() in heard.lower()] == []
