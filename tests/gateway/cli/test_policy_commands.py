"""The policy commands as people and CI run them: their words, their JSON and their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import COMMANDS, main

POLICY = """\
policy: mail
rules:
  - id: no-mail
    guard: pii
    entities: {EMAIL_ADDRESS: mask}
tests:
  - {name: masked, user: "write to ann@corvane.example", expect: edit, text: "write to <EMAIL_ADDRESS>", by: no-mail}
  - {name: harmless, assistant: "nothing to see", expect: allow}
"""


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mail.yaml"
    path.write_text(POLICY, "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    try:
        code = main(args)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    out = capsys.readouterr()
    return code, out.out, out.err


def as_json(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, Any]:
    code, out, _ = run(capsys, *args)
    return code, json.loads(out)


def test_passing_tests_exit_0(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "test", "mail.yaml")
    assert (code, out.startswith("2 passed, 0 failed")) == (0, True)


def test_a_failing_test_is_named_by_file_and_line(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(POLICY + '  - {name: wrong, user: "hello", expect: block}\n', "utf-8")
    code, out, _ = run(capsys, "policy", "test", str(policy))
    assert code == 1
    assert f"{policy}:9: FAILED wrong: expected block, got allow" in out
    code, report = as_json(capsys, "policy", "test", str(policy), "--json")
    assert (code, report["passed"], report["failed"]) == (1, 2, 1)
    assert [each["line"] for each in report["tests"] if not each["passed"]] == [9]


def test_a_policy_without_tests_does_not_pass(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(POLICY.split("tests:")[0], "utf-8")
    assert run(capsys, "policy", "test", str(policy))[0] == 1


@pytest.mark.parametrize("args", [("policy", "test"), ("policy", "lint"), ("validate",), ("scan", "--policies")])
def test_a_broken_policy_exits_2_with_its_line(
    policy: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...]
) -> None:
    policy.write_text(POLICY.replace("EMAIL_ADDRESS: mask", "EMAIL_ADRESS: mask"), "utf-8")
    code, _, err = run(capsys, *args, str(policy))
    assert code == 2
    assert "mail.yaml:5: " in err
    assert "did you mean 'EMAIL_ADDRESS'?" in err


def test_a_missing_path_exits_2(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "policy", "test", "none.yaml")
    assert (code, "none.yaml: does not exist" in err) == (2, True)


def test_a_place_that_cannot_be_written_exits_2(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "no/where.json: cannot be used: No such file or directory (check its path and rights)\n"
    assert run(capsys, "policy", "schema", "--output", "no/where.json") == (2, "", said)


def test_validate_lists_every_mistake(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "validate", ".")[0] == 0
    policy.write_text(POLICY.replace("guard: pii", "gaurd: pii") + "mode: x\n", "utf-8")
    code, report = as_json(capsys, "validate", ".", "--json")
    assert (code, report["valid"]) == (2, False)
    assert [each["line"] for each in report["errors"]] == [3, 4, 9]


def test_validate_reads_the_configuration(policy: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "wardgate.yaml").write_text("polices: .\n", "utf-8")
    code, _, err = run(capsys, "validate")
    assert code == 2
    assert "wardgate.yaml:1:" in err
    assert "did you mean 'policies'?" in err


@pytest.mark.parametrize(("mode", "then"), [("required", "no request would be served"), ("best_effort", "no record would be kept")])
def test_validate_warns_of_an_audit_file_that_could_not_be_written(
    policy: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, mode: str, then: str
) -> None:
    sink = tmp_path / "wardgate.yaml" / "audit.db"
    (tmp_path / "wardgate.yaml").write_text(f"policies: mail.yaml\naudit: {{sink: 'sqlite:///{sink}', mode: {mode}}}\n", "utf-8")
    code, report = as_json(capsys, "validate", "--json")
    said = f"wardgate.yaml: audit.sink: {tmp_path / 'wardgate.yaml'} is not a folder, so {then}"
    assert (code, report["warnings"]) == (0, [f"{said} (give sqlite:///PATH of a file that can be written)"])


def test_explain_says_what_each_rule_did(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = as_json(capsys, "policy", "explain", "--text", "to ann@corvane.example", "--policies", ".", "--json")
    assert (code, report[0]["outcome"], report[0]["states"]) == (0, "edit", {"no-mail": "edited"})
    assert [(each["start"], each["end"]) for each in report[0]["findings"]] == [(3, 22)]
    _, out, _ = run(capsys, "policy", "explain", "--text", "to ann@corvane.example", "--policies", ".",
                    "--role", "assistant")
    assert "becomes: to <EMAIL_ADDRESS>" in out


def test_scan_reads_json_lines_and_prints_no_text(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.jsonl").write_text('{"id": "a", "text": "ann@corvane.example"}\n\n{"text": "x", "role": "assistant"}\n')
    code, out, _ = run(capsys, "scan", "in.jsonl", "--policies", ".")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(row["id"], row["outcome"]) for row in rows] == [("a", "edit"), (1, "allow")]
    assert "ann@" not in out


@pytest.mark.parametrize("line", ['{"text": 1}', '{"text": "x", "role": "boss"}', "no json", '["x"]'])
def test_scan_names_the_line_it_cannot_read(policy: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    Path("in.jsonl").write_text('{"text": "x"}\n' + line)
    code, _, err = run(capsys, "scan", "in.jsonl", "--policies", ".")
    assert (code, "in.jsonl:2: " in err) == (2, True)


def test_lint_reports_what_no_test_catches(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "policy", "lint", ".")[0] == 0
    policy.write_text(POLICY.replace("tests:", "  - {id: cards, guard: pii, entities: {CREDIT_CARD: block}}\ntests:"))
    code, out, _ = run(capsys, "policy", "lint", ".")
    assert code == 1
    assert "mail.yaml:6: untested: no test fails when rule 'cards' is removed" in out


def test_an_unknown_command_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "polcy")
    assert (code, "policy" in err) == (2, True)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)


def test_the_command_starts_without_loading_the_gateway() -> None:
    """Start-up goal 0.3 s: no heavy module is loaded before a command needs it."""
    heavy = "{'pydantic', 'aiohttp', 'hyperscan', 'numpy', 'torch', 'yaml', 'phonenumbers'}"
    code = f"import sys; import gateway.cli.main as m; m._parser(['policy']); print(sorted({heavy} & set(sys.modules)))"
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert time.perf_counter() - started < 3


def test_guards_are_listed_with_their_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "guards")
    assert code == 0
    assert "limits       Bounds how long a text may grow" in out
    assert "  max_characters   a number; default 200000\n" in out
    assert "  documents        globs; default []\n" in out


def test_a_guard_is_explained_in_the_words_of_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "guards", "limits")
    assert (code, out.startswith("limits\n\nBounds how long")) == (0, True)
    assert "``max_characters``: of one text" in out
    _, (doc,) = as_json(capsys, "policy", "guards", "limits", "--json")
    assert doc["parameters"] == [{"name": "max_characters", "type": "a number", "default": "200000"}]


def test_a_guard_that_is_not_there_has_a_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "policy", "guards", "limts") == (2, "", "there is no guard 'limts' (did you mean 'limits'?)\n")
