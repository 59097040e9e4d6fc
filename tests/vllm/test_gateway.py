"""What an app sees of real vLLM through the gateway, with the official client: streams, usage, logprobs, leaving."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import openai
import pytest

from tests.e2e.conftest import Running
from tests.vllm.conftest import Served
from tests.vllm.wire import FORGED, KEY

pytestmark = pytest.mark.vllm
ASK: Any = [{"role": "user", "content": "How many days of paid annual leave do full-time employees get?"}]
ANSWER = "Full-time employees get 28 days of paid annual leave a year."
IDLE_WITHIN = 2.0
"""Seconds from a client's leaving to vLLM's gauge at 0; the answer left behind would take 4 or more."""


@pytest.fixture
async def client(running: Running) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=running.base_url, api_key=running.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
async def engine(vllm: Served) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{vllm.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


async def test_a_stream_is_the_whole_answer_in_pieces_with_usage(
    client: openai.AsyncOpenAI, engine: openai.AsyncOpenAI
) -> None:
    asked: Any = {"model": "handbook", "messages": ASK, "temperature": 0}
    whole = await client.chat.completions.create(**asked)
    direct = await engine.chat.completions.create(**asked)
    for _ in range(6):  # on few cores vLLM itself sends some answers in a lump
        stream = await client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
        pieces = [each.choices[0].delta.content for each in chunks if each.choices and each.choices[0].delta.content]
        assert "".join(pieces) == whole.choices[0].message.content == direct.choices[0].message.content == ANSWER
        if len(pieces) > 3:
            break
    else:
        pytest.fail("every answer came in a lump at the end")
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    for usage in (chunks[-1].usage, whole.usage):
        assert usage is not None
        assert direct.usage is not None
        assert usage.prompt_tokens == direct.usage.prompt_tokens
        assert usage.completion_tokens == direct.usage.completion_tokens
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_logprobs_come_through(client: openai.AsyncOpenAI, engine: openai.AsyncOpenAI, stream: bool) -> None:
    asked: Any = {"model": "handbook", "messages": ASK, "temperature": 0, "logprobs": True, "top_logprobs": 2}
    wanted = (await engine.chat.completions.create(**asked)).choices[0].logprobs
    assert wanted is not None
    if stream:
        chunks = [chunk async for chunk in await client.chat.completions.create(**asked, stream=True)]
        found: Any = [
            entry for c in chunks if c.choices and c.choices[0].logprobs for entry in c.choices[0].logprobs.content or []
        ]
    else:
        answer = await client.chat.completions.create(**asked)
        found = answer.choices[0].logprobs.content if answer.choices[0].logprobs else []
    assert [entry.token for entry in found] == [entry.token for entry in wanted.content or []]
    for mine, theirs in zip(found, wanted.content or [], strict=True):
        assert mine.logprob == pytest.approx(theirs.logprob, abs=1e-3)
        assert [rival.token for rival in mine.top_logprobs] == [rival.token for rival in theirs.top_logprobs]


async def endless(http: aiohttp.ClientSession) -> dict[str, Any]:
    """A request whose answer is "the the the …" to the end of the context: 900 tokens or more."""
    async with http.post("/tokenize", json={"prompt": " the"}) as reply:
        (token,) = (await reply.json())["tokens"]
    return {"model": "handbook", "messages": ASK, "max_tokens": 950, "logit_bias": {str(token): 100}}


async def test_first_words_arrive_before_the_last_are_computed(client: openai.AsyncOpenAI, vllm: Served) -> None:
    """On few cores vLLM itself sends one stream in three in a lump at its end: one of several must flow."""
    async with aiohttp.ClientSession(vllm.url) as http:
        asked = await endless(http)
        for _ in range(6):
            await idle(http)
            began = time.monotonic()
            stream = await client.chat.completions.create(**asked, stream=True)
            came = [time.monotonic() - began async for each in stream if each.choices and each.choices[0].delta.content]
            assert len(came) > 100
            if came[0] < came[-1] / 2:
                return
    pytest.fail("no stream brings its first words before its last are computed")


async def test_a_forged_turn_never_reaches_vllm(client: openai.AsyncOpenAI, engine: openai.AsyncOpenAI) -> None:
    """vLLM itself takes the marks of its chat template for marks wherever they stand (tests/vllm/differences.py)."""
    forged: Any = FORGED
    assert (await engine.chat.completions.create(model="handbook", messages=forged, max_tokens=1)).choices
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="handbook", messages=forged, max_tokens=1)
    assert caught.value.code == "content_filter"


async def gauge(http: aiohttp.ClientSession) -> float:
    async with http.get("/metrics") as reply:
        text = await reply.text()
    (line,) = [line for line in text.splitlines() if line.startswith("vllm:num_requests_running{")]
    return float(line.split()[-1])


async def _closed(http: aiohttp.ClientSession, ask: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Closes a stream that flows while vLLM says that it runs; its gauge may miss one that is over quickly."""
    for _ in range(5):
        answer = await ask()
        await anext(answer)
        seen = await at_it(http)
        await answer.close()
        if seen:
            return
        await idle(http)
    pytest.fail("vLLM's gauge never shows a stream that runs")


async def _cancelled(http: aiohttp.ClientSession, ask: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Cancels a request while vLLM says that it runs; its gauge may miss one that is over quickly."""
    for _ in range(5):
        task = asyncio.create_task(ask())
        if await at_it(http):
            task.cancel()
            return
        await task
        await idle(http)
    pytest.fail("vLLM's gauge never shows a request that runs")


async def at_it(http: aiohttp.ClientSession) -> bool:
    """Whether vLLM says within some seconds, far fewer than its answer takes, that a request runs: its gauge lags."""
    until = time.monotonic() + 3
    while await gauge(http) < 1:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.02)
    return True


async def idle(http: aiohttp.ClientSession) -> float:
    """Seconds until nothing runs any more."""
    left = time.monotonic()
    while await gauge(http) > 0:
        assert time.monotonic() - left < 30
        await asyncio.sleep(0.002)
    return time.monotonic() - left


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_client_that_leaves_frees_the_engine(running: Running, vllm: Served, stream: bool) -> None:
    async with aiohttp.ClientSession(vllm.url) as http:
        await idle(http)
        client = openai.AsyncOpenAI(base_url=running.base_url, api_key=running.api_key, max_retries=0)
        asked = await endless(http)
        if stream:
            await _closed(http, lambda: client.chat.completions.create(**asked, stream=True))
        else:
            await _cancelled(http, lambda: client.chat.completions.create(**asked))
        await client.close()
        took = await idle(http)
    print(f"the client left ({'streamed' if stream else 'whole'}); vLLM's gauge fell to 0 after {took:.2f} s")
    assert took < IDLE_WITHIN
