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
# A process starts with the high-water mark of the one that forked it, and pytest's own is above the bound after other tests:
# a small process between them forks it, and tells the most that its child held, in KiB.
MEASURE = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"""


@pytest.mark.evals
def test_ten_thousand_resamples_of_bleu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "12345")
    pairs = [(" ".join(answer.split()[:11]), " ".join(reference.split()[:11]))
             for answer, reference in random.Random(5).choices(house_pairs(), k=SEGMENTS)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps({"prediction": a, "references": [r]}) + "\n" for a, r in pairs))
    command = [sys.executable, "-m", "gateway.cli.main", "eval", "score", "--predictions", "p.jsonl", "--metrics", "bleu",
               "--resamples", str(RESAMPLES)]
    with (tmp_path / "out").open("wb") as out:
        measured = subprocess.run([sys.executable, "-c", MEASURE, *command], cwd=tmp_path, stdout=out, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    used = int(measured.stderr.rsplit(maxsplit=1)[-1]) / 1024
    print(f"{used:.0f} MiB")
    assert 20 < used < MEBIBYTES
    found = json.loads((tmp_path / "out").read_bytes())["metrics"]["bleu"]
    scorer = BLEU(force=True)
    _, drawn = _bootstrap_resample(scorer._extract_corpus_statistics([a for a, _ in pairs], [[r for _, r in pairs]]), scorer, RESAMPLES)
    scores = sorted(each.score for each in drawn)
    assert found["ci"] == [scores[RESAMPLES // 40], scores[RESAMPLES - RESAMPLES // 40 - 1]]
