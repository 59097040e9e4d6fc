"""Law 2, nothing unseen: a canary in every string leaf of the client's own types is judged, or was named as no text."""

from __future__ import annotations

import copy
import json

import orjson
import pytest
from openai.types import Completion
from openai.types.completion_create_params import CompletionCreateParamsStreaming

from gateway.core.policy import ActionKind
from gateway.wire import completions
from gateway.wire.completions.fields import ANSWER_TABLE
from tests.gateway.wire.completions.streams import request
from tests.gateway.wire.fakes import FakeExchange
from tests.gateway.wire.samples import Samples, canaries
from tests.gateway.wire.tables import treated

_FIXED = {"logit_bias": {"50256": 1}, "model": "gpt-custom"}


def test_every_string_of_a_request_is_judged() -> None:
    leaves, forms = 0, set()
    for body in Samples(_FIXED).of(CompletionCreateParamsStreaming):
        parsed = completions.parse(orjson.dumps(body))
        forms.add(type(body["prompt"]).__name__ + (f" of {type(body['prompt'][0]).__name__}" if isinstance(body["prompt"], list) else ""))
        segments = {(segment.path, segment.text) for channel in parsed.channels for segment in channel.segments}
        for path, text in canaries(parsed.body):
            leaves += 1
            assert (path, text) in segments, path
    assert forms == {"str", "list of str", "list of int", "list of list"}
    assert leaves > 10


@pytest.mark.parametrize("stream", [False, True])
def test_every_string_of_an_answer_is_judged_or_named(stream: bool) -> None:
    leaves = 0
    for body in Samples().of(Completion):
        body["choices"][0].update(index=0, finish_reason=None if stream else "stop")
        exchange = FakeExchange(ActionKind.ALLOW)
        answer = completions.Answer(exchange, request(logprobs=1, stream=stream))
        data = orjson.dumps(copy.deepcopy(body))
        out = answer.feed(data) if stream else answer.complete(data)
        judged = "\n".join(exchange.seen())
        for path, text in canaries(body):
            leaves += 1
            assert text in judged or treated(ANSWER_TABLE, path) == "token", path
        for path, text in canaries(json.loads(out.removeprefix(b"data: "))):
            assert text in judged or treated(ANSWER_TABLE, path) == "token", path
    assert leaves >= 6
