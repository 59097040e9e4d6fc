"""Starts a built root as the compose file starts its containers, and asks it what a caller would ask.

Called by check_dockerfile.py inside namespaces of its own: no network but loopback, no process but these.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.dockerfile import Image

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
_CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"  # not by the image's PATH
_KEYS = re.compile(r"\$\{(\w+):\?[^}]*\}")
HARMLESS = "How many days of paid annual leave do full-time employees get?"
CONFIDENTIAL = "What is Ines Okafor's annual salary?"


def service(name: str) -> dict[str, Any]:
    """A service of the compose file, its secrets set to their own names."""
    text = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(_KEYS.sub(r"secret-\1", text))["services"][name]
    return found


@dataclass(slots=True)
class Container:
    """What a container runtime would set up around a root, as far as the compose file asks for it."""

    root: Path
    image: Image
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self) -> None:
        """Loopback up, the root read-only, only the volume and /tmp writable."""
        with socket.socket() as any_socket:
            up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
            fcntl.ioctl(any_socket, 0x8914, up)
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost vllm\n")
        root = str(self.root)
        mount("--make-rprivate", "/")
        mount("--bind", root, root)
        mount("-o", "remount,bind,ro", root)
        mount("-t", "proc", "proc", f"{root}/proc")
        mount("-t", "tmpfs", "tmpfs", f"{root}/tmp")
        user, _, group = self.image.user.partition(":")
        mount("-t", "tmpfs", "-o", f"uid={user},gid={group},mode=755", "tmpfs", f"{root}{self.image.workdir}")

    def start(self, command: tuple[str, ...], env: dict[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self._command(command), env={**self.image.env, **env}, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def healthy(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until the image's own health check succeeds."""
        end = time.monotonic() + PATIENCE
        probe = self._command(self.image.health)
        while subprocess.run(probe, env=self.image.env, capture_output=True, check=False).returncode:
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("run_image: the image did not become healthy")
            time.sleep(0.2)

    def user_of(self, process: subprocess.Popen[bytes]) -> str:
        status = (self.root / "proc" / str(process.pid) / "status").read_text()
        return ":".join(re.findall(r"^[UG]id:\t(\d+)", status, re.MULTILINE))

    def _command(self, command: tuple[str, ...]) -> list[str]:
        return [_CHROOT, f"--userspec={self.image.user}", "--groups=", str(self.root), "/bin/sh", "-c",
                'cd "$0" && exec setpriv --no-new-privs --bounding-set=-all "$@"', self.image.workdir, *command]

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def mount(*arguments: str) -> None:
    if subprocess.run(["mount", *arguments], check=False).returncode:
        raise SystemExit(f"run_image: mount {' '.join(arguments)} failed")


def ask(text: str, *, stream: bool, key: str) -> list[Any]:
    """The answer's body, or the events of its stream, as parsed JSON."""
    body = {"model": "handbook", "stream": stream, "messages": [{"role": "user", "content": text}]}
    asked = urllib.request.Request(
        "http://127.0.0.1:4000/v1/chat/completions", json.dumps(body).encode(),
        {"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:
            said = reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return [json.loads(error.read())]
    if not stream:
        return [json.loads(said)]
    return [json.loads(part[6:]) for part in said.split(b"\n\n") if part.startswith(b"data: {")]


def answered(key: str) -> tuple[str, str]:
    """The text of the harmless question's stream, and why the confidential one's answer ended."""
    events = ask(HARMLESS, stream=True, key=key)
    text = "".join(each["choices"][0]["delta"].get("content") or "" for each in events if each.get("choices"))
    said = ask(CONFIDENTIAL, stream=False, key=key)[0]
    return text, said["choices"][0]["finish_reason"]


def check(what: str, holds: bool) -> bool:
    sys.stdout.write(f"{'ok' if holds else 'FAILED'}: {what}\n")
    sys.stdout.flush()
    return holds


def proved(container: Container) -> bool:
    """Starts model and gateway and says of each promise whether it holds."""
    container.prepare()
    gateway, model = service("gateway"), service("embedded")
    env = {name: str(value) for name, value in gateway["environment"].items()}
    container.start(tuple(model["command"]), {})
    process = container.start(container.image.command, env)
    container.healthy(process)
    text, ended = answered(env["WARDGATE_KEY"])
    ports = listening(container.root) - {int(model["command"][model["command"].index("--port") + 1])}
    user = container.image.user if not container.image.user.startswith("0") else "not root"
    audit = Path(f"{container.root}{container.image.workdir}") / "audit.db"
    promises: list[tuple[str, Callable[[], bool]]] = [
        ("the gateway runs as the image's user, not as root", lambda: container.user_of(process) == user),
        (f"a harmless question is answered as a stream ({len(text)} characters)", lambda: len(text) > 10),
        ("an answer with a salary is cut", lambda: ended == "content_filter"),
        ("a wrong key gets no answer", lambda: "error" in ask(HARMLESS, stream=False, key="wrong")[0]),
        ("the root is read-only", lambda: not writable(container.root / "app" / "x")),
        ("the audit is in the volume", audit.exists),
        ("what the gateway listens on is what is exposed", lambda: ports == set(container.image.ports)),
        ("SIGTERM ends it with 0", lambda: ends(process)),
    ]
    results = [check(what, holds()) for what, holds in promises]
    sys.stdout.write(f"{sum(results)} passed, {len(results) - sum(results)} failed\n")
    return all(results)


def listening(root: Path) -> set[int]:
    """The ports with a listener in this network."""
    rows = (root / "proc" / "net" / "tcp").read_text().splitlines()[1:]
    return {int(row.split()[1].rpartition(":")[2], 16) for row in rows if row.split()[3] == "0A"}


def writable(path: Path) -> bool:
    try:
        path.write_text("")
    except OSError:
        return False
    return True


def ends(process: subprocess.Popen[bytes]) -> bool:
    process.send_signal(signal.SIGTERM)
    return process.wait(40) == 0


def main(root: Path, image: Path) -> int:
    known = json.loads(image.read_text("utf-8"))
    container = Container(root, Image(**{**known, "command": tuple(known["command"]), "health": tuple(known["health"]),
                                         "ports": tuple(known["ports"])}))
    try:
        return 0 if proved(container) else 1
    finally:
        container.stop()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
