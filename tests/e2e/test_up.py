"""``wardgate up`` as its user meets it: every line it prints to be pasted does what it says; ports and Ctrl-C behave."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.up import TRIES, free
from tests.e2e.conftest import Running

ROOT = str(Path(__file__).parents[2])
CARD = "4111 1111 1111 1111"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    rules: str
    body: str


def pasted(running: Running, about: str) -> tuple[str, Answer]:
    """What ``up`` printed below the line ``about``, and its answer, sent as curl would (curl need not be here)."""
    lines = (running.home / "up.log").read_text().splitlines()
    line = lines[next(at for at, each in enumerate(lines) if each.startswith(f"# {about}")) + 1]
    words = shlex.split(line)
    assert words[:4] == ["curl", "-siN", "-w", "\\n"]
    headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H")
    data = words[words.index("-d") + 1]
    try:
        with urllib.request.urlopen(urllib.request.Request(words[4], data.encode(), headers), timeout=60) as reply:
            return data, Answer(reply.status, reply.headers.get("x-wardgate-rules", ""), reply.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return data, Answer(error.code, error.headers.get("x-wardgate-rules", ""), error.read().decode())


def said(answer: Answer) -> tuple[str, str]:
    """Text and reason of a stream's only choice."""
    chunks = [json.loads(line[6:]) for line in answer.body.splitlines() if line.startswith("data: {")]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return "".join(each["delta"].get("content") or "" for each in choices), choices[-1]["finish_reason"]


def test_a_harmless_question_is_answered(running: Running) -> None:
    _, answer = pasted(running, "a harmless question")
    text, finish = said(answer)
    assert ("28 days" in text, finish, answer.rules) == (True, "stop", "")


def test_a_confidential_one_is_stopped(running: Running) -> None:
    _, answer = pasted(running, "a confidential one")
    text, finish = said(answer)
    assert finish == "content_filter"
    assert not any(char.isdigit() for char in text.split("(decision")[0])


def test_the_card_is_taken_out_and_the_question_still_answered(running: Running) -> None:
    data, answer = pasted(running, "personal data")
    assert CARD in data
    assert (answer.status, answer.rules) == (200, "personal-data")
    text = json.loads(answer.body)["choices"][0]["message"]["content"]
    assert "40 days" in text
    asked = json.loads(data)["messages"][0]["content"].replace(CARD, "<CREDIT_CARD>")
    alone = running.engine().chat.completions.create(model=running.model, messages=[{"role": "user", "content": asked}])
    assert alone.choices[0].message.content == text, "what the model makes of the question without the card"


def test_an_injection_is_refused(running: Running) -> None:
    _, answer = pasted(running, "an injection")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "content_filter")


def test_there_are_four() -> None:
    assert len(TRIES) == 4


def up(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway.cli.main", "up", *arguments]
    return subprocess.run(command, cwd=home, env={"PYTHONPATH": ROOT, "PATH": ""}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("flag", ["--port", "--admin-port", "--ops-port"])
def test_a_busy_port_names_the_flag_to_change(tmp_path: Path, flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        others = [each for name in ("--port", "--admin-port", "--ops-port") if name != flag for each in (name, "0")]
        done = up(tmp_path, *others, flag, str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"wardgate: {flag}: port {port} on 127.0.0.1 is already in use (stop what uses it, ")
    assert f"choose another with {flag}" in done.stderr


def test_a_second_start_that_fails_leaves_the_first_one_alone(running: Running) -> None:
    port = running.base_url.rsplit(":", 1)[1].removesuffix("/v1")
    assert up(running.home, "--port", port).returncode == 2
    assert json.loads((running.home / ".wardgate" / "run.json").read_text())["pid"] == running.pid


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "argument --port: must be a number from 0 to 65535" in up(tmp_path, "--port", "70000").stderr


def test_a_port_that_nobody_asked_for_gives_way() -> None:
    """Whoever runs a second one beside the first need not name three ports."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free("admin", "--admin-port", None, port) == "127.0.0.1:0"
    assert free("admin", "--admin-port", None, port) == f"127.0.0.1:{port}"
