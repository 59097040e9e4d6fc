"""The command as its users meet it: exit codes, what is written, what is left alone, what it says."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.cli.main import main
from tests.evals.make import QA, write
from tests.evals.server import Server, serving

ROOT = Path(__file__).parents[3]


async def wardgate(where: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command in ``where``, in a thread of this process: no second start of Python."""
    out, errors = io.StringIO(), io.StringIO()

    def called() -> int:
        try:
            return main(["eval", *arguments])
        except SystemExit as error:  # argparse's
            return int(error.code or 0)

    known = {name: os.environ.get(name) for name in (*environment, "WARDGATE_EVAL_KEY")}
    os.environ.update({"WARDGATE_EVAL_KEY": "sesame", **environment})
    try:
        with contextlib.chdir(where), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = await asyncio.to_thread(called)
    finally:
        for name, value in known.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return code, out.getvalue(), errors.getvalue()


async def started(where: Path, *arguments: str, during: Any = None, **environment: str) -> tuple[int, str, str]:
    """The same as a process of its own; ``during(process)`` may meddle."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli.main", "eval", *arguments, cwd=where, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, preexec_fn=_heeds_ctrl_c, env={**os.environ, "PYTHONPATH": str(ROOT), "WARDGATE_EVAL_KEY": "sesame", **environment})
    if during is not None:
        await during(process)
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


def _heeds_ctrl_c() -> None:
    """A shell starts background jobs with SIGINT ignored, and so would every process be that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def running(server: Server, *extra: str) -> list[str]:
    return ["run", "small-qa", "--suites-dir", ".", "--target", f"direct={server.url}", *extra]


async def test_a_run_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    async with serving(Server()) as server:
        code, out, errors = await started(tmp_path, *running(server))
        assert (code, server.keys) == (0, {"Bearer sesame"}), errors
        assert "66.7 %" in out  # eight of twelve answers are the reference
        assert "BLEU|nrefs:1" in out
        assert "report.html" in out
        code, out, _ = await wardgate(tmp_path, *running(server, "--json"))
    report = json.loads(out)
    assert report["complete"]
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "compare", report["previous"]]) == 0
    assert "p = 1.00" in capsys.readouterr().out
    assert main(["eval", "list", "--json", "--suites-dir", "."]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [run["status"] for run in listed["runs"]] == ["complete", "complete"]
    assert "small-qa" in listed["suites"]
    assert main(["eval", "export", "--prometheus", "there"]) == 0
    assert "wardgate_eval_score{" in (tmp_path / "there" / "wardgate_eval.prom").read_text()
    page = tmp_path / ".wardgate" / "evals" / "runs" / report["run"] / "report.html"
    page.unlink()
    assert main(["eval", "report"]) == 0
    assert page.exists()


async def test_a_target_that_goes_away_costs_nothing_that_was_good(tmp_path: Path) -> None:
    write(tmp_path, 60)
    store = tmp_path / ".wardgate" / "evals"
    served = 0

    async def script(_: dict[str, Any], __: int) -> web.Response | None:
        nonlocal served
        served += 1
        return None if served <= 70 else web.json_response({}, status=503)

    async with serving(Server(script)) as server:
        assert (await wardgate(tmp_path, *running(server)))[0] == 0
        good = (store / "wardgate_eval.prom").read_bytes()
        code, _, errors = await wardgate(tmp_path, *running(server, "--attempts", "1"))
        assert code == 1
        assert "target 'direct' stopped answering (server_error)" in errors
        assert "go on with --resume" in errors
        assert "INCOMPLETE: small-qa on direct: 50 of 60 samples were not asked" in errors
        assert (store / "wardgate_eval.prom").read_bytes() == good
        assert 'wardgate_eval_last_attempt_ok{collection="small-qa"} 0.0' in (store / "wardgate_eval_attempt.prom").read_text()
        server.script = None
        assert (await wardgate(tmp_path, *running(server, "--resume")))[0] == 0
        assert 'wardgate_eval_last_attempt_ok{collection="small-qa"} 1.0' in (store / "wardgate_eval_attempt.prom").read_text()
        assert (store / "wardgate_eval.prom").read_bytes() != good


async def test_ctrl_c_keeps_what_was_answered(tmp_path: Path) -> None:
    write(tmp_path)
    held = asyncio.Event()

    async def script(_: dict[str, Any], before: int) -> None:
        if server.asked.total() > 6:
            held.set()
            await asyncio.Event().wait()

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await asyncio.wait_for(held.wait(), 60)
        process.send_signal(signal.SIGINT)

    async with serving(Server(script)) as server:
        code, _, errors = await started(tmp_path, *running(server), during=interrupt)
        assert (code, "go on with --resume" in errors) == (130, True), errors
        server.script = None
        assert (await wardgate(tmp_path, *running(server, "--resume")))[0] == 0
        assert server.asked.total() <= 12 + 8


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["run", "handbok", "--target", "direct=http://127.0.0.1:9/v1"], "did you mean 'handbook'?"),
        (["run", "leaks", "--target", "direct"], "--target direct: a URL is missing"),
        (["run", "leaks", "--target", "direct=http://127.0.0.1:9/v1", "--suites-dir", "gone"], "not a directory of suites"),
        (["run", "leaks", "--targets", "gone.yaml"], "gone.yaml: cannot be read: No such file"),
        (["run", "injection", "--target", "direct=http://127.0.0.1:9/v1", "--model", "m"], "no target is of a kind that"),
        (["run", "leaks", "--running"], "no Wardgate runs here (start one with `wardgate up`)"),
        (["score", "20250101T000000Z-nightly"], "there is no run '20250101T000000Z-nightly'"),
        (["compare", "a"], "there is no run 'a'"),
        (["run", "leaks", "--target", "direct=http://127.0.0.1:9/v1", "--resume", "gone", "--model", "m"], "no run 'gone'"),
    ],
)
def test_a_mistake_is_said_with_its_cure(
    arguments: list[str], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", *arguments]) == 2
    assert error in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("option", "value", "error"), [
    ("--seed", "-1", "must be a whole number, 0 or more"), ("--limit", "x", "must be a whole number, 1 or more"),
    ("--timeout", "nan", "must be a number of seconds above 0"), ("--timeout", "0", "must be a number of seconds above 0"),
    ("--rate", "-1", "must be a number of requests a minute"), ("--max-failures", "nan", "must be a share from 0 to 1"),
    ("--max-failures", "1.5", "must be a share from 0 to 1"),
])
def test_a_number_that_cannot_be_meant_is_refused(
    option: str, value: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["eval", "run", "leaks", option, value])
    assert (stopped.value.code, f"argument {option}: {error}" in capsys.readouterr().err) == (2, True)


