"""``wardgate eval score`` on files: what it prints, what it says of files that are wrong, and what it costs to start."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sacrebleu

from evals.metrics.registry import Item
from evals.scoring import files as scoring
from evals.statistics import stats
from gateway.cli.main import main
from gateway.errors import ConfigError

ROOT = Path(__file__).parents[3]
Row = dict[str, Any]


def scored(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["eval", "score", *arguments]) == 0
    return json.loads(capfd.readouterr().out)


def written(path: Path, rows: list[Row]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_a_perplexity_beyond_the_largest_number_is_no_value(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "l.jsonl", [{"logprobs": [-1000.0], "text": "a"}, {"logprobs": [-1.0], "text": "b"}])
    found = scored(capfd, "--logprobs", path, "--metrics", "token_perplexity,fluency,bits_per_byte")
    assert found["items"] == [{"token_perplexity": None, "fluency": 0.0, "bits_per_byte": pytest.approx(1000 / math.log(2))},
                              {"token_perplexity": math.e, "fluency": math.exp(-1), "bits_per_byte": 1 / math.log(2)}]
    high = scored(capfd, "--logprobs", written(tmp_path / "h.jsonl", [{"logprobs": [1000.0]}]), "--metrics", "fluency")
    assert high["metrics"]["fluency"]["value"] is None


def test_an_option_is_a_number_or_the_list_of_its_tokens(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The row that docs/metrics.md shows."""
    path = written(tmp_path / "l.jsonl", [{"choices": ["a", "b"], "gold": 0, "logprobs": [-1.5, [-0.5, -0.2]]}])
    assert scored(capfd, "--logprobs", path, "--metrics", "acc")["metrics"]["acc"]["value"] == 0.0


def test_predictions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [{"prediction": "the cat sat", "references": ["the cat sat down", "a cat"], "id": "first"},
            {"prediction": "28 days.", "references": ["28 days"]}, {"prediction": "", "references": [""]},
            {"prediction": "日本", "references": "日本"}]
    found = scored(capfd, "--predictions", written(tmp_path / "p.jsonl", rows), "--metrics", "em,f1,rouge1,bleu,chrf")
    assert set(found["metrics"]) == {"em", "f1", "rouge1", "bleu", "chrf"}
    assert [row.get("id") for row in found["items"]] == ["first", None, None, None]
    assert [row["em"] for row in found["items"]] == [0.0, 1.0, 1.0, 1.0]
    assert found["metrics"]["em"]["value"] == 0.75
    assert found["metrics"]["em"]["n"] == 4
    low, high = found["metrics"]["f1"]["ci"]
    assert low <= found["metrics"]["f1"]["value"] <= high
    assert "nrefs:var" in found["metrics"]["bleu"]["signature"]
    assert found["items"][1]["chrf"] == sacrebleu.sentence_chrf("28 days.", ["28 days"]).score
    assert found["items"][0]["bleu"] == sacrebleu.sentence_bleu("the cat sat", ["the cat sat down", "a cat"]).score


def test_an_interval_is_seeded_and_covers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(4)
    rows = [{"prediction": chance.choice("ab"), "references": ["a"]} for _ in range(200)]
    path = written(tmp_path / "p.jsonl", rows)
    first, again, other = (scored(capfd, "--predictions", path, "--metrics", "em", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first["metrics"]["em"]["ci"] != other["metrics"]["em"]["ci"]
    low, high = first["metrics"]["em"]["ci"]
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 200), rel=0.2)


