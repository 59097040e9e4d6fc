"""The same model on the same machine: the same numbers to the last bit, and nearly so however many are asked at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_server.embedded import DEFAULT_MODEL, start
from tests.evals.cli.test_commands import wardgate
from tests.evals.run.test_kill import timeless

SUITES = ("handbook-qa", "handbook-abstention", "handbook-text")


async def numbers(where: Path, url: str, at_once: int) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """The report without its clocks, and what every metric saw of every sample."""
    where.mkdir()
    code, out, errors = await wardgate(where, "run", *SUITES, "--limit", "8", "--target", f"direct={url}", "--concurrency",
                                       str(at_once), "--json")
    assert code == 0, errors
    lines = next(where.glob(".wardgate/evals/runs/*/parts.jsonl")).read_text().splitlines()
    seen = {(each["suite"], each["metric"]): each["parts"] for each in map(json.loads, lines)}
    return timeless(json.loads(out)), seen


async def test_two_runs_of_the_embedded_model_have_the_same_numbers(tmp_path: Path) -> None:
    """Answers, the model's own probabilities of them, and likelihoods of given texts.

    A model that computes several answers in one batch sums in another order than for one alone, so its probabilities
    agree to six digits there; what it says, and the likelihood of a given text, agree to the last bit.
    """
    runner = await start("127.0.0.1", 0, DEFAULT_MODEL, name="handbook")
    try:
        host, port = runner.addresses[0][:2]
        first, again, batched = [await numbers(tmp_path / name, f"http://{host}:{port}/v1", at_once)
                                 for name, at_once in (("first", 1), ("again", 1), ("batched", 8))]
    finally:
        await runner.cleanup()
    assert first == again
    assert {metric for _, metric in first[1]} >= {"correct", "ece", "word_perplexity"}
    for place, parts in first[1].items():
        if place[1] in ("ece", "brier"):
            assert [pytest.approx(row, rel=1e-5) for row in parts] == batched[1][place]
        else:
            assert parts == batched[1][place], place
