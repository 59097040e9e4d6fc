"""Law 1 for text completions: however an answer is cut into events and its choices interleaved, the same goes out.

The whole way is taken: bytes of events in, bytes of events out, with several prompts and choices, the prompt echoed
and the scores of the tokens beside their text, judged by real plans.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Exchange
from gateway.core.policy import Release
from gateway.core.types import Context, Verdict
from gateway.wire import completions
from tests.gateway.wire.completions.streams import body, choice, joined, request, rows, scores
from tests.laws.test_law1_streaming import NAMES, PIECES, PLANS, RELEASES

PROMPTS = st.sampled_from(["mail ann@quill.example", "Say: project", "plain words here. "])
TOKENS = st.lists(PIECES | st.sampled_from(NAMES), min_size=1, max_size=8)


def _exchange(asked: completions.CompletionRequest, release: Release) -> Exchange:
    exchange = Exchange(PLANS[release], Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(asked.channels)
    return exchange


def _outcome(choices: dict[int, dict[str, Any]], exchange: Exchange) -> tuple[dict[int, Any], Verdict]:
    texts = {index: (each["text"], each["finish_reason"], each["rows"]) for index, each in sorted(choices.items())}
    return texts, exchange.verdict()


def _whole(asked: completions.CompletionRequest, tokens: list[list[str]], release: Release) -> tuple[dict[int, Any], Verdict]:
    exchange = _exchange(asked, release)
    sent = body(*[choice("".join(each), index, "stop", scores(each)) for index, each in enumerate(tokens)])
    found = json.loads(asked.answer(exchange).complete(sent))["choices"]
    return _outcome({each["index"]: {**each, "rows": rows(each["logprobs"])} for each in found}, exchange)


def _streamed(
    asked: completions.CompletionRequest, tokens: list[list[str]], release: Release, sizes: list[int], order: list[int]
) -> tuple[dict[int, Any], Verdict]:
    exchange = _exchange(asked, release)
    answer, out = asked.answer(exchange), []
    left = [list(each) for each in tokens]
    place = [0] * len(tokens)
    steps = [*order, *(index for index, each in enumerate(tokens) for _ in each)]
    for step, at in enumerate(steps):
        index = at % len(tokens)
        count = sizes[step % len(sizes)]
        taken, left[index] = left[index][:count], left[index][count:]
        if taken:
            reason = None if left[index] else "stop"
            data = body(choice("".join(taken), index, reason, scores(taken, place[index])))
            place[index] += sum(map(len, taken))
            out.append(answer.feed(data))
    out += [answer.feed(b"[DONE]"), answer.finish()]
    return _outcome(joined(b"".join(out)), exchange)


@settings(max_examples=1500, deadline=None)
@given(
    prompts=st.lists(PROMPTS, min_size=1, max_size=2), n=st.sampled_from([1, 3]), echo=st.booleans(),
    logprobs=st.sampled_from([None, 0, 2]), release=st.sampled_from(RELEASES), drawn=st.data(),
)
def test_events_and_their_order_change_nothing(
    prompts: list[str], n: int, echo: bool, logprobs: int | None, release: Release, drawn: st.DataObject
) -> None:
    asked = request(prompt=prompts, n=n, echo=echo, logprobs=logprobs)
    tokens = [drawn.draw(TOKENS) for _ in range(asked.choices)]
    if echo:
        tokens = [[prompts[index // n], *each] for index, each in enumerate(tokens)]
    sizes = drawn.draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    order = drawn.draw(st.lists(st.integers(0, asked.choices - 1), max_size=30))
    assert _streamed(asked, tokens, release, sizes, order) == _whole(asked, tokens, release)


def test_the_law_sees_edits_cuts_and_scores() -> None:
    """What the property compares is not empty: all three outcomes occur, and what is forbidden does not."""
    asked = request(prompt="mail ann@quill.example", n=3, logprobs=2)
    tokens = [["write to ", "ann@quill.example", " now"], ["The plan is ", "project falcon", ", soon"], ["plain", " words"]]
    (texts, verdict) = _streamed(asked, tokens, "stream", [1], [])
    assert [texts[index][1] for index in range(3)] == ["stop", "content_filter", "stop"]
    assert "quill" not in texts[0][0]
    assert "falcon" not in texts[1][0]
    assert [[row[0] for row in texts[index][2]] for index in range(3)] == [["write to "], ["The plan is "], ["plain", " words"]]
    assert verdict.rules == ("code",)
    assert orjson.dumps(texts[2][2]) == orjson.dumps(rows(scores(tokens[2])))
