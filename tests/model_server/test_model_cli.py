"""`wardgate model`, as a person or a script meets it."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from model_server.cli import add_commands


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    options = parser.parse_args(["model", *words])
    return int(options.func(options))


def test_list_shows_the_shipped_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("list", "--json", "--work", str(tmp_path)) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["path"].endswith("handbook")
    assert row["megabytes"] <= 30
    assert row["shape"] == "6 × 256"


def test_prepare_writes_a_corpus(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    suite = tmp_path / "held.jsonl"
    assert run("prepare", "--json", "--work", str(tmp_path), "--suite", str(suite)) == 0
    counts = json.loads(capsys.readouterr().out)
    assert len(suite.read_text().splitlines()) == 6 * counts["facts"]
    assert json.loads((tmp_path / "corpus" / "manifest.json").read_text())["version"] == counts["version"]


def test_the_frozen_templates_are_what_prepare_writes(tmp_path: Path) -> None:
    suite = tmp_path / "held.jsonl"
    run("prepare", "--json", "--work", str(tmp_path), "--suite", str(suite))
    frozen = Path("evals/suites/company/templates_heldout.jsonl")
    assert suite.read_bytes() == (Path(__file__).parents[2] / frozen).read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("prepare", "--company", "/nowhere"), "no facts found"),
        (("evaluate", "--model", "/nowhere"), "config.json"),
        (("card", "--chosen", "1", "--out", "/nowhere/README.md"), "no evaluated seed"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(*words, "--work", str(tmp_path)) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


def test_serve_prints_its_address_and_stops_cleanly() -> None:
    command = [sys.executable, "-m", "model_server.embedded", "--port", "0", "--served-model-name", "m"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline().strip()
        assert line.startswith("serving on http://127.0.0.1:")
        with urllib.request.urlopen(line.removeprefix("serving on ") + "/v1/models") as reply:
            assert json.load(reply)["data"][0]["id"] == "m"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_serving_needs_no_training_package() -> None:
    """Import the whole engine and look for what only training may use."""
    code = "import sys, model_server.embedded as e; print([m for m in ('torch', 'onnx', 'safetensors', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
