"""One real vLLM for the whole run, as a user starts it, and Wardgate in front of it, as a user configures it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import psutil
import pytest

from tests.e2e.company import SUITES, rows
from tests.e2e.conftest import Running
from tests.vllm.wire import ASK, KEY, PROMPT

ROOT = Path(__file__).parents[2]
READY_WITHIN = 300.0  # s: 27 alone on two cores; a first start on a cold disk takes longer
STOPPED_WITHIN = 30.0
WARDGATE = [sys.executable, "-m", "gateway.cli.main"]
SERVE = [*WARDGATE, "model", "serve", "--engine", "vllm", "--device", "cpu", "--port", "0"]
LEAKING = [row["messages"][-1]["content"] for row in rows(SUITES / "leaks.jsonl")]
KEYS = {"api_key": "wg-test-key", "admin_key": "wg-admin-test-key"}


def environment() -> dict[str, str]:
    """Tests run in folders of their own, so the environments' home is named from the repository's root."""
    home = os.environ.get("WARDGATE_VLLM_HOME") or str(ROOT / ".wardgate")
    return {**os.environ, "PYTHONPATH": str(ROOT), "WARDGATE_VLLM_HOME": str(Path(home).absolute())}


@dataclass(frozen=True, slots=True)
class Served:
    """A started `wardgate model serve`: its process, its log, and all that it had started by the time it was ready."""

    process: subprocess.Popen[str]
    log: Path
    url: str
    family: tuple[psutil.Process, ...]

    def interrupt(self) -> None:
        """Ctrl-C, and a look at what is left."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(STOPPED_WITHIN) == 0, self.log.read_text()
        assert not psutil.wait_procs(self.family, timeout=5)[1]

    def close(self) -> None:
        self.process.wait(STOPPED_WITHIN)
        if self.process.stdout:
            self.process.stdout.close()


def begin(folder: Path, *extra: str, env: dict[str, str] | None = None) -> tuple[subprocess.Popen[str], Path]:
    log = folder / "vllm.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*SERVE, *extra], cwd=folder, env=environment() | (env or {}), text=True, stdout=subprocess.PIPE, stderr=file
        )
    return process, log


def served(folder: Path, *extra: str, env: dict[str, str] | None = None) -> Served:
    """Ready to answer; the caller ends it."""
    process, log = begin(folder, *extra, env=env)
    assert process.stdout is not None
    line = _first_line(process)
    if not line.startswith("serving on http://"):
        process.kill()
        raise AssertionError(f"vLLM did not start: {line!r}\n{log.read_text()}")
    family = tuple(psutil.Process(process.pid).children(recursive=True))
    return Served(process, log, line.removeprefix("serving on "), family)


def _first_line(process: subprocess.Popen[str]) -> str:
    """The address, or nothing when the process ended or took too long."""
    alarm = Timer(READY_WITHIN, process.kill)
    alarm.start()
    try:
        return process.stdout.readline().strip() if process.stdout else ""
    finally:
        alarm.cancel()


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    began = time.monotonic()
    engine = served(tmp_path_factory.mktemp("vllm"), "--served-model-name", "handbook", "--api-key", KEY)
    print(f"real vLLM ready after {time.monotonic() - began:.0f} s")
    yield engine
    engine.interrupt()
    engine.close()
    log = engine.log.read_text()
    told = [prompt for prompt in (ASK[0]["content"], PROMPT, *LEAKING) if prompt in log]
    assert not told, "vLLM's log holds what users said"


@pytest.fixture(scope="session")
def vllm_python() -> Path:
    """The interpreter of vLLM's environment, which has transformers too."""
    done = subprocess.run([*SERVE, "--install-only"], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def running(vllm: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`wardgate serve` with the shipped policies in front of real vLLM."""
    home = tmp_path_factory.mktemp("gateway")
    (home / "wardgate.yaml").write_text(
        f"""
listen: {{data: "127.0.0.1:0", admin: "127.0.0.1:0", ops: "127.0.0.1:0"}}
upstreams:
  - {{name: vllm, base_url: "{vllm.url}/v1", api_key: "{KEY}"}}
models:
  - {{name: handbook, upstream: vllm}}
keys:
  - {{name: app, key: "{KEYS['api_key']}", tenant: tarnwick}}
admin_key: "{KEYS['admin_key']}"
log_level: debug
"""
    )
    log = (home / "serve.log").open("w")
    process = subprocess.Popen(
        [*WARDGATE, "serve", "--json"], cwd=home, env=environment(), text=True, stdout=subprocess.PIPE, stderr=log
    )
    log.close()
    line = _first_line(process)
    if not line:
        raise AssertionError((home / "serve.log").read_text())
    at = json.loads(line)
    yield Running(
        base_url=f"{at['data']}/v1", engine_url=f"{vllm.url}/v1", admin_url=at["admin"], ops_url=at["ops"],
        model="handbook", pid=process.pid, home=home, **KEYS,
    )  # fmt: skip
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, (home / "serve.log").read_text()
    if process.stdout:
        process.stdout.close()
    said = (home / "serve.log").read_text()
    assert "Traceback" not in said
