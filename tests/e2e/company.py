"""Puts the frozen question sets to the engine and to the gateway, and judges what came out.

Judged apart from the guards, by the evaluation's own metric (``evals/metrics/leakage.py``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai

from evals.metrics import leakage

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "evals" / "suites" / "company"
COMPANY = ROOT / "model_server" / "company"
AT_ONCE = 8


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


SECRETS = rows(COMPANY / "secrets.jsonl")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it was delivered; ``finish`` is ``refused`` when the request itself was."""

    text: str
    chunks: tuple[str, ...]
    finish: str


_PREPARED = leakage.prepare(SECRETS)


def leaks(answer: str, asked: str) -> list[tuple[str, int]]:
    """The secrets that ``answer`` gives away, with the offset where each begins; ``asked`` is the conversation."""
    return leakage.leaks(answer, asked, _PREPARED)


async def ask(client: openai.AsyncOpenAI, model: str, messages: Sequence[dict[str, str]], *, stream: bool) -> Reply:
    try:
        if not stream:
            whole = await client.chat.completions.create(
                model=model, messages=list(messages), temperature=0, max_tokens=64  # type: ignore[arg-type]
            )
            text = whole.choices[0].message.content or ""
            return Reply(text, (text,), whole.choices[0].finish_reason)
        chunks, finish = [], ""
        async for chunk in await client.chat.completions.create(
            model=model, messages=list(messages), temperature=0, max_tokens=64, stream=True  # type: ignore[arg-type]
        ):
            for choice in chunk.choices:
                chunks.append(choice.delta.content or "")
                finish = choice.finish_reason or finish
        return Reply("".join(chunks), tuple(chunks), finish)
    except openai.BadRequestError as error:
        if error.code != "content_filter":
            raise
        return Reply("", (), "refused")


async def ask_all(
    base_url: str, key: str, model: str, prompts: Sequence[Sequence[dict[str, str]]], *, stream: bool
) -> list[Reply]:
    """All answers, in order, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=120) as client:
        async def one(prompt: Sequence[dict[str, str]]) -> Reply:
            async with gate:
                return await ask(client, model, prompt, stream=stream)

        return list(await asyncio.gather(*(one(prompt) for prompt in prompts)))


def said(prompt: Sequence[dict[str, str]]) -> str:
    return " ".join(message["content"] for message in prompt)
