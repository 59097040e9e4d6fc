"""Starts the embedded model with the gateway in front, for a run that was given no target, and ends both with it."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from evals.loading.suite import DIRECT, GATEWAY
from evals.run.targets import Target
from gateway.errors import ConfigError

READY_WITHIN = 120.0
_PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def started(root: Path, policies: str = "", model: Path | None = None) -> Iterator[tuple[Target, ...]]:
    """``wardgate up`` on free ports in a directory of its own; gives the engine and the gateway as targets.

    Raises ConfigError when it does not start; what it said is in ``up.log`` there.
    """
    with _home(root) as home:
        command = [sys.executable, "-m", "gateway.cli.main", "up"]
        command += ["--port", "0", "--admin-port", "0", "--ops-port", "0"]
        command += ["--policies", str(Path(policies).resolve())] if policies else []
        command += ["--model", str(model.resolve())] if model else []
        facts = home / ".wardgate" / "run.json"
        facts.unlink(missing_ok=True)
        with (home / "up.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_die_with_parent, env={**os.environ, "PYTHONPATH": _search_path()},
            )
        try:
            yield _targets(process, facts, home)
        finally:
            _end(process)


def running(path: Path = Path(".wardgate/run.json")) -> tuple[Target, ...]:
    """The targets of a ``wardgate up`` that runs here; raises ConfigError when there is none."""
    try:
        found = json.loads(path.read_bytes())
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError):
        raise ConfigError("no Wardgate runs here", file=str(path), cure="start one with `wardgate up`") from None
    return _of(found)


def _of(found: dict[str, str]) -> tuple[Target, ...]:
    return (Target("direct", DIRECT, found["engine_url"], found["model"]),
            Target("gateway", GATEWAY, found["base_url"], found["model"], found["api_key"]))


def _targets(process: subprocess.Popen[bytes], facts: Path, home: Path) -> tuple[Target, ...]:
    patience = time.monotonic() + READY_WITHIN
    while True:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return _of(json.loads(facts.read_bytes()))
        if process.poll() is not None or time.monotonic() > patience:
            raise ConfigError("the embedded model and its gateway did not start", file=str(home / "up.log"),
                              cure="read why in this file, or try `wardgate up`")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)


@contextlib.contextmanager
def _home(root: Path) -> Iterator[Path]:
    """A directory below ``root`` that no other run uses; it is kept, as compiled patterns make a start quicker."""
    for number in range(1, 100):
        home = root / f"house-{number}"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (home / "lock").open("wb") as lock:
            if _locked(lock):
                yield home
                return
    raise ConfigError("a hundred evaluations run here already", file=str(root), cure="wait for some to end")


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _search_path() -> str:
    """The child works in another directory and must find the same packages."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> None:
    """On Linux the kernel ends the child when this process is killed; elsewhere only a clean stop does."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
