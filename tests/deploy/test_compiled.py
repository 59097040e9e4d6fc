"""What is compiled is what is edited: a small tree is compiled for real, run, and compiled anew only after a change."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.compiled import INTERPRETED, ROOT, CompileError, extensions, fingerprint, modules, tree

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="compiling takes a C compiler")
SOURCE = '"""Doubles."""\n\n\ndef double(number: int) -> int:\n    return 2 * number\n'


def _tree(folder: Path, source: str = SOURCE) -> Path:
    (folder / "gateway/core").mkdir(parents=True)
    for name in ("gateway/__init__.py", "gateway/core/__init__.py"):
        (folder / name).write_text('"""A package."""\n')
    (folder / "gateway/core/double.py").write_text(source)
    (folder / "pyproject.toml").write_text("[tool.mypy]\nstrict = true\n")
    return folder


def test_every_hot_room_is_compiled_and_each_exception_has_its_file() -> None:
    names = modules()
    for name in ("core/scan", "core/stream", "wire/chat/answer", "proxy/relay", "proxy/connection", "guards/leakage_look"):
        assert f"gateway/{name}.py" in names
    for name in INTERPRETED:
        assert (ROOT / name).is_file()
        assert name not in names


def test_no_error_of_the_wire_relies_on_from_none() -> None:
    """Compiled, it does not hide the context, and a parser's error holds the text that could not be read."""
    for name in modules():
        if name.startswith("gateway/wire/"):
            for node in ast.walk(ast.parse((ROOT / name).read_text())):
                hides = isinstance(node, ast.Raise) and isinstance(node.cause, ast.Constant)
                assert not hides, f"{name}:{getattr(node, 'lineno', 0)}"


def test_any_change_of_a_source_is_another_fingerprint(tmp_path: Path) -> None:
    root = _tree(tmp_path / "a")
    before = fingerprint(root)
    assert before == fingerprint(_tree(tmp_path / "b"))
    (root / "gateway/core/double.py").write_text(SOURCE.replace("2", "3"))
    assert fingerprint(root) != before


@needs_compiler
def test_a_tree_is_compiled_once_and_runs(tmp_path: Path) -> None:
    root = _tree(tmp_path / "sources")
    made = tree(tmp_path / "out", root)
    code = "import gateway.core.double as m; print(m.double(21), m.__file__)"
    said = subprocess.run([sys.executable, "-c", code], cwd=made, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"42 {made}")
    assert said.strip().endswith(".so")
    stamp = extensions(root).stat().st_mtime_ns
    tree(tmp_path / "out", root)
    assert extensions(root).stat().st_mtime_ns == stamp
    assert len(list((root / "build/mypyc").iterdir())) == 1


@needs_compiler
def test_what_mypyc_says_is_told(tmp_path: Path) -> None:
    root = _tree(tmp_path / "sources", SOURCE.replace("2 * number", '"two"'))
    with pytest.raises(CompileError, match=r"double\.py:5: error"):
        tree(tmp_path / "out", root)
    assert not (tmp_path / "out").exists()
