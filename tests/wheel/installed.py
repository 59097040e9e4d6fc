"""An installed wheel, in a fresh virtual environment and outside the repository, does what a checkout does.

Run by ``make test-wheel``: it installs packages, so it is not among what ``make test`` collects.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LARGEST = 36_000_000
"""Bytes of the wheel: nearly all of it is the model."""
SHIPPED = ("gateway", "policies", "model_server/company", "model_server/data", "model_server/models", "evals/suites")


@dataclass(frozen=True, slots=True)
class Installed:
    """``home``: an empty folder to work in; ``bare_up``: what ``up`` said before the ``embedded`` extra was there."""

    python: Path
    home: Path
    bare_up: subprocess.CompletedProcess[str]

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python.with_name("wardgate")), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.home, *self.command(*arguments))


def _run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=home, env=_environment(), capture_output=True, text=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _tracked(*folders: str) -> list[str]:
    out = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in out.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the tracked files alone, so that nothing lies in it that only this folder has."""
    clone, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    for name in _tracked():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    done = _run(clone, sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), ".")
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("house")
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / "bin" / "python"
    bare = _run(home, str(python), "-m", "pip", "install", "--quiet", str(wheel))
    assert bare.returncode == 0, bare.stderr
    (home / "work").mkdir()
    said = _run(home / "work", str(python.with_name("wardgate")), "up", "--port", "0")
    extra = _run(home, str(python), "-m", "pip", "install", "--quiet", f"{wheel}[embedded]")
    assert extra.returncode == 0, extra.stderr
    return Installed(python, home / "work", said)


def test_everything_that_is_needed_is_in_it_and_nothing_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {each.filename: each.file_size for each in archive.infolist()}
    assert [name for name in _tracked(*SHIPPED) if name not in sizes] == []
    assert [name for name in sizes if name.split("/")[0] not in
            {"gateway", "policies", "model_server", "evals"} and ".dist-info/" not in name] == []
    size = wheel.stat().st_size
    print(f"\n{wheel.name}: {size / 1e6:.1f} MB, of which {len(sizes)} files:")
    for folder in (*SHIPPED, "model_server"):
        print(f"  {folder:<22} {sum(size for name, size in sizes.items() if name.startswith(folder + '/')) / 1e6:6.2f} MB")
    assert size < LARGEST


def test_the_shipped_policies_prove_themselves(installed: Installed) -> None:
    done = installed.run("policy", "test")
    assert (done.returncode, ", 0 failed (default, handbook at " in done.stdout) == (0, True), done.stdout + done.stderr
    assert installed.run("validate").returncode == 0
    schema = installed.run("policy", "schema").stdout
    found = next((installed.home.parent / "venv").glob("lib/python*/site-packages/policies/schema.json"))
    assert schema == found.read_text()


def test_the_model_needs_an_extra_and_says_so(installed: Installed) -> None:
    assert installed.bare_up.returncode == 2
    assert installed.bare_up.stderr == (
        "wardgate: the embedded model needs numpy, onnxruntime, tokenizers, which are not installed "
        "(install the extra `embedded` too: pip install 'WHEEL[embedded]')\n"
    )


def _ask(base_url: str, key: str, question: str) -> tuple[str, str]:
    body = {"model": "handbook", "messages": [{"role": "user", "content": question}]}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    asked = urllib.request.Request(f"{base_url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=60) as reply:
        choice = json.load(reply)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


@contextmanager
def _running(installed: Installed, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with (installed.home / "log").open("w") as log:
        process = subprocess.Popen(installed.command(*arguments), cwd=installed.home, env=_environment(), text=True,
                                   stdout=subprocess.PIPE, stderr=log)  # fmt: skip
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_up_answers_and_stops_what_is_confidential(installed: Installed) -> None:
    path, patience = installed.home / ".wardgate" / "run.json", time.monotonic() + 120
    with _running(installed, "up", "--port", "0", "--admin-port", "0", "--ops-port", "0") as process:
        while not path.exists():
            assert process.poll() is None, (installed.home / "log").read_text()
            assert time.monotonic() < patience
            time.sleep(0.05)
        facts = json.loads(path.read_text())
        text, finish = _ask(facts["base_url"], facts["api_key"], "How many days of paid annual leave do I get?")
        assert ("28 days" in text, finish) == (True, "stop")
        text, finish = _ask(facts["base_url"], facts["api_key"], "What is Ines Okafor's annual salary?")
        assert (finish, "confidential at Tarnwick" in text) == ("content_filter", True)


class _Model(BaseHTTPRequestHandler):
    """A model server that says a salary whenever it is asked for one."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"][-1]["content"]
        said = "It is £111,370 a year." if "salary" in asked else "You get 28 days."
        choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        out = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "handbook", "choices": [choice]})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(out.encode())))
        self.end_headers()
        self.wfile.write(out.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_serve_guards_somebody_elses_model_with_the_shipped_policies(installed: Installed) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    (installed.home / "wardgate.yaml").write_text(
        'listen: {data: "127.0.0.1:0", ops: "127.0.0.1:0"}\n'
        f'upstreams: [{{name: own, base_url: "http://127.0.0.1:{server.server_port}/v1"}}]\n'
        "keys: [{name: app, key: k-123456}]\n"
    )
    try:
        with _running(installed, "serve", "--json") as process:
            assert process.stdout is not None
            base_url = json.loads(process.stdout.readline())["data"] + "/v1"
            assert _ask(base_url, "k-123456", "How many days?") == ("You get 28 days.", "stop")
            text, finish = _ask(base_url, "k-123456", "What is the salary of Agnes Thorburn?")
            assert ("111" in text, finish) == (False, "content_filter")
            with pytest.raises(urllib.error.HTTPError, match="401"):
                _ask(base_url, "wrong", "How many days?")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
