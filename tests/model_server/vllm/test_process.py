"""The life of the process that serves: its one line, Ctrl-C, a stubborn server, a killed parent, a taken port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from model_server.vllm.environment import Environment
from model_server.vllm.errors import CannotServe
from model_server.vllm.process import free_port, reach

ROOT = Path(__file__).parents[3]
SERVE = [sys.executable, "-m", "gateway.cli.main", "model", "serve", "--engine", "vllm", "--device", "cpu"]


@contextmanager
def serving(installed: Environment, *extra: str) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """The command with the stand-in, ready; what it started is gone when the block has ended it."""
    command = [*SERVE, "--port", "0", "--vllm-python", str(installed.python), "--", *extra]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        try:
            assert line.startswith("serving on http://127.0.0.1:")
            with urllib.request.urlopen(line.removeprefix("serving on ") + "/health") as reply:
                assert reply.status == 200
            family = psutil.Process(process.pid).children(recursive=True)
            assert len(family) == 1 + ("--worker" in extra)
            yield process, family
            process.wait(20)
            assert psutil.wait_procs(family, timeout=10)[1] == []
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_takes_the_workers_along(installed: Environment, number: signal.Signals) -> None:
    with serving(installed, "--worker") as (process, _):
        process.send_signal(number)
        assert process.wait(20) == 0


def test_a_second_stop_does_not_wait(installed: Environment) -> None:
    with serving(installed, "--stubborn") as (process, _):
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "asked to stop\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0  # less than the patience for one stop


def test_a_killed_parent_leaves_nothing(installed: Environment) -> None:
    with serving(installed) as (process, _):
        process.kill()


def test_a_server_that_ends_by_itself_is_an_error(installed: Environment) -> None:
    command = [*SERVE, "--port", "0", "--vllm-python", str(installed.python), "--", "--fail"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "error: vLLM ended by itself before it answered, with exit code 7; its reason is above\n"


def test_an_interpreter_that_is_none_is_an_error(tmp_path: Path) -> None:
    command = [*SERVE, "--port", "0", "--vllm-python", str(tmp_path / "python")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: cannot run {tmp_path / 'python'}: No such file or directory")


def test_a_taken_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run([*SERVE, "--port", str(port)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port or --host\n"


def test_ports() -> None:
    assert free_port("127.0.0.1", 0) > 0
    for host, port in (("127.0.0.1", 70000), ("no such host", 0)):
        with pytest.raises(CannotServe, match="choose another --port or --host"):
            free_port(host, port)
    assert reach("0.0.0.0", 1) == "http://127.0.0.1:1"
    assert reach("::", 1) == "http://[::1]:1"
    assert reach("10.0.0.1", 1) == "http://10.0.0.1:1"
