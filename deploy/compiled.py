"""Compiles the gateway's hot modules to C with mypyc, from the very files that are edited, tested and run as Python.

``python -m deploy.compiled [FOLDER]`` makes a copy of this checkout (``build/compiled``) whose hot modules are
extension modules beside their sources, and prints its path. What runs from there behaves the same and costs less CPU.
Compiling takes a C compiler, Python's headers, mypy and about three minutes; what was compiled is kept by a hash of the
sources in ``build/mypyc``. ``--in-place`` puts the extension modules into this checkout itself, and the library that
they share beside the packages of the environment, where an editable install looks for it: for images.

Five things mean something else to mypyc, and the sources keep away from them: ``raise … from None`` keeps the
context, which may hold a caller's text; an attribute that is a ``float`` makes one of an integer; it takes
``frozenset & keys()`` for a frozenset, which it is not; what a class made from ``threading.local`` holds is one and
the same to all threads; and a ``cached_property`` is worked out anew each time.

A module's constant that is not ``Final`` is looked up by its name wherever it is used, for each element of a
comprehension too: what every request goes through has them ``Final``. Not so tuples of floats:
mypyc unpacks them and then says that they were never set.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREE = (
    "gateway", "model_server", "evals", "policies", "benchmarks", "tests", "docs", "dashboards", "deploy", ".ci",
    ".dockerignore", ".gitignore", "pyproject.toml", "Makefile", "Dockerfile", "README.md", "ARCHITECTURE.md",
    "CONTRIBUTING.md", "THREAT_MODEL.md", "CHANGELOG.md",
)  # fmt: skip
"""What a copy of the checkout holds, as far as it is there; ``.gitignore`` names the rest."""
COMPILED = (
    "gateway/core/*.py", "gateway/wire/**/*.py", "gateway/proxy/*.py", "gateway/telemetry/metrics.py",
    "gateway/audit/record.py", "gateway/guards/leakage_about.py", "gateway/guards/leakage_forms.py",
    "gateway/guards/leakage_hints.py", "gateway/guards/leakage_look.py", "gateway/guards/leakage_numbers.py",
)  # fmt: skip
"""What every request and every token goes through."""
INTERPRETED = {
    "gateway/core/policy.py": "pydantic reads the fields of its dataclasses",
    "gateway/core/guard.py": "as core/policy.py; and it runs at start only",
    "gateway/core/breath.py": "it is there to be interpreted",
    "gateway/core/pattern.py": "patterns are kept weakly, which a compiled class cannot be",
    "gateway/core/shared.py": "as core/pattern.py",
    "gateway/proxy/aside.py": "its threads are given up by an exception that only interpreted code meets",
    "gateway/proxy/litellm_lane.py": "litellm is an extra, and its cost is not ours",
    "gateway/proxy/litellm_library.py": "as litellm_lane.py",
    "gateway/proxy/litellm_upstream.py": "as litellm_lane.py",
}
"""Modules that stay as they are, with the reason."""
_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info", "node_modules", ".env", "*.db*")


class CompileError(Exception):
    """The modules cannot be compiled; says what is missing or what the compiler said last."""


def modules(root: Path = ROOT) -> list[str]:
    """The files that are compiled, relative to ``root``. A package's ``__init__`` holds nothing worth it."""
    found = {path.relative_to(root).as_posix() for each in COMPILED for path in root.glob(each)}
    return sorted(each for each in found - INTERPRETED.keys() if not each.endswith("/__init__.py"))


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all that the result depends on: the gateway's sources, mypy's settings, the tools' versions."""
    from mypy.version import __version__ as mypy

    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["mypy"]
    seen = hashlib.sha256(f"{sys.version} {sysconfig.get_platform()} {mypy} {settings} {modules(root)}".encode())
    for path in sorted(root.glob("gateway/**/*.py")):
        data = path.read_bytes()
        seen.update(f"\0{path.relative_to(root)} {len(data)}\0".encode() + data)
    return seen.hexdigest()[:24]


def extensions(root: Path = ROOT, cache: Path | None = None) -> Path:
    """A folder that holds the extension modules of ``root`` in their packages; compiled now unless it is there.

    Raises CompileError.
    """
    folder = (cache or root / "build" / "mypyc") / fingerprint(root)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-2]:
        shutil.rmtree(old)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scratch, made = Path(name) / "sources", Path(name) / "made"
        _copy(("gateway", "pyproject.toml"), root, scratch)
        _run_mypyc(scratch, modules(scratch))
        for path in _libraries(scratch):
            target = made / path.relative_to(scratch)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        made.rename(folder)
    return folder


def tree(target: Path, root: Path = ROOT) -> Path:
    """Make ``target`` a copy of ``root`` with its extension modules; what was there is gone. Raises CompileError."""
    made = extensions(root)
    shutil.rmtree(target, ignore_errors=True)
    _copy(TREE, root, target)
    shutil.copytree(made, target, dirs_exist_ok=True)
    _check_loaded(target, modules(root))
    return target


def in_place(root: Path = ROOT, packages: Path | None = None) -> None:
    """Put the extension modules into ``root``, and what they share into ``packages`` too. Raises CompileError."""
    made = extensions(root)
    shutil.copytree(made, root, dirs_exist_ok=True)
    beside = packages or Path(sysconfig.get_path("platlib"))
    for library in made.glob(f"*{_SUFFIX}"):
        shutil.copy2(library, beside)
    _check_loaded(root, modules(root))


def _check_loaded(folder: Path, names: list[str]) -> None:
    """That Python takes the extension modules in ``folder``, not the sources beside them. Raises CompileError."""
    code = ("import importlib, sys\nfor name in sys.argv[2:]:\n    file = importlib.import_module(name).__file__\n"
            "    assert file.startswith(sys.argv[1]) and file.endswith('.so'), f'{name} is {file}'")  # fmt: skip
    dotted = [name.removesuffix(".py").replace("/", ".") for name in names]
    done = subprocess.run([sys.executable, "-c", code, str(folder.resolve()), *dotted], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
    if done.returncode:
        raise CompileError(f"what was compiled is not what is imported:\n{done.stdout[-2000:]}")


def _copy(names: Iterable[str], root: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for name in names:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name, ignore=_IGNORED)
        elif (root / name).exists():
            shutil.copy2(root / name, target / name)


def _libraries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(f"*{_SUFFIX}") if path.relative_to(folder).parts[0] != "build"]


def _run_mypyc(folder: Path, names: list[str]) -> None:
    """Compile ``names`` in ``folder``, in a process of its own: mypyc works in the current directory."""
    code = "import sys; from deploy.compiled import build; build(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1]), "MYPYPATH": ""}
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
    if done.returncode:
        raise CompileError(f"mypyc failed:\n{done.stdout[-4000:]}")


def build(names: list[str]) -> None:
    """Compile ``names`` where they are, relative to the current directory; what ``_run_mypyc`` runs."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    made = mypycify(names, opt_level="3", debug_level="0")
    command = Distribution({"name": "wardgate", "ext_modules": made}).get_command_obj("build_ext")
    command.inplace = True
    command.ensure_finalized()
    command.run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "compiled")
    parser.add_argument("--in-place", action="store_true", help="into this checkout, not into a copy")
    options = parser.parse_args()
    try:
        if options.in_place:
            in_place()
        else:
            tree(options.folder)
    except (CompileError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{ROOT if options.in_place else options.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
