"""vLLM's own virtual environment, made once per pin list and never taken for finished when it is not.

A mark written last, in one rename, is what makes an environment count. One process installs at a time; whoever comes
meanwhile waits and finds the work done.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model_server.vllm.children import die_with_parent
from model_server.vllm.errors import CannotInstall
from model_server.vllm.pins import PinList

HOME_VARIABLE = "WARDGATE_VLLM_HOME"
NO_SPACE = f"no space left on the disk; make room, or set {HOME_VARIABLE} or TMPDIR to a directory with space"
FULL = 16 * 1024 * 1024  # bytes free
NO_NETWORK = (
    "Temporary failure in name resolution", "Name or service not known", "Failed to establish a new connection",
    "Network is unreachable", "Connection refused", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError",
    "Failed to resolve",
)  # fmt: skip


def home() -> Path:
    """Where environments lie: WARDGATE_VLLM_HOME, or .wardgate in the working directory."""
    return Path(os.environ.get(HOME_VARIABLE) or ".wardgate").absolute()


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment of one pin list for one Python; `say` gets a line now and then while it is made."""

    pins: PinList
    base: Path
    version: tuple[int, int]
    home: Path

    @property
    def directory(self) -> Path:
        return self.home / f"vllm-{self.pins.digest(self.version)}"

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def log(self) -> Path:
        return self.home / f"{self.directory.name}.log"

    @property
    def mark(self) -> Path:
        return self.directory / "installed.json"

    def finished(self) -> bool:
        """Whether the mark is there and the interpreter still is (its base may have been removed since)."""
        return self.mark.is_file() and self.python.exists()

    def ensure(self, say: Callable[[str], None]) -> Path:
        """The interpreter of a finished environment, made now if need be. Raises CannotInstall."""
        if self.finished():
            return self.python
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with self._alone(say) as lock:
                if not self.finished():
                    self._make(lock, say)
        except OSError as error:
            raise CannotInstall(
                f"cannot write vLLM's environment in {self.home}: {error.strerror}; set {HOME_VARIABLE} to a "
                "directory with space"
            ) from error
        return self.python

    @contextlib.contextmanager
    def _alone(self, say: Callable[[str], None]) -> Iterator[int]:
        with (self.home / f"{self.directory.name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another process is installing vLLM; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()

    def _make(self, lock: int, say: Callable[[str], None]) -> None:
        self.mark.unlink(missing_ok=True)  # first: removing the rest may be cut off too
        if self.directory.exists():
            shutil.rmtree(self.directory)  # what an interrupted installation left
        free = shutil.disk_usage(self.home).free
        if free < self.pins.disk:
            raise CannotInstall(
                f"vLLM needs {_gigabytes(self.pins.disk)} in {self.home}, {_gigabytes(free)} are free; "
                f"make room or set {HOME_VARIABLE} to a directory with space"
            )
        say(f"installing vLLM in {self.directory} (once: {self.pins.about}) …")
        began = time.monotonic()
        self.log.write_text("", encoding="utf-8")
        self._run(lock, "make a virtual environment", [str(self.base), "-m", "venv", str(self.directory)])
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
        pip += ["--no-deps"] if self.pins.complete else []
        self._run(lock, "install the packages", [*pip, "-r", str(self.pins.file)])
        version = (
            self._run(lock, "import vLLM", [str(self.python), "-P", "-c", self.pins.check]).splitlines()[-1].strip()
        )
        self._finish(version)
        say(f"installed vLLM {version} in {time.monotonic() - began:.0f} s")

    def _finish(self, version: str) -> None:
        partial = self.mark.with_suffix(".tmp")
        facts = {"vllm": version, "python": ".".join(map(str, self.version)), "pins": self.pins.file.name}
        partial.write_text(json.dumps(facts) + "\n", encoding="utf-8")
        partial.replace(self.mark)

    def _run(self, lock: int, what: str, command: list[str]) -> str:
        """Runs one step into the log and gives back what it said; a failure is told by its cause.

        The step holds the lock too: should this process be killed, nobody starts anew before the step has ended.
        """
        # PYTHONPATH and PYTHONHOME are this program's: inside the environment they would shadow its packages.
        environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        begin = self.log.stat().st_size
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603  # our own interpreters and modules
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, pass_fds=(lock,), check=False,
                preexec_fn=die_with_parent(),
            )  # fmt: skip
        said = self.log.read_bytes()[begin:].decode("utf-8", "replace")
        if done.returncode != 0:
            full = shutil.disk_usage(self.home).free < FULL  # then not even the log has it all
            raise CannotInstall(f"could not {what}: {NO_SPACE if full else _cause(said)} (all of it: {self.log})")
        return said


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _cause(said: str) -> str:
    """What went wrong, from the tool's own output, with the cure where it is known."""
    if "No space left on device" in said:
        return NO_SPACE
    if any(sign in said for sign in NO_NETWORK):
        return "the package index cannot be reached; check the network and pip's settings (pip config list)"
    if "ensurepip is not available" in said:
        return "this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("WARNING")]
    errors = [line for line in lines if "error" in line.lower()]
    line = (errors or lines or ["it said nothing"])[-1]
    if "No matching distribution found for torch" in line:
        return (
            f"{line.removeprefix('ERROR: ')}; PyTorch publishes its CPU builds in an index of its own: name it to pip "
            "(PIP_EXTRA_INDEX_URL)"
        )
    return line.removeprefix("ERROR: ")
