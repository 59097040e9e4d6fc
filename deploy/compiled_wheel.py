"""The wheel with the hot modules compiled, where that can be done; elsewhere the one that any Python installs.

``python -m deploy.compiled_wheel [FOLDER]`` puts one wheel into FOLDER (``dist``) and prints its path. With a C
compiler and mypy it is for this Python and this platform and holds the extension modules beside their sources;
without, it is the plain wheel, and what was missing is said.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from deploy.compiled import ROOT, CompileError, extensions


def tag() -> str:
    """What a wheel's name says of the Python and the platform that it is for."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def with_extensions(plain: Path, made: Path, folder: Path) -> Path:
    """A copy of the wheel ``plain`` in ``folder`` that holds the files below ``made`` too. Raises CompileError."""
    name, version, *_ = plain.name.split("-")
    target = folder / f"{name}-{version}-{tag()}.whl"
    added = sorted(path for path in made.rglob("*") if path.is_file())
    if not added:
        raise CompileError("nothing was compiled")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        record: list[str] = []
        place = ""
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith(".dist-info/RECORD"):
                place = item.filename
                continue
            if item.filename.endswith(".dist-info/WHEEL"):
                data = _marked(data.decode()).encode()
            _add(new, record, item.filename, data)
        for path in added:
            _add(new, record, path.relative_to(made).as_posix(), path.read_bytes())
        new.writestr(place, "".join(f"{line}\n" for line in [*record, f"{place},,"]))
    return target


def _marked(said: str) -> str:
    """The wheel's own description, for this platform."""
    lines = [line for line in said.splitlines() if line and not line.startswith(("Tag:", "Root-Is-Purelib:"))]
    return "\n".join([*lines, "Root-Is-Purelib: false", f"Tag: {tag()}", ""])


def _add(wheel: zipfile.ZipFile, record: list[str], name: str, data: bytes) -> None:
    wheel.writestr(name, data)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record.append(f"{name},sha256={digest},{len(data)}")


def build(folder: Path, root: Path = ROOT) -> Path:
    """One wheel of ``root`` in ``folder``, compiled where that can be done. Raises CompileError when pip fails."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", name, str(root)]
        if subprocess.run(command, check=False).returncode:
            raise CompileError("pip could not build the wheel")
        (plain,) = Path(name).glob("*.whl")
        try:
            return with_extensions(plain, extensions(root), folder)
        except (CompileError, ImportError) as error:
            sys.stderr.write(f"not compiled, so it runs as Python: {error}\n")
            target = folder / plain.name
            target.write_bytes(plain.read_bytes())
            return target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    try:
        sys.stdout.write(f"{build(parser.parse_args().folder)}\n")
    except CompileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
