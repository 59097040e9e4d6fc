"""CONTRIBUTING.md followed to the letter: its guard and its table, put into a copy of the tree, pass by themselves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _blocks() -> tuple[str, str]:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    guard = next(block for block in blocks if "@guard(" in block)
    table = next(block for block in blocks if "guard_table(" in block)
    return guard, table


def _copy(home: Path) -> None:
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "gateway", home / "gateway", ignore=skip)
    shutil.copytree(ROOT / "tests" / "gateway" / "guards", home / "tests" / "gateway" / "guards", ignore=skip)
    for folder in (home / "tests", home / "tests" / "gateway"):
        (folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", home)


def _run(home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/gateway/guards/test_ticket.py"]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(home)})


def test_a_guard_is_one_file_and_one_table(tmp_path: Path) -> None:
    guard, table = _blocks()
    _copy(tmp_path)
    (tmp_path / "gateway" / "guards" / "ticket.py").write_text(guard)
    (tmp_path / "tests" / "gateway" / "guards" / "test_ticket.py").write_text(table)
    done = _run(tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b20 passed", done.stdout), done.stdout[-500:]  # 4 rows, 5 checks each


def test_the_free_checks_find_a_guard_that_is_wrong(tmp_path: Path) -> None:
    guard, table = _blocks()
    _copy(tmp_path)
    careless = guard.replace(r"\bTCK-\d{6}\b", r"TCK-\d{6}")  # without its end, a longer number is cut short
    assert careless != guard
    (tmp_path / "gateway" / "guards" / "ticket.py").write_text(careless)
    (tmp_path / "tests" / "gateway" / "guards" / "test_ticket.py").write_text(table)
    assert _run(tmp_path).returncode == 1