def test_samples_of_one_cluster_are_drawn_together(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [{"prediction": "ab"[fact % 2], "references": ["a"], "cluster": f"fact-{fact}"} for fact in range(10) for _ in range(20)]
    wide = scored(capfd, "--predictions", written(tmp_path / "p.jsonl", rows), "--metrics", "em")["metrics"]["em"]["ci"]
    alone = [{**row, "cluster": None} for row in rows]
    narrow = scored(capfd, "--predictions", written(tmp_path / "q.jsonl", alone), "--metrics", "em")["metrics"]["em"]["ci"]
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


def test_agreement_of_all_gets_wilsons_interval_and_one_sample_none(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [{"prediction": "a", "references": ["a"]}] * 40
    found = scored(capfd, "--predictions", written(tmp_path / "p.jsonl", rows), "--metrics", "em,f1")["metrics"]
    assert (found["em"]["ci"], found["em"]["ci_method"]) == ([*stats.wilson(40, 40)], "wilson")
    one = scored(capfd, "--predictions", written(tmp_path / "q.jsonl", rows[:1]), "--metrics", "f1")["metrics"]
    assert (one["f1"]["value"], one["f1"]["ci"]) == (1.0, [None, None])


def test_memory_is_not_touched_by_the_number_of_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of another size give the same interval: what is drawn does not depend on how it is cut."""
    items = [Item(str(at), "", {}, {"answer": ["a b c"]}, text="a b" if at % 3 else "c") for at in range(50)]
    asked = scoring.choose(["f1", "rouge2"], "predictions")
    whole = scoring.score(items, asked)
    monkeypatch.setattr(scoring, "_CELLS", 50 * 2 * 3)
    assert scoring.score(items, asked) == whole


RUN = "q1 Q0 a 1 0.1 x\nq1 Q0 b 2 0.10000000001 x\nq2\tQ0  c 1 3 x\nq9 Q0 c 1 3 x\n"
QRELS = "q1 0 a 1\nq1 0 b 0\nq2 0 c 2\nq2 0 d 1\nq3 0 e 1\n"


def test_rankings(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").write_text(RUN)
    (tmp_path / "qrels").write_text(QRELS)
    files = ("--run", str(tmp_path / "run"), "--qrels", str(tmp_path / "qrels"), "--metrics", "mrr,ndcg@3,recall@7")
    found = scored(capfd, *files)
    assert found["queries"] == {"scored": 2, "without_results": 1, "without_judgements": 1}
    ndcg = 2 / (2 + 1 / math.log2(3))
    assert found["items"] == [{"id": "q1", "mrr": 0.5, "ndcg@3": 1 / math.log2(3), "recall@7": 1.0},
                              {"id": "q2", "mrr": 1.0, "ndcg@3": pytest.approx(ndcg), "recall@7": 0.5}]
    assert found["metrics"]["mrr"]["value"] == 0.75
    every = scored(capfd, *files, "--all-queries")
    assert (every["metrics"]["mrr"]["value"], every["metrics"]["mrr"]["n"]) == (0.5, 3)


def test_likelihoods(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [{"logprobs": [None, -1.0, -2.0], "text": "one two"}, {"logprobs": [-0.5], "text": "é"}]
    names = "token_perplexity,perplexity,word_perplexity,byte_perplexity,bits_per_byte"
    found = scored(capfd, "--logprobs", written(tmp_path / "l.jsonl", rows), "--metrics", names)["metrics"]
    assert found["token_perplexity"]["value"] == found["perplexity"]["value"] == math.exp(3.5 / 3)
    assert found["word_perplexity"]["value"] == math.exp(3.5 / 3)
    assert found["byte_perplexity"]["value"] == math.exp(3.5 / 9)
    assert found["bits_per_byte"]["value"] == 3.5 / 9 / math.log(2)
    assert all(each["ci"][0] < each["value"] < each["ci"][1] for each in found.values())


def test_token_perplexity_needs_no_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "l.jsonl", [{"logprobs": [-1.0]}])
    assert scored(capfd, "--logprobs", path)["metrics"]["token_perplexity"]["value"] == math.e
    assert main(["eval", "score", "--logprobs", path, "--metrics", "bits_per_byte"]) == 2
    assert "l.jsonl:1: text: is missing" in capfd.readouterr().err


def test_options_by_likelihood(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows: list[Row] = [{"choices": ["a", "bb"], "gold": 1, "logprobs": [-2.0, -3.0]},
                       {"choices": ["a", "b"], "gold": [0], "logprobs": [[-0.5, -0.1], [-1.0]]}]
    found = scored(capfd, "--logprobs", written(tmp_path / "l.jsonl", rows), "--metrics", "acc,acc_norm,mc1,mc2,ece,brier")
    assert [row["acc"] for row in found["items"]] == [0.0, 1.0]
    assert [row["acc_norm"] for row in found["items"]] == [1.0, 1.0]
    assert found["items"][1]["mc2"] == pytest.approx(math.exp(-0.6) / (math.exp(-0.6) + math.exp(-1)))


WRONG = [
    ("predictions", "", "holds nothing to score", 0), ("predictions", "\n\n", "holds nothing to score", 0),
    ("predictions", '{"prediction": "a", "references": ["a"]}\n{"prediction": "se', "is not JSON", 2),
    ("predictions", '[{"prediction": "secret"}]', "is not a JSON object", 1), ("predictions", "[\n", "not an array", 1),
    ("predictions", '{"prediction": 5, "references": ["a"]}', "prediction: is not a text", 1),
    ("predictions", '{"references": ["secret"]}', "prediction: is missing", 1),
    ("predictions", '{"prediction": "a"}', "references: is missing", 1),
    ("predictions", '{"prediction": "a", "references": []}', "references: is not a list of texts", 1),
    ("predictions", '{"prediction": "a", "references": ["a", null]}', "references: is not a list of texts", 1),
    ("predictions", '{"prediction": "a", "references": ["a"], "confidence": 2}', "confidence: is not a number from 0 to 1", 1),
    ("predictions", '{"prediction": "a", "references": ["a"], "seconds": -1}', "seconds: is not a number of 0 or more", 1),
    ("predictions", '\n\n{"prediction": "a", "references": ["a"], "cost": NaN}', "is not JSON", 3),
    ("predictions", '{"prediction": "a", "references": ["a"], "cluster": []}', "cluster: is neither", 1),
    ("predictions", '{"prediction": "a", "references": ["a"], "answerable": 1}', "answerable: is neither", 1),
    ("predictions", '{"prediction": "a", "references": ["a"], "claims": ["secret"]}', "claims: holds what is no label", 1),
    ("predictions", '{"prediction": "\\ud800", "references": ["a"]}', "is not JSON", 1),
    ("logprobs", '{"logprobs": "secret"}', "logprobs: is not a list", 1), ("logprobs", "{}", "logprobs: is missing", 1),
    ("logprobs", '{"logprobs": []}', "logprobs: holds no number", 1),
    ("logprobs", '{"logprobs": [-1, null]}', "logprobs.1: is not a list of finite", 1),
    ("logprobs", '{"logprobs": [-1, true]}', "logprobs.1: is not a list of finite", 1),
    ("logprobs", '{"logprobs": [-1], "choices": ["a", "b"], "gold": 0}', "one entry for each of `choices`", 1),
    ("logprobs", '{"logprobs": [-1, -2], "choices": ["a", "b"], "gold": 2}', "gold: is not the index of an option", 1),
    ("logprobs", '{"logprobs": [-1, -2], "unigram_logprobs": [-1]}', "unigram_logprobs: does not have one", 1),
    ("logprobs", '{"logprobs": [[], [-2]], "choices": ["a", "b"], "gold": 0}', "logprobs.0: holds no number", 1),
    ("logprobs", '{"logprobs": [-1, [true]], "choices": ["a", "b"], "gold": 0}', "logprobs.1.0: is not a list of finite", 1),
    ("logprobs", '{"logprobs": [-1, -2], "choices": ["a", "b"], "gold": 0, "mc1_choices": 3}', "mc1_choices: is more than", 1),
    ("predictions", '{"prediction": "a", "references": ["a"], "completion_tokens": 1.5}', "completion_tokens: is not a whole", 1),
]


@pytest.mark.parametrize(("kind", "content", "message", "line"), WRONG)
def test_a_wrong_file_is_named_with_its_line(
    kind: str, content: str, message: str, line: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text(content)
    assert main(["eval", "score", f"--{kind}", str(tmp_path / "in.jsonl")]) == 2
    out, errors = capfd.readouterr()
    assert not out
    assert message in errors
    assert f"in.jsonl:{line}:" in errors if line else "in.jsonl: " in errors
    assert "secret" not in errors  # what the file says is nobody's business but its owner's
    assert errors.rstrip().endswith(")")  # every one says what to do


@pytest.mark.parametrize(("run", "qrels", "message"), [
    ("q Q0 a 1 0.5\n", "q 0 a 1\n", "run:1: has 5 columns where 6 are wanted"), ("", "q 0 a 1\n", "run: has no query in common"),
    ("q Q0 a 1 high x\n", "q 0 a 1\n", "run:1: score: is not a number"), ("q Q0 a 1 nan x\n", "q 0 a 1\n", "run:1: score: is not"),
    ("q Q0 a 1 1_0 x\n", "q 0 a 1\n", "run:1: score: is not a number"), ("q Q0 a 1 1 x\n" * 2, "q 0 a 1\n", "run:2: document: names"),
    ("q Q0 a 1 1 x\n", "q 0 a one\n", "qrels:1: grade: is not a whole number"), ("q Q0 a 1 1 x\n", "", "has no query in common"),
    ("q Q0 a 1 1 x\n", "q 0 a 1\n\nq 0 a 1\n", "qrels:3: document: names"), ("p Q0 a 1 1 x\n", "q 0 a 1\n", "has no query in common"),
])
def test_a_wrong_trec_file(run: str, qrels: str, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").write_text(run)
    (tmp_path / "qrels").write_text(qrels)
    assert main(["eval", "score", "--run", str(tmp_path / "run"), "--qrels", str(tmp_path / "qrels")]) == 2
    assert message in capfd.readouterr().err


@pytest.mark.parametrize(("arguments", "message"), [
    (["--predictions", "x", "--logprobs", "y"], "one of --predictions, --logprobs and --run"), (["--qrels", "x"], "one of"),
    (["--run", "x"], "--run and --qrels go together"), (["--predictions", "x", "--qrels", "y"], "--run and --qrels go together"),
    (["--predictions", "x", "--metrics", "rogue1"], "did you mean rouge1"), (["--predictions", "x", "--metrics", ","], "names no metric"),
    (["--predictions", "x", "--metrics", "mrr"], "'mrr' needs --run, not --predictions"),
    (["--predictions", "x", "--metrics", "leak_rate"], "a metric of whole runs"), (["--predictions", "x"], "x: cannot be read"),
    (["--run", "-", "--qrels", "-"], "only one file"),
])
def test_a_wrong_command_line(arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                              capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "score", *arguments]) == 2
    assert message in capfd.readouterr().err


def test_every_metric_that_is_offered_is_there() -> None:
    for kind, names in scoring.KNOWN.items():
        asked = scoring.choose([name.replace("@K", "@4") for name in names], kind)
        assert len(asked) == len(names)
        assert scoring.choose([], kind)
    with pytest.raises(ConfigError, match="valid here"):
        scoring.choose(["zzzz"], "run")


def test_the_stemmer_is_an_option(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "p.jsonl", [{"prediction": "running", "references": ["runs"]}])
    for extra, value in (((), 0.0), (("--stemmer",), 1.0)):
        found = scored(capfd, "--predictions", path, "--metrics", "rouge1", *extra)["metrics"]["rouge1"]
        assert found["value"] == value
        assert ("Porter" in found["signature"]) == bool(extra)


def test_standard_input_and_output_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli.main", "eval", "score", "--predictions", "-", "--metrics", "em", "--no-items",
               "--output", "out.json"]
    content = b'\xef\xbb\xbf{"prediction": "a", "references": ["a"]}\r\n\r\n{"prediction": "b", "references": ["a"]}\r\n'
    done = subprocess.run(command, input=content, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["metrics"]["em"]["value"] == 0.5
    assert "items" not in found


def test_it_loads_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    """nltk, sacrebleu and pydantic take longer than the scoring of a small file."""
    path = written(tmp_path / "p.jsonl", [{"prediction": "a", "references": ["a"]}] * 3)
    code = ("import sys; from gateway.cli.main import main; "
            f"main(['eval', 'score', '--predictions', {path!r}, '--metrics', 'rouge1,em', '--stemmer']); "
            "print(sorted({'nltk', 'sacrebleu', 'pydantic', 'aiohttp', 'rich', 'scipy', 'rouge_score'} & {*sys.modules}), file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stderr.strip() == "[]"
