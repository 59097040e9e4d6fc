"""BLEU's bootstrap at full size: sacrebleu's own to the bit, in a seventh of its memory (`make test-evals`)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import _bootstrap_resample

from tests.evals.metrics.texts import house_pairs

ROOT = Path(__file__).parents[3]
SEGMENTS, RESAMPLES, MEBIBYTES = 2014, 10_000, 150


@pytest.mark.evals
def test_ten_thousand_resamples_of_bleu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "12345")
    pairs = [(" ".join(answer.split()[:11]), " ".join(reference.split()[:11]))
             for answer, reference in random.Random(5).choices(house_pairs(), k=SEGMENTS)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps({"prediction": a, "references": [r]}) + "\n" for a, r in pairs))
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "gateway.cli.main", "eval", "score", "--predictions", "p.jsonl", "--metrics",
                                    "bleu", "--resamples", str(RESAMPLES)], cwd=tmp_path, stdout=out, env={**os.environ, "PYTHONPATH": str(ROOT)})
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    print(f"{used.ru_maxrss / 1024:.0f} MiB")
    assert used.ru_maxrss / 1024 < MEBIBYTES
    found = json.loads((tmp_path / "out").read_bytes())["metrics"]["bleu"]
    scorer = BLEU(force=True)
    _, drawn = _bootstrap_resample(scorer._extract_corpus_statistics([a for a, _ in pairs], [[r for _, r in pairs]]), scorer, RESAMPLES)
    scores = sorted(each.score for each in drawn)
    assert found["ci"] == [scores[RESAMPLES // 40], scores[RESAMPLES - RESAMPLES // 40 - 1]]
