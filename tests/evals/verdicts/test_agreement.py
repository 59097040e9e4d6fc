"""Agreement is the textbooks' and numbers that are missing are counted, never averaged in."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from evals.verdicts.agreement import Rating, agreement, krippendorff
from gateway.cli.main import main
from gateway.errors import ConfigError


def ratings(table: dict[tuple[str, str], int]) -> list[Rating]:
    pairs = [pair for pair, count in table.items() for _ in range(count)]
    return [Rating(f"s{at}", human, judge) for at, (human, judge) in enumerate(pairs)]


def test_kappa_and_the_table() -> None:
    """po = 0.7, pe = 0.5 · 0.6 + 0.5 · 0.4 = 0.5."""
    found = agreement(ratings({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}))
    assert (found.n, found.agree, found.kappa) == (50, 0.7, pytest.approx(0.4))
    assert found.recall == {"no": 0.6, "yes": 0.8}
    assert found.precision == {"no": 0.75, "yes": pytest.approx(2 / 3)}
    assert ("yes", "no", 5) in found.confusion
    assert 0.1 < found.kappa_low < 0.4 < found.kappa_high < 0.65


def test_alpha_as_in_krippendorffs_paper() -> None:
    """The data of section C of his paper: four observers, twelve units, nominal alpha 0.743."""
    observers = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]
    given = [[None if label == "." else label for label in row.split()] for row in observers]
    units = [[row[at] for row in given] for at in range(12)]
    assert krippendorff(units) == pytest.approx(0.743, abs=0.0005)


def test_a_judge_that_says_nothing_has_not_disagreed() -> None:
    full = ratings({("yes", "yes"): 8, ("no", "no"): 8})
    found = agreement([*full, Rating("x", "yes", None), Rating("y", "no", None)])
    assert (found.n, found.unrated, found.agree, found.kappa, found.alpha) == (16, 2, 1.0, 1.0, 1.0)
    with pytest.raises(ConfigError, match="gave no label on any sample"):
        agreement([Rating("x", "yes", None)])


def test_one_label_only_is_no_agreement_beyond_chance() -> None:
    found = agreement(ratings({("yes", "yes"): 9}))
    assert found.agree == 1.0
    assert math.isnan(found.kappa)
    assert math.isnan(found.alpha)


def test_a_judge_that_guesses_has_none() -> None:
    rng = np.random.default_rng(1)
    found = agreement([Rating(str(at), "ab"[human], "ab"[judge]) for at, (human, judge) in
                       enumerate(rng.integers(0, 2, size=(2000, 2)).tolist())])
    assert abs(found.kappa) < 0.08
    assert found.kappa_low < 0 < found.kappa_high


def test_samples_of_one_document_make_the_interval_wider() -> None:
    rng = np.random.default_rng(2)
    wrong = rng.random(40) < 0.3
    rows = [(f"{document}-{at}", document) for document in range(40) for at in range(10)]
    alone, shared = (agreement([Rating(name, "yes" if at % 2 else "no", "yes" if (at % 2) != wrong[document] else "no",
                                       str(document) if clustered else "") for at, (name, document) in enumerate(rows)])
                     for clustered in (False, True))
    assert alone.kappa == shared.kappa
    assert shared.kappa_high - shared.kappa_low > 2 * (alone.kappa_high - alone.kappa_low)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labels.jsonl"
    rows = [{"id": str(at), "human": "good", "judge": "bad" if at < 8 else "good"} for at in range(20)]
    rows += [{"id": str(at), "human": "bad", "judge": "bad" if at < 38 else None} for at in range(20, 40)]
    file.write_text("\n".join(map(json.dumps, rows)))
    assert main(["eval", "agree", str(file)]) == 0
    out = capsys.readouterr().out
    assert "equal 78.9 %" in out
    assert "n = 38; no label: 2" in out
    assert main(["eval", "agree", str(file), "--least", "0.6", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["unrated"] == 2
    file.write_text('{"id": "1", "human": "good"}')
    assert main(["eval", "agree", str(file)]) == 2
    assert "labels.jsonl:1: judge: the row has no field 'judge'" in capsys.readouterr().err
