"""What stood in the training text is found, whatever its case and punctuation; what did not is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.loading.suite import Suite
from evals.loading.suite_file import load
from evals.verdicts.contamination import check, documents, grams
from gateway.cli.main import main
from gateway.errors import ConfigError

LONG = ("How many days of paid annual leave do the full time employees of the northern workshop get in their first "
        "calendar year with the firm")
YAML = """
suite: dirty
version: 1
about: Some questions.
on: [direct]
data: {file: rows.jsonl}
ask: {user: "{question}"}
reference: {answer: answer}
metrics: [f1]
"""


def suite(directory: Path) -> Suite:
    rows = [{"id": "copied", "question": LONG + "?", "answer": "28 days"},
            {"id": "fresh", "question": LONG.replace("annual", "parental").replace("northern", "southern").replace("calendar", "working") + "?", "answer": "30 days"},
            {"id": "short", "question": "How many?", "answer": "Two"},
            {"id": "middle", "question": "Who opens the gate at night?", "answer": "Nobody"}]
    (directory / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (directory / "dirty.yaml").write_text(YAML)
    return load(directory / "dirty.yaml")


def test_a_copy_is_found_and_a_neighbour_is_not(tmp_path: Path) -> None:
    corpus = [("handbook.md", f"# Leave\n\nA question we hear: “{LONG.upper()}”. 28 days!"), ("other.md", "nothing of it")]
    (found,) = check([suite(tmp_path)], corpus)
    assert (found.samples, found.short, [each.sample for each in found.dirty]) == (4, 1, ["copied"])
    copied, fresh, middle = found.overlaps
    assert (copied.share, copied.document) == (1.0, "handbook.md")
    assert (fresh.found, middle.found) == (0, 0)


def test_a_text_shorter_than_an_n_gram_counts_as_a_whole(tmp_path: Path) -> None:
    (found,) = check([suite(tmp_path)], [("a", "well, who opens the gate at night? nobody does")])
    assert [each.sample for each in found.dirty] == ["middle"]
    (found,) = check([suite(tmp_path)], [("a", "who opens the gate at night")])  # without the answer
    assert not found.dirty


def test_a_text_across_two_documents_is_in_neither(tmp_path: Path) -> None:
    half = LONG.split()
    (found,) = check([suite(tmp_path)], [("a", " ".join(half[:11])), ("b", " ".join(half[11:22])), ("c", " ".join(half[22:]))])
    assert not any(each.found for each in found.overlaps)


def test_n_grams_by_hand() -> None:
    assert grams("a b c d e f g h", 6) == {tuple("abcdef"), tuple("bcdefg"), tuple("cdefgh")}
    assert grams("a b c d e", 13) == set()
    assert grams("A, b; c-d 'e' f!", 13) == {tuple("abcdef")}


def test_the_command_over_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite(tmp_path)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "chat.jsonl").write_text(json.dumps({"messages": [{"content": f"{LONG}? 28 days"}]}) + "\n")
    arguments = ["eval", "contamination", "dirty", "--suites-dir", str(tmp_path), "--corpus", str(corpus)]
    assert main(arguments) == 1
    assert "copied (100 %" in " ".join(capsys.readouterr().out.split())
    assert main([*arguments, "--most", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["dirty"] == ["copied"]
    assert main([*arguments[:-1], str(tmp_path / "gone")]) == 2
    assert "gone: is not there" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no file"):
        list(documents([tmp_path / "empty"]))
