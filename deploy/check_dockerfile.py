"""Builds the Dockerfile's image without Docker and proves that it answers: `make test-docker`, as root on Linux.

A base image is a fresh Debian from debootstrap. Every step of the real Dockerfile runs in a chroot there; nothing of
this machine goes in but the context that .dockerignore allows, and the network's own configuration (resolver,
certificates), as a Docker daemon lends it. Then the image's own command and the compose file's model server start as
the image's user, on a read-only root, in a network of their own, and a chat request must be answered.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from deploy.dockerfile import DockerfileError, Ignore, Image, Stage, Step, configured, expanded, parse

ROOT = Path(__file__).resolve().parents[1]
BASES = {"debian:bookworm-slim": "bookworm"}
"""Base images and the Debian that each one is."""
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_LENT = "/.lent-certificates.crt"
_PLAIN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
_FRONTEND = {"PIP_CERT": _LENT, "SSL_CERT_FILE": _LENT}


@dataclass(slots=True)
class Built:
    """A stage's root and what a container of it is started with."""

    root: Path
    image: Image


class Builder:
    """Builds the stages of one Dockerfile below ``work``."""

    def __init__(self, work: Path, context: Path) -> None:
        self.work, self.context = work, context
        self.ignore = Ignore.parse((context / ".dockerignore").read_text("utf-8"))
        self.stages: dict[str, Built] = {}

    def build(self, stages: tuple[Stage, ...]) -> Built:
        """The last stage, built."""
        built: Built | None = None
        for number, stage in enumerate(stages):
            built = Built(self.work / f"stage{number}", Image())
            say(f"FROM {stage.base}")
            self._base(stage.base, built.root)
            arguments: dict[str, str] = {}
            for step in stage.steps:
                say(f"{step.name} {' '.join(step.words)}")
                self._carry_out(step, built, arguments)
            self.stages[stage.name or str(number)] = built
        if built is None:
            raise DockerfileError("holds no stage")
        return built

    def _base(self, base: str, root: Path) -> None:
        if base not in BASES:
            raise DockerfileError(f"{base} is not a base that this check can make; known: {', '.join(BASES)}")
        fresh = self.work / base.replace(":", "-")
        if not fresh.exists():
            run("debootstrap", "--variant=minbase", BASES[base], str(fresh), mirror())
            shutil.copy(mirror_sources(fresh, BASES[base]), fresh / "etc/apt/sources.list")
        run("cp", "-a", str(fresh), str(root))

    def _carry_out(self, step: Step, built: Built, arguments: dict[str, str]) -> None:
        if step.name == "RUN":
            command = ("/bin/sh", "-c", step.words[0]) if step.shell else step.words
            self._run(built, command, arguments)
        elif step.name == "COPY":
            self._copy(step, built)
        elif step.name == "ARG":
            name, _, default = step.words[0].partition("=")
            arguments[name] = default
        else:
            built.image = configured(built.image, step)
            if step.name == "WORKDIR":
                (built.root / built.image.workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _run(self, built: Built, command: tuple[str, ...], arguments: dict[str, str]) -> None:
        with lent(built.root):
            inside(built, command, {**_PLAIN, **_FRONTEND, **arguments, **built.image.env})

    def _copy(self, step: Step, built: Built) -> None:
        *sources, target = (expanded(word, built.image.env) for word in step.words)
        place = PurePosixPath(built.image.workdir) / target
        into = built.root / str(place).lstrip("/")
        if "from" in step.options:
            for source in sources:
                into.parent.mkdir(parents=True, exist_ok=True)
                run("cp", "-aT", str(self.stages[step.options["from"]].root / source.lstrip("/")), str(into))
            return
        for source in sources:
            self._copy_context(source, into, folder=target.endswith("/") or source in (".", "./"))

    def _copy_context(self, source: str, into: Path, *, folder: bool) -> None:
        wanted = [path for path in self.ignore.context(self.context)
                  if source in (".", "./") or path.as_posix() == source or path.as_posix().startswith(f"{source}/")]
        if not wanted:
            raise DockerfileError(f"COPY {source}: nothing of that name is in the context")
        for path in wanted:
            inner = path.relative_to(source) if source not in (".", "./") else path
            goal = into / inner if folder or inner != Path() else into
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.context / path, goal, follow_symlinks=False)
            os.chown(goal, 0, 0, follow_symlinks=False)


class lent:  # noqa: N801 - reads as a word in `with lent(root)`
    """Resolver, certificates and /proc in a root while a step runs, and gone after it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __enter__(self) -> None:
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        shutil.copy(_CERTIFICATES, self.root / _LENT.lstrip("/"))
        run("mount", "-t", "proc", "proc", str(self.root / "proc"))

    def __exit__(self, *_: object) -> None:
        run("umount", str(self.root / "proc"))
        (self.root / _LENT.lstrip("/")).unlink()
        (self.root / "etc/resolv.conf").write_text("")


def inside(built: Built, command: tuple[str, ...], env: dict[str, str]) -> None:
    """Runs ``command`` in the root, in the image's folder and as its user."""
    shell = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', built.image.workdir]
    done = subprocess.run(
        ["chroot", f"--userspec={built.image.user}", str(built.root), *shell, *command], env=env, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"check_dockerfile: a step ended with {done.returncode}")


def mirror() -> str:
    """The Debian mirror that this machine itself uses."""
    for path in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))):
        text = path.read_text("utf-8") if path.is_file() else ""
        for word in text.split():
            if word.startswith("http") and word.rstrip("/").endswith("/debian"):
                return word
    return "http://deb.debian.org/debian"


def mirror_sources(root: Path, suite: str) -> Path:
    """A sources.list like that of the official image: the release, its updates and its security fixes."""
    base = mirror().rstrip("/")
    places = ((base, suite), (base, f"{suite}-updates"), (f"{base}-security", f"{suite}-security"))
    lines = [f"deb {url} {name} main" for url, name in places]
    path = root / "tmp" / "sources.list"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*command: str) -> None:
    """A command of this machine. Raises SystemExit with its name when it fails."""
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"check_dockerfile: {command[0]} ended with {done.returncode}")


def say(what: str) -> None:
    sys.stdout.write(f"\n[{time.strftime('%H:%M:%S')}] {what}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """0 when the image answered; says what failed otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, help="an empty folder to build in, kept (default: a temporary one)")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        sys.stderr.write("check_dockerfile: needs root on Linux, for chroot and a network of its own\n")
        return 2
    for tool in ("debootstrap", "chroot", "unshare", "mount"):
        if shutil.which(tool) is None:
            sys.stderr.write(f"check_dockerfile: {tool} is not installed (apt-get install debootstrap)\n")
            return 2
    work = options.work or Path(tempfile.mkdtemp(prefix="wardgate-image-"))
    try:
        built = Builder(work, ROOT).build(parse((ROOT / "Dockerfile").read_text("utf-8")))
        image = work / "image.json"
        image.write_text(json.dumps(asdict(built.image)))
        say("starting the image in a network of its own")
        return subprocess.run(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", sys.executable, "-m",
             "deploy.run_image", str(built.root), str(image)], cwd=ROOT, check=False, stdin=subprocess.DEVNULL,
        ).returncode  # fmt: skip
    finally:
        for place in work.glob("*/proc"):
            if os.path.ismount(place):
                run("umount", "--lazy", str(place))
        if options.work is None:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
