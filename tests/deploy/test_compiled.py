"""What is compiled is what is edited: a small tree is compiled for real, run, and compiled anew only after a change."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.compiled import INTERPRETED, ROOT, CompileError, extensions, fingerprint, in_place, modules, tree
from deploy.compiled_wheel import tag, with_extensions

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="compiling takes a C compiler")
SOURCE = '"""Doubles."""\n\n\ndef double(number: int) -> int:\n    return 2 * number\n'


def _tree(folder: Path, source: str = SOURCE) -> Path:
    (folder / "gateway/core").mkdir(parents=True)
    for name in ("gateway/__init__.py", "gateway/core/__init__.py"):
        (folder / name).write_text('"""A package."""\n')
    (folder / "gateway/core/double.py").write_text(source)
    (folder / "pyproject.toml").write_text("[tool.mypy]\nstrict = true\n")
    return folder


def _two(folder: Path) -> Path:
    """A tree of two modules: those have a library that they share."""
    root = _tree(folder)
    (root / "gateway/core/half.py").write_text(SOURCE.replace("double", "half").replace("2 * number", "number // 2"))
    return root


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


def test_no_compiled_class_is_made_from_one_that_threads_share() -> None:
    """Compiled, what a ``threading.local`` holds is one and the same to all threads, where it does not crash."""
    for name in modules():
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
            assert not {"local", "threading.local"} & {*bases}, f"{name}:{getattr(node, 'lineno', 0)}"


def test_nothing_compiled_is_a_cached_property() -> None:
    """Compiled, it is a property: what a whole vocabulary is worked through for once would be with every word."""
    for name in modules():
        tree_of = ast.walk(ast.parse((ROOT / name).read_text()))
        assert not any(isinstance(node, ast.Name) and node.id == "cached_property" for node in tree_of), name


def test_no_final_is_a_tuple_of_floats() -> None:
    """Compiled, whoever uses it is told that it was never set."""
    for name in modules():
        for node in ast.parse((ROOT / name).read_text()).body:
            if isinstance(node, ast.AnnAssign) and "Final" in ast.unparse(node.annotation):
                value = node.value.elts if isinstance(node.value, ast.Tuple) else []
                floats = [each for each in value if isinstance(each, ast.Constant) and type(each.value) is float]
                assert not floats, f"{name}:{node.lineno}"


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


@needs_compiler
def test_a_checkout_is_compiled_in_place_for_an_editable_install(tmp_path: Path) -> None:
    """Such an install finds the packages of the checkout, and beside them only what lies in the environment."""
    root = _two(tmp_path / "sources")
    packages = tmp_path / "packages"
    packages.mkdir()
    in_place(root, packages)
    assert list(packages.glob("*__mypyc*"))
    code = "import gateway.core.double as m; print(m.double(21), m.__file__)"
    (packages / "gateway").symlink_to(root / "gateway")  # what the install's finder does
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(packages)}).stdout
    assert said.startswith("42 ")
    assert said.strip().endswith(".so")


@needs_compiler
def test_a_wheel_holds_what_was_compiled(tmp_path: Path) -> None:
    root = _two(tmp_path / "sources")
    plain = tmp_path / "double-1.0-py3-none-any.whl"
    with zipfile.ZipFile(plain, "w") as wheel:
        for name in ("gateway/__init__.py", "gateway/core/__init__.py", "gateway/core/double.py"):
            wheel.writestr(name, (root / name).read_text())
        wheel.writestr("double-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: double\nVersion: 1.0\n")
        wheel.writestr("double-1.0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("double-1.0.dist-info/RECORD", "")
    made = with_extensions(plain, extensions(root), tmp_path / "dist")
    assert made.name == f"double-1.0-{tag()}.whl"
    target = tmp_path / "installed"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target),
                    str(made)], check=True)
    code = "import gateway.core.double as m; print(m.double(21), m.__file__)"
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(target)}).stdout
    assert said.startswith(f"42 {target}")
    assert said.strip().endswith(".so")
