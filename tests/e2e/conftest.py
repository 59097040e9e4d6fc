"""A whole Wardgate as a user starts it: ``wardgate up`` with the shipped model, in a folder of its own."""

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

import openai
import pytest

READY_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A running Wardgate: what ``run.json`` says, and where it lives."""

    base_url: str
    api_key: str
    engine_url: str
    admin_url: str
    admin_key: str
    ops_url: str
    model: str
    pid: int
    home: Path

    def gateway(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.base_url, api_key=self.api_key, max_retries=0)

    def engine(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.engine_url, api_key="none", max_retries=0)


def start(home: Path, *extra: str) -> tuple[subprocess.Popen[bytes], Running]:
    """``wardgate up`` on free ports, ready; the caller ends the process."""
    log = (home / "up.log").open("wb")
    command = [sys.executable, "-m", "gateway.cli.main", "up", "--port", "0", "--admin-port", "0", "--ops-port", "0"]
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen([*command, *extra], cwd=home, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": root})
    log.close()
    path, patience = home / ".wardgate" / "run.json", time.monotonic() + READY_WITHIN
    while not path.exists():
        if process.poll() is not None or time.monotonic() > patience:
            process.kill()
            raise AssertionError((home / "up.log").read_text())
        time.sleep(0.05)
    return process, Running(**json.loads(path.read_text()), home=home)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("wardgate")
    process, facts = start(home, "--log-level", "debug")
    yield facts
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, (home / "up.log").read_text()
