"""A package named vllm that installs in a second and serves nothing but /health, for what surrounds the real one."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from model_server.vllm.environment import Environment
from model_server.vllm.pins import PinList

SERVER = '''
import http.server, os, signal, subprocess, sys, threading

def option(name):
    return sys.argv[sys.argv.index(name) + 1]

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

def stop(*_):
    print("asked to stop", flush=True)
    if "--stubborn" not in sys.argv:
        os._exit(0)

if "--fail" in sys.argv:
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
server = http.server.ThreadingHTTPServer((option("--host"), int(option("--port"))), Health)
if "--worker" in sys.argv:
    code = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); threading.Event().wait()"
    subprocess.Popen([sys.executable, "-c", code])
server.serve_forever()
'''


def wheel(folder: Path) -> Path:
    """vllm 9.9, built by hand: two folders in a zip."""
    path = folder / "vllm-9.9-py3-none-any.whl"
    files = {
        "vllm/__init__.py": '__version__ = "9.9"\n',
        "vllm/entrypoints/__init__.py": "",
        "vllm/entrypoints/openai/__init__.py": "",
        "vllm/entrypoints/openai/api_server.py": SERVER,
        "vllm-9.9.dist-info/METADATA": "Metadata-Version: 2.1\nName: vllm\nVersion: 9.9\n",
        "vllm-9.9.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["vllm-9.9.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files) + "vllm-9.9.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def pins(file: Path, *, disk: int = 0) -> PinList:
    return PinList("cpu", file, True, None, ("x86_64", "aarch64"), disk, "a second")


def environment(home: Path, lock: Path, *, disk: int = 0) -> Environment:
    return Environment(pins(lock, disk=disk), Path(sys.executable), sys.version_info[:2], home)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A finished environment with the stand-in."""
    home = tmp_path_factory.mktemp("home")
    (home / "a.lock").write_text(f"{package}\n")
    made = environment(home, home / "a.lock")
    made.ensure(lambda _: None)
    return made
