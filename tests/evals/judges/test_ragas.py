"""ragas itself, offline, on a local endpoint that judges by the words (`make test-ragas`)."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.judges.judgements import Judgement, about, plan, read
from evals.judges.kinds import KINDS
from evals.judges.ragas import Ragas
from evals.loading.suite import DIRECT
from evals.run.client import Patience
from evals.run.journal import Journal
from evals.run.plan import plan as plan_of
from evals.run.runner import run
from evals.run.targets import Target
from evals.scoring.score import Bench, score
from tests.evals.make import QA, small
from tests.evals.server import Server, answer_to, chat, serving

pytestmark = [
    pytest.mark.ragas,
    # ragas leaves its own file open; nothing of ours
    pytest.mark.filterwarnings("ignore:.*ragas/uuid.json:pytest.PytestUnraisableExceptionWarning"),
]
SOURCE = ["Leave is booked in Larkboard.", "Nothing of use."]
MATERIAL = {"question": "Where is leave booked?", "answer": "Leave is booked in Larkboard. It costs nine pounds.",
            "source": SOURCE, "reference": "Leave is booked in Larkboard."}


def sentences(text: str) -> list[str]:
    return [each.strip() + "." for each in text.split(".") if each.strip()]


def by_the_words(body: dict[str, Any]) -> dict[str, Any]:
    """What a judge says who takes a statement for supported when it stands in the context word by word."""
    said = "\n".join(str(message["content"]) for message in body["messages"])
    asked = json.loads(re.findall(r"input: (\{.*\})\s*\nOutput:", said, re.DOTALL)[-1].rpartition("input: ")[2])
    if "claims" in said and "response" in asked:
        return {"claims": sentences(asked["response"])}
    if "statements" in asked:
        return {"statements": [{"statement": each, "reason": "words", "verdict": int(each in asked["context"])}
                               for each in asked["statements"]]}
    if "context" not in asked:
        return {"statements": sentences(asked["answer"])}
    if "classifications" in said:
        return {"classifications": [{"statement": each, "reason": "words", "attributed": int(each in asked["context"])}
                                    for each in sentences(asked["answer"])]}
    return {"reason": "words", "verdict": int(asked["answer"] in asked["context"])}


async def judged(kind: str, script: Any, **patience: Any) -> Judgement:
    async with serving(Server(script)) as bench:
        judge = Target("judge", DIRECT, bench.url, "j", "secret")
        ask = about(KINDS[kind], judge, None, "x", MATERIAL)  # type: ignore[arg-type]  # no suite is looked at
        async with Ragas(Patience(**{"attempts": 1, "timeout": 20.0, **patience})) as ragas:
            reply = await ragas(ask)
        assert bench.keys <= {"Bearer secret"}
        return read(KINDS[kind], reply)


async def words(body: dict[str, Any], _: int) -> web.StreamResponse:
    return chat(json.dumps(by_the_words(body)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("faithfulness", 0.5),  # one of the answer's two statements stands in the source
        ("factual_correctness", 0.67),  # precision 1/2, recall 1
        ("context_precision", 1.0),  # the useful passage stands first
        ("context_recall", 1.0),
    ],
)
async def test_a_value_is_ragas_own(kind: str, value: float) -> None:
    found = await judged(kind, words)
    assert (found.state, found.value) == ("judged", pytest.approx(value, abs=0.005))


async def test_what_ragas_cannot_read_is_malformed_and_no_number() -> None:
    async def garbled(_: dict[str, Any], __: int) -> web.StreamResponse:
        return chat("{")

    async def says_nothing(_: dict[str, Any], __: int) -> web.StreamResponse:
        return chat('{"statements": []}')  # ragas answers NaN

    assert (await judged("faithfulness", garbled)).state == "malformed"
    assert (await judged("faithfulness", says_nothing)).state == "malformed"


async def test_a_judge_that_does_not_answer_has_failed_with_a_reason() -> None:
    async def slow(_: dict[str, Any], __: int) -> None:
        await asyncio.Event().wait()

    async def busy(_: dict[str, Any], __: int) -> web.StreamResponse:
        return web.json_response({}, status=429)

    async def broken(_: dict[str, Any], __: int) -> web.StreamResponse:
        return web.json_response({}, status=500)

    for script, reason in ((slow, "timeout"), (busy, "rate_limited"), (broken, "server_error")):
        found = await judged("context_recall", script, timeout=0.5 if script is slow else 20.0)
        assert (found.state, found.reason) == ("failed", reason)


async def test_a_run_is_judged_by_ragas(tmp_path: Path) -> None:
    """Eight of twelve answers are the reference, so they follow from it; the others do not."""
    yaml = QA.replace("metrics: [f1, exact_match, bleu]", "metrics: [ragas_faithfulness, ragas_context_recall]").replace(
        "reference: {answer: answer}", "reference: {answer: answer, source: answer}")
    suite = small(tmp_path, yaml=yaml)
    async with serving(Server()) as server, serving(Server(words)) as bench:
        model, judge = Target("direct", DIRECT, server.url, "m"), Target("judge", DIRECT, bench.url, "j")
        with Journal(tmp_path / "journal.jsonl") as journal, Journal(tmp_path / "judgements.jsonl") as said:
            await run(plan_of([suite], (model,)), journal)
            asks = plan([suite], (model,), journal.replies, judge)
            async with Ragas(Patience(attempts=1, timeout=20.0)) as ragas:
                await run(asks, said, others={"ragas": ragas})
            found = score([suite], [model], journal.replies, seed=1, bench=Bench(judge, said.replies))
    values = {each.metric: (each.estimate.value, each.estimate.n) for each in found.scores}
    assert answer_to("Question 1?") == suite.samples[1].reference["answer"]
    assert values == {"ragas_faithfulness": (pytest.approx(8 / 12), 12), "ragas_context_recall": (1.0, 12)}
