"""A judge that is asked about people's claims: its labels beside theirs, and what it failed to say beside both."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.evals.cli.test_commands import wardgate
from tests.evals.judges.test_judgements import answer_in
from tests.evals.server import Server, chat, serving

LABELS = ("Entailment", "Neutral", "Contradiction")


def refchecker(folder: Path) -> None:
    """Twelve answers with three claims each, in RefChecker's form."""
    rows = [{"id": str(at), "response": f"Answer {at}.", "some_model_response_kg": [
        {"triplet": ["claim", "of", f"{at}-{which}"], "human_label": LABELS[which]} for which in range(3)]}
        for at in range(12)]
    (folder / "nq_some_answers.json").write_text(json.dumps(rows))


async def says(body: dict[str, Any], _: int) -> web.StreamResponse:
    """People's label, but never that something is contradicted; garbled for the last answer."""
    answer, which = answer_in(body)["claim"].split()[-1].split("-")
    if answer == "11":
        return chat("It is hard to say.")
    return chat(json.dumps({"label": ("supported", "neutral", "neutral")[int(which)]}))


async def test_refcheckers_claims_are_put_to_a_judge_once(tmp_path: Path) -> None:
    refchecker(tmp_path)
    async with serving(Server(says)) as bench:
        command = ["agree", ".", "--refchecker", "--judge", bench.url]
        code, out, errors = await wardgate(tmp_path, *command, "--json")
        assert code == 0, errors
        found = json.loads(out)
        assert (found["n"], found["unrated"], found["judgements"]) == (33, 3, {"judged": 33, "malformed": 3})
        assert found["agree"] == pytest.approx(2 / 3)
        assert found["recall"]["contradicted"] == 0
        code, out, _ = await wardgate(tmp_path, *command)
        assert "judgements: 33 judged, 3 malformed" in out
        assert bench.asked.total() == 36  # the second time nobody was asked


async def test_claims_of_ones_own(tmp_path: Path) -> None:
    rows = [{"id": str(at), "human": "supported", "claim": f"claim of {at}-0", "source": "S."} for at in range(8)]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, rows)))
    async with serving(Server(says)) as bench:
        code, out, errors = await wardgate(tmp_path, "agree", "claims.jsonl", "--judge", bench.url, "--json")
        assert (code, json.loads(out)["agree"]) == (0, 1.0), errors
        (tmp_path / "claims.jsonl").write_text('{"id": "1", "human": "good", "claim": "x"}')
        code, _, errors = await wardgate(tmp_path, "agree", "claims.jsonl", "--judge", bench.url)
        assert (code, "claims.jsonl:1: human: is no label of a claim" in errors) == (2, True), errors


@pytest.mark.skipif("WARDGATE_REFCHECKER" not in os.environ, reason="WARDGATE_REFCHECKER names no folder")
def test_every_claim_of_the_real_files_is_read() -> None:
    from evals.verdicts.claims_file import from_refchecker

    found = from_refchecker(Path(os.environ["WARDGATE_REFCHECKER"]))
    assert len({claim.cluster for claim in found}) > 1000
    assert {claim.human for claim in found} == {"supported", "neutral", "contradicted"}
    assert len({claim.id for claim in found}) == len(found)
    print(f"{len(found)} claims of {len({claim.cluster for claim in found})} answers")
