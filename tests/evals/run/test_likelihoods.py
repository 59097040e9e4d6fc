"""What an endpoint tells of its certainty, its tokens and its time reaches the metrics that read it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.loading.suite import DIRECT
from evals.loading.suite_file import load
from evals.run.journal import Journal
from evals.run.plan import plan
from evals.run.reply import Reply
from evals.run.runner import run
from evals.run.targets import Target
from evals.scoring.score import Scored, score
from gateway.errors import ConfigError
from tests.evals.make import QA, write
from tests.evals.server import Script, Server, answer_to, serving

SURE = QA.replace("max_tokens: 16", "max_tokens: 16, logprobs: true").replace(
    "metrics: [f1, exact_match, bleu]", "metrics: [ece, brier, tokens_per_answer, exact_match]")
STREAMED = SURE.replace("logprobs: true", "logprobs: true, stream: true").replace("metrics: [ece", "metrics: [first_token, per_token, ece")
CHOICES = """
suite: small-choices
version: 1
data: {file: choices.jsonl}
ask: {echo: "{question}", choices: options}
reference: {choices: options, gold: gold}
metrics: [acc, acc_norm, ece, mc1]
"""


async def scored(folder: Path, yaml: str, script: Script) -> tuple[list[Reply], dict[str, Any], Scored]:
    suite = load(write(folder, 4, yaml))
    async with serving(Server(script)) as server:
        target = Target("direct", DIRECT, server.url, "m")
        asks = plan([suite], (target,))
        with Journal(folder / "journal.jsonl") as journal:
            await run(asks, journal)
        with Journal(folder / "journal.jsonl", writable=False) as journal:  # as a resumed run reads it
            found = score([suite], [target], journal.replies, seed=1)
            replies = [journal.replies[ask.key] for ask in asks]
    return replies, {each.metric: each.estimate for each in found.scores}, found


def tokens(*numbers: float) -> dict[str, Any]:
    return {"content": [{"token": "x", "logprob": number} for number in numbers]}


async def test_a_chats_certainty_is_the_probability_of_its_answer(tmp_path: Path) -> None:
    """Four answers at .25 each, of which two are right: a gap of .25."""
    async def script(body: dict[str, Any], _: int) -> web.Response:
        assert body["logprobs"] is True
        return web.json_response({
            "choices": [{"message": {"content": answer_to(body["messages"][0]["content"])}, "finish_reason": "stop",
                         "logprobs": tokens(math.log(0.5), math.log(0.5))}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2}})

    replies, values, _ = await scored(tmp_path, SURE, script)
    assert replies[0].likelihood == pytest.approx(math.log(0.25))
    assert (replies[0].prompt_tokens, replies[0].completion_tokens) == (7, 2)
    assert values["exact_match"].value == 0.5
    assert values["ece"].value == pytest.approx(0.25)
    assert values["brier"].value == pytest.approx((2 * 0.75**2 + 2 * 0.25**2) / 4)
    assert values["tokens_per_answer"].value == 2


async def test_certainty_of_one_and_answers_that_tell_nothing(tmp_path: Path) -> None:
    async def script(body: dict[str, Any], before: int) -> web.Response:
        sure = "Question 1?" in json.dumps(body)
        return web.json_response({"choices": [{"message": {"content": "x"}, "finish_reason": "stop",
                                               "logprobs": tokens(0.0) if sure else None}]})

    replies, values, _ = await scored(tmp_path, SURE, script)
    assert [reply.likelihood for reply in replies] == [None, 0.0, None, None]
    assert (values["ece"].value, values["ece"].n) == (1.0, 1)
    assert values["tokens_per_answer"].n == 0


async def test_a_streamed_answer_is_the_same_and_has_a_first_token(tmp_path: Path) -> None:
    """Cut in the middle of a character and of an event."""
    async def script(body: dict[str, Any], _: int) -> web.StreamResponse:
        text = answer_to(body["messages"][0]["content"]) + "é"
        events = [{"choices": [{"delta": {"role": "assistant", "content": ""}}]},
                  *({"choices": [{"delta": {"content": each}, "logprobs": tokens(-0.5)}]} for each in (text[:5], text[5:])),
                  {"choices": [{"delta": {}, "finish_reason": "stop"}]},
                  {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]
        raw = b": hello\n\n" + b"".join(b"data: " + json.dumps(each, ensure_ascii=False).encode() + b"\r\n\r\n" for each in events)
        raw += b"data: [DONE]\n\n"
        return Pieces(raw)

    replies, values, _ = await scored(tmp_path, STREAMED, script)
    assert replies[0].text == answer_to("Question 0?") + "é"
    assert replies[0].likelihood == -1.0
    assert replies[0].first_token is not None
    assert 0 < replies[0].first_token <= replies[0].seconds
    assert (values["first_token"].n, values["per_token"].n, values["tokens_per_answer"].value) == (4, 4, 2)


class Pieces(web.Response):
    """A body of single bytes in chunks of seven."""

    def __init__(self, raw: bytes) -> None:
        async def body() -> Any:
            for at in range(0, len(raw), 7):
                yield raw[at : at + 7]

        super().__init__(body=body(), content_type="text/event-stream")


@pytest.mark.parametrize(
    ("end", "reason"),
    [(b'data: {"error": {"message": "gone"}}\n\n', "server_error"), (b"", "malformed"), (b"data: {\n\n", "malformed"),
     (b"data: [1]\n\ndata: [DONE]\n\n", "malformed")])
async def test_a_stream_that_breaks_off_is_no_answer(tmp_path: Path, end: bytes, reason: str) -> None:
    async def script(_: dict[str, Any], __: int) -> web.StreamResponse:
        return Pieces(b'data: {"choices": [{"delta": {"content": "so far"}}]}\n\n' + end)

    suite = load(write(tmp_path, 1, STREAMED))
    from evals.run.client import Client, Patience

    async with serving(Server(script)) as server, Client(Patience(attempts=1)) as client:
        reply = await client.ask(plan([suite], (Target("direct", DIRECT, server.url, "m"),))[0])
    assert (reply.outcome, reply.reason, reply.text) == ("failed", reason, "")


def scores(prompt: str, at: int, each: float) -> dict[str, Any]:
    """One token a word, whose space stands before it, and the one that is generated."""
    words = prompt.split(" ")
    offsets = [0, *(sum(len(word) for word in words[:place]) + place - 1 for place in range(1, len(words)))]
    return {"index": at, "logprobs": {"tokens": words, "token_logprobs": [None, *[each] * (len(words) - 1), -9.0],
                                      "text_offset": [*offsets, len(prompt)]}}


def choices(folder: Path, options: Any = ("one", "two words")) -> str:
    rows = [{"id": str(at), "question": f"Question {at}?", "options": options, "gold": at % 2} for at in range(4)]
    (folder / "choices.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return CHOICES


async def test_an_option_is_as_likely_as_its_own_tokens(tmp_path: Path) -> None:
    async def script(body: dict[str, Any], _: int) -> web.Response:
        assert body["prompt"] == [body["prompt"][0].removesuffix(" one") + each for each in (" one", " two words")]
        found = [scores(prompt, at, -1.0) for at, prompt in enumerate(body["prompt"])]
        return web.json_response({"choices": found[::-1]})

    server_side = choices(tmp_path)
    async def listed(body: dict[str, Any], before: int) -> web.Response:
        return await script(body, before)

    replies, values, _ = await scored(tmp_path, server_side, listed)
    assert replies[0].options == (-1.0, -2.0)
    assert values["acc"].value == 0.5  # always the first, which is right in two of four
    assert values["acc_norm"].value == 0.5  # -1/3 for a character against -2/9: always the second
    assert values["mc1"].value == 0.5
    assert values["ece"].value == pytest.approx(1 / (1 + math.exp(-1)) - 0.5)


async def test_scores_that_are_not_those_of_the_options_are_malformed(tmp_path: Path) -> None:
    async def short(body: dict[str, Any], _: int) -> web.Response:
        return web.json_response({"choices": [scores(body["prompt"][0], 0, -1.0)]})

    replies, _, _ = await scored(tmp_path, choices(tmp_path), short)
    assert {reply.reason for reply in replies} == {"malformed"}


def test_options_have_to_be_a_list_of_texts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"choices.jsonl:1: options: must be a list of texts"):
        load(write(tmp_path, 1, choices(tmp_path, "one")))
