"""A text is scored through the gateway as it is directly, token by token: perplexity does not change by being guarded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.wire.fields import DROPPED_FROM_ANSWERS
from tests.e2e.conftest import Running

TEXTS = Path(__file__).parents[2] / "evals" / "suites" / "text" / "heldout.jsonl"
LINES = [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines()][:3]


@pytest.mark.parametrize("most", [0, 1])
def test_the_scores_of_a_text_are_the_same_through_the_gateway(running: Running, most: int) -> None:
    prompts = [f"# {line['title']}\n\n{line['text']}" for line in LINES]
    with running.engine() as engine, running.gateway() as gateway:
        found = [client.completions.create(model=running.model, prompt=prompts, echo=True, logprobs=1, max_tokens=most,
                                           temperature=0) for client in (engine, gateway)]
    direct, guarded = ([{key: value for key, value in choice.model_dump().items() if key not in DROPPED_FROM_ANSWERS}
                        for choice in each.choices] for each in found)
    assert guarded == direct
    assert len(direct) == len(prompts)
    assert all(len(choice["logprobs"]["tokens"]) > 20 for choice in direct)
