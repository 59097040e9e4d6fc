"""House rules that no linter knows: sizes of files, and that no path of somebody's machine is left in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 500


def _tracked(pattern: str) -> list[Path]:
    out = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


SOURCES = _tracked("*.py")


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_readable(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= LONGEST, f"{lines} lines: split it"


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "__init__.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_why_it_exists(path: Path) -> None:
    assert path.read_text().lstrip().startswith(('"""', "#!")), "begin with a docstring that says why the file exists"


def test_the_repository_stays_small() -> None:
    heavy = {path: path.stat().st_size for path in _tracked("*") if path.stat().st_size > 30_000_000}
    assert not heavy
