"""House rules that no linter knows: sizes of files, and that no path of somebody's machine is left in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST = 500


def _tracked(pattern: str) -> list[Path]:
    out = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


SOURCES = _tracked("*.py")


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 50


def test_every_file_stays_readable() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}, "too many lines: split them"


def test_every_file_says_why_it_exists() -> None:
    silent = [str(path.relative_to(ROOT)) for path in SOURCES
              if path.name != "__init__.py" and not path.read_text().lstrip().startswith(('"""', "#!"))]  # fmt: skip
    assert silent == [], "begin with a docstring that says why the file exists"


def test_the_repository_stays_small() -> None:
    heavy = {path: path.stat().st_size for path in _tracked("*") if path.stat().st_size > 30_000_000}
    assert not heavy
