"""vLLM's environment: made once, never half, with a reason when it cannot be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from model_server.vllm.environment import Environment, _cause, home
from model_server.vllm.errors import CannotInstall
from tests.model_server.vllm.conftest import environment

ROOT = Path(__file__).parents[3]
INSTALL = """
import sys
from pathlib import Path
from tests.model_server.vllm.conftest import environment
environment(Path(sys.argv[1]), Path(sys.argv[2])).ensure(lambda line: print(line, flush=True))
"""


def installer(folder: Path, lock: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", INSTALL, str(folder), str(lock)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_finished_environment_is_used_again(installed: Environment) -> None:
    said: list[str] = []
    assert installed.finished()
    assert installed.ensure(said.append) == installed.python
    assert said == []
    done = subprocess.run([installed.python, "-P", "-c", "import vllm; print(vllm.__version__)"], capture_output=True, text=True)
    assert done.stdout == "9.9\n"


def test_other_pins_or_another_python_are_another_environment(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "b.lock").write_text("# other\n")
    other = environment(installed.home, tmp_path / "b.lock")
    older = Environment(installed.pins, installed.base, (3, 2), installed.home)
    assert len({installed.directory, other.directory, older.directory}) == 3
    assert not other.finished()
    assert not older.finished()


def test_a_killed_installation_is_no_environment_and_the_next_one_is(tmp_path: Path, package: Path) -> None:
    """pip waits at a pipe in the middle of its list; there the installer is killed, and two others want the same."""
    lock, pipe = tmp_path / "a.lock", tmp_path / "pipe"
    os.mkfifo(pipe)
    lock.write_text(f"{package}\n-r {pipe}\n")
    first = installer(tmp_path, lock)
    with pipe.open("w"):  # opens when pip reads
        made = environment(tmp_path, lock)
        assert made.python.exists()
        assert not made.finished()
        waiting = installer(tmp_path, lock)
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "another process is installing vLLM; waiting for it\n"
        pipe.unlink()
        pipe.write_text("")  # for the next one
        first.send_signal(signal.SIGKILL)
        assert first.wait(10) == -signal.SIGKILL
        assert not made.finished()
    out, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, out
    assert out.splitlines()[0].startswith("installing vLLM in ")
    assert made.finished()
    (made.directory / "bin" / "python").unlink()
    assert not made.finished()  # its Python has been removed
    if first.stdout:
        first.stdout.close()


def refused(made: Environment) -> str:
    with pytest.raises(CannotInstall) as caught:
        made.ensure(lambda _: None)
    assert not made.finished()
    return str(caught.value)


def test_no_space_is_said_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("")
    message = refused(environment(tmp_path, tmp_path / "a.lock", disk=10**18))
    assert message.startswith(f"vLLM needs 1000000000.0 GB in {tmp_path}, ")
    assert "WARDGATE_VLLM_HOME" in message


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("INDEX_URL", "http://127.0.0.1:9/simple"), ("RETRIES", "1"), ("CONFIG_FILE", os.devnull)):
        monkeypatch.setenv(f"PIP_{name}", value)
    (tmp_path / "a.lock").write_text("wardgate-stands-on-no-index==1\n")
    made = environment(tmp_path, tmp_path / "a.lock")
    message = refused(made)
    assert message.startswith("could not install the packages: the package index cannot be reached; ")
    assert str(made.log) in message


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("")
    (tmp_path / "file").write_text("")
    message = refused(environment(tmp_path / "file" / "home", tmp_path / "a.lock"))
    assert "Not a directory" in message
    assert "WARDGATE_VLLM_HOME" in message


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "no space left on the disk"),
        ("Error: ensurepip is not available", "apt-get install python3-venv"),
        ("WARNING: Retrying: Temporary failure in name resolution\nERROR: No matching distribution found for x", "cannot be reached"),
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", "CPU builds in an index of its own"),
        ("ERROR: a thing went wrong\nWARNING: a location is ignored\n", "a thing went wrong"),
        ("ImportError: libfoo.so: cannot open shared object file\n\n", "libfoo.so"),
        ("", "it said nothing"),
    ],
)
def test_causes_are_read_from_what_the_tool_said(said: str, cause: str) -> None:
    assert cause in _cause(said)


def test_where_environments_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WARDGATE_VLLM_HOME", raising=False)
    assert home() == tmp_path / ".wardgate"
    monkeypatch.setenv("WARDGATE_VLLM_HOME", "elsewhere")
    assert home() == tmp_path / "elsewhere"
