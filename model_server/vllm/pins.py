"""Which packages make a vLLM: one pin list for CPUs, one for NVIDIA GPUs, each with the machine it was made for."""

from __future__ import annotations

import ctypes
import hashlib
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from model_server.vllm.errors import CannotInstall

HERE = Path(__file__).parent
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class PinList:
    """A requirements file. `complete`: it names every package, so pip must not look for dependencies.

    `python`: the only version it fits, or None. `machines`: as `platform.machine()` names them. `disk` in bytes, for
    the environment and pip's unpacked downloads. `library`: a shared library that the packages do not bring along.
    `check`: Python that fails unless the environment is sound, and prints vLLM's version last.
    """

    device: str
    file: Path
    complete: bool
    python: tuple[int, int] | None
    machines: tuple[str, ...]
    disk: int
    about: str
    library: str | None = None
    check: str = "import vllm; print(vllm.__version__)"

    def digest(self, python: tuple[int, int]) -> str:
        """Twelve hex digits that change with the pins and with the Python they are installed for."""
        told = f"{self.device} {python[0]}.{python[1]}\n".encode() + self.file.read_bytes()
        return hashlib.sha256(told).hexdigest()[:12]


CPU = PinList(
    device="cpu",
    file=HERE / "cpu.lock",
    complete=True,
    python=(3, 11),
    machines=("x86_64",),
    disk=4 * GIB,
    about="2.5 GB, about 4 minutes",
    library="libnuma.so.1",
)
GPU = PinList(
    device="gpu",
    file=HERE / "gpu.lock",
    complete=False,
    python=None,
    machines=("x86_64", "aarch64"),
    disk=16 * GIB,
    about="about 10 GB",
    # Where pip is offered a CPU build of the same release of torch, it takes that one.
    check="import torch, vllm; torch.version.cuda or exit('error: pip chose a build of torch without CUDA; leave the "
    "index or folder of CPU builds out of its settings'); print(vllm.__version__)",
)


def choose(device: str) -> PinList:
    """The pin list of `cpu`, `gpu` or `auto`: a GPU where the driver's own tool lists one."""
    if device == "auto":
        return GPU if has_gpu() else CPU
    return GPU if device == "gpu" else CPU


def has_gpu() -> bool:
    """Whether nvidia-smi lists a GPU; the driver answers for itself, so no CUDA library is loaded here."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        done = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "GPU " in done.stdout


def interpreter(pins: PinList, wanted: Path | None) -> tuple[Path, tuple[int, int]]:
    """The Python that the environment is made with, and its version: `wanted`, this one, or the one on PATH that fits.

    Raises CannotInstall when none fits.
    """
    here = sys.version_info[:2]
    if wanted is not None:
        version = _version(wanted)
        if version is None:
            raise CannotInstall(f"--python {wanted} is no Python that runs; name an interpreter's path")
        if pins.python not in (None, version):
            raise CannotInstall(_misfit(pins, f"{wanted} is Python {_dotted(version)}"))
        return wanted, version
    if pins.python in (None, here):
        return Path(sys.executable), here
    assert pins.python is not None  # noqa: S101  # narrows the type; the line above has returned otherwise
    found = shutil.which(f"python{_dotted(pins.python)}")
    if found is None or _version(Path(found)) != pins.python:
        raise CannotInstall(_misfit(pins, f"this is Python {_dotted(here)} and there is no other on PATH"))
    return Path(found), pins.python


def _misfit(pins: PinList, found: str) -> str:
    wanted = _dotted(pins.python or (0, 0))
    return (
        f"vLLM's pin list for the {pins.device} ({pins.file.name}) was made for Python {wanted}, {found}; "
        f"install Python {wanted} with its venv module and name it with --python"
    )


def _version(python: Path) -> tuple[int, int] | None:
    """None for what does not run, as a version manager's shim of a version that is not active."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
        major, minor = map(int, done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return major, minor


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def check_machine(pins: PinList) -> None:
    """Raises CannotInstall for another system, another processor, or a missing library of the system."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in pins.machines:
        wanted = " or ".join(pins.machines)
        raise CannotInstall(
            f"vLLM's pin list for the {pins.device} was made for Linux on {wanted}, this is {system} on {machine}; "
            "serve there, or use --engine embedded"
        )
    if pins.library is not None and not has_library(pins.library):
        raise CannotInstall(
            f"vLLM needs {pins.library}, which this system lacks; on Debian and Ubuntu: apt-get install libnuma1"
        )


def has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