async def test_a_run_whose_files_are_damaged_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    async with serving(Server()) as server:
        assert (await wardgate(tmp_path, *running(server)))[0] == 0
        (run,) = (tmp_path / ".wardgate/evals/runs").iterdir()
        whole = (run / "journal.jsonl").read_bytes()
        (run / "journal.jsonl").write_bytes(b"")
        code, _, errors = await wardgate(tmp_path, "score", run.name)
        assert (code, "12 of 12 samples were not asked" in " ".join(errors.split())) == (1, True)
        (run / "journal.jsonl").write_bytes(b"[" * 100_000 + b"\n" + whole)
        code, _, errors = await wardgate(tmp_path, "score", run.name)
        assert (code, "journal.jsonl:1: is damaged" in " ".join(errors.split())) == (2, True), errors
        (run / "journal.jsonl").write_bytes(whole)
        (run / "run.json").write_bytes(b"{")
        asked = server.asked.total()
        for command in (["score", run.name], ["report", run.name], running(server, "--resume", run.name)):
            code, _, errors = await wardgate(tmp_path, *command)
            assert (code, "run.json: is damaged or missing" in " ".join(errors.split())) == (2, True), errors
        assert server.asked.total() == asked


async def test_a_run_goes_on_only_with_the_suite_and_the_targets_it_began_with(tmp_path: Path) -> None:
    path = write(tmp_path)
    async with serving(Server()) as server:
        assert (await wardgate(tmp_path, *running(server)))[0] == 0
        name = next((tmp_path / ".wardgate" / "evals" / "runs").iterdir()).name
        code, _, errors = await wardgate(tmp_path, *running(server, "--resume", name, "--model", "other"))
        assert (code, "began with other targets: direct (counted), not direct (other)" in errors) == (2, True), errors
        path.write_text(QA.lstrip().replace("max_tokens: 16", "max_tokens: 17"))
        for arguments in (running(server, "--resume", name), ["score", name]):
            code, _, errors = await wardgate(tmp_path, *arguments)
            assert (code, f"suite 'small-qa' has changed since run {name} began" in errors) == (2, True), errors
        asked = server.asked.total()
        path.write_text(QA.lstrip())
        assert (await wardgate(tmp_path, "score"))[0] == 0
    assert server.asked.total() == asked


async def test_old_runs_go_and_unfinished_ones_stay(tmp_path: Path) -> None:
    from evals.store.runs import COMPLETE, INCOMPLETE, Store

    store = Store(tmp_path)
    statuses = [COMPLETE, INCOMPLETE, COMPLETE, COMPLETE]
    names = []
    for status in statuses:
        run = store.create({"collection": "nightly", "names": ("n",), "seed": 1, "version": "1", "suites": {},
                            "suite_dirs": (), "targets": ()})
        from dataclasses import replace

        run.save(replace(run.manifest, status=status))
        names.append(run.path.name)
    assert store.prune(keep=2) == 1
    assert [run.path.name for run in store.runs()] == sorted(names[1:])


async def test_rows_that_changed_are_not_compared_even_under_the_old_version(tmp_path: Path) -> None:
    write(tmp_path)
    async with serving(Server()) as server:
        await wardgate(tmp_path, *running(server))
        write(tmp_path, 14)
        code, out, _ = await wardgate(tmp_path, *running(server, "--json"))
        report = json.loads(out)
        assert (code, report["previous"]) == (0, "")
        assert {score["change"] for score in report["scores"]} == {None}
        runs = sorted(path.name for path in (tmp_path / ".wardgate" / "evals" / "runs").iterdir())
        code, _, errors = await wardgate(tmp_path, "compare", runs[0], runs[1])
    assert (code, "have no edition of a suite in common" in errors) == (2, True)
