"""ragas as a judge: its metrics, on any OpenAI-compatible endpoint, with its telemetry off and no network beside.

Needs the extra ``ragas``, whose pins are there as ragas 0.4.3 does not import beside the newest langchain-community.
ragas makes several calls a metric and answers NaN where it could not tell; that is a failed reading here, not a number.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from evals.run.client import Patience
from evals.run.plan import Ask
from evals.run.reply import ANSWERED, CONNECTION, MALFORMED, RATE_LIMITED, SERVER, TIMEOUT, Reply, failed
from gateway.errors import ConfigError

CURE = "pip install 'wardgate[ragas]'"


class Ragas:
    """Answers asks whose endpoint is ``ragas/…``; an async context, which closes its connections."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._metrics: dict[tuple[str, str, str], Any] = {}
        self._clients: list[Any] = []
        os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read on import; tracking blocks without a network
        try:
            import openai
            from ragas.llms import llm_factory
            from ragas.metrics import collections
        except ImportError as error:
            raise ConfigError(f"the suite's ragas metrics need '{error.name}'", cure=CURE) from None
        self._openai, self._factory, self._collections = openai, llm_factory, collections

    async def __aenter__(self) -> Ragas:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.close()

    async def __call__(self, ask: Ask) -> Reply:
        """The value as JSON text, or a failure with its reason."""
        began = time.perf_counter()
        try:
            result = await asyncio.wait_for(self._score(ask), self._patience.timeout)
        except Exception as error:  # noqa: BLE001  # ragas passes on whatever openai, instructor and pydantic raise
            return failed(self._reason(error), seconds=time.perf_counter() - began)
        value = float(result.value)
        seconds = round(time.perf_counter() - began, 6)
        if not math.isfinite(value):
            return failed(MALFORMED, seconds=seconds)
        return Reply(ANSWERED, json.dumps({"value": min(1.0, max(0.0, value))}), seconds, 200)

    def _score(self, ask: Ask) -> Awaitable[Any]:
        kind, material = ask.sample.body["metric"], ask.sample.body["material"]
        metric = self._metric(kind, ask)
        answer, question = material.get("answer", ""), material.get("question", "")
        reference, contexts = _text(material.get("reference", "")), _texts(material.get("source", ""))
        ways: dict[str, Callable[[], Awaitable[Any]]] = {
            "faithfulness": lambda: metric.ascore(user_input=question, response=answer, retrieved_contexts=contexts),
            "factual_correctness": lambda: metric.ascore(response=answer, reference=reference),
            "context_precision": lambda: metric.ascore(
                user_input=question, reference=reference, retrieved_contexts=contexts),
            "context_recall": lambda: metric.ascore(
                user_input=question, reference=reference, retrieved_contexts=contexts),
        }
        return ways[kind]()

    def _metric(self, kind: str, ask: Ask) -> Any:
        place = (kind, ask.target.base_url, ask.target.model)
        if place not in self._metrics:
            client = self._openai.AsyncOpenAI(base_url=ask.target.base_url, api_key=ask.target.api_key or "none",
                                              timeout=self._patience.timeout, max_retries=self._patience.attempts - 1)
            self._clients.append(client)
            known = self._collections
            classes = {"faithfulness": known.Faithfulness, "factual_correctness": known.FactualCorrectness,
                       "context_precision": known.ContextPrecision, "context_recall": known.ContextRecall}
            self._metrics[place] = classes[kind](llm=self._factory(ask.target.model, client=client, temperature=0))
        return self._metrics[place]

    def _reason(self, error: BaseException) -> str:
        """instructor wraps what happened; the innermost error that says something counts."""
        seen: BaseException | None = error
        known = ((self._openai.APITimeoutError, TIMEOUT), (TimeoutError, TIMEOUT),
                 (self._openai.RateLimitError, RATE_LIMITED), (self._openai.InternalServerError, SERVER),
                 (self._openai.APIConnectionError, CONNECTION))
        while seen is not None:
            for kind, reason in known:
                if isinstance(seen, kind):
                    return reason
            seen = seen.__cause__ or seen.__context__
        return MALFORMED


def _text(found: Any) -> str:
    return found if isinstance(found, str) else str(found[0]) if found else ""


def _texts(found: Any) -> list[str]:
    return [found] if isinstance(found, str) else [str(each) for each in found]
