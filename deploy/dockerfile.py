"""Reads a Dockerfile and its .dockerignore as Docker does, so that a check runs the file itself and not a copy of it.

Only what ours uses is understood; anything else raises, so that nothing is silently left out of the check.
Source of the rules: https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


class DockerfileError(ValueError):
    """An instruction that the check does not understand; names its line."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. ``words`` of RUN in shell form is one command line; ``options`` are its ``--name=value``."""

    line: int
    name: str
    words: tuple[str, ...]
    shell: bool = False
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """From one FROM to the next."""

    base: str
    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """What a container is started with."""

    env: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    workdir: str = "/"
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


def parse(text: str) -> tuple[Stage, ...]:
    """The stages of a Dockerfile. Raises DockerfileError."""
    stages: list[Stage] = []
    for line, content in _logical_lines(text):
        name, _, rest = content.partition(" ")
        name, rest = name.upper(), rest.strip()
        if name == "FROM":
            words = rest.split()
            named = words[2] if len(words) == 3 and words[1].upper() == "AS" else ""
            if len(words) not in (1, 3) or (len(words) == 3 and not named):
                raise DockerfileError(f"line {line}: FROM image [AS name]")
            stages.append(Stage(words[0], named, ()))
            continue
        if not stages:
            raise DockerfileError(f"line {line}: {name} before the first FROM")
        stages[-1] = replace(stages[-1], steps=(*stages[-1].steps, _step(line, name, rest)))
    if not stages:
        raise DockerfileError("holds no FROM")
    return tuple(stages)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    begun, parts = 0, []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        begun = begun or number
        parts.append(raw.strip().removesuffix("\\").strip())
        if not raw.rstrip().endswith("\\"):
            yield begun, " ".join(parts)
            begun, parts = 0, []
    if parts:
        raise DockerfileError(f"line {begun}: the last line goes on")


def _step(line: int, name: str, rest: str) -> Step:
    options: dict[str, str] = {}
    while found := re.match(r"--([a-z-]+)=(\S+)\s*", rest):
        options[found[1]], rest = found[2], rest[found.end() :]
    allowed = {"COPY": {"from"}, "HEALTHCHECK": {"interval", "timeout", "start-period", "retries"}}.get(name, set())
    if options.keys() - allowed or rest.startswith("--"):
        raise DockerfileError(f"line {line}: options of {name} that this check does not know")
    if name == "HEALTHCHECK":
        inner, _, rest = rest.partition(" ")
        if inner.upper() != "CMD":
            raise DockerfileError(f"line {line}: HEALTHCHECK … CMD [..]")
    if name in ("CMD", "HEALTHCHECK"):
        return Step(line, name, _exec_form(line, name, rest), False, options)
    if name == "RUN":
        if rest.startswith("["):
            return Step(line, name, _exec_form(line, name, rest), False, options)
        return Step(line, name, (rest,), True, options)
    if name in ("COPY", "ENV", "WORKDIR", "USER", "EXPOSE", "ARG"):
        return Step(line, name, tuple(shlex.split(rest)), False, options)
    raise DockerfileError(f"line {line}: {name} is not understood by this check")


def _exec_form(line: int, name: str, rest: str) -> tuple[str, ...]:
    try:
        words = json.loads(rest)
    except json.JSONDecodeError:
        raise DockerfileError(f"line {line}: {name} must be a JSON array") from None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise DockerfileError(f"line {line}: {name} must be a JSON array of strings")
    return tuple(words)


def expanded(word: str, variables: dict[str, str]) -> str:
    """``word`` with ``$NAME`` and ``${NAME}`` replaced; what is not set is empty, as in Docker."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], ""), word)


def configured(image: Image, step: Step) -> Image:
    """``image`` after an instruction that changes no file."""
    if step.name == "ENV":
        pairs = [word.partition("=") for word in step.words]
        if not all(equals for _, equals, _ in pairs):
            raise DockerfileError(f"line {step.line}: ENV name=value …")
        return replace(image, env=image.env | {name: expanded(value, image.env) for name, _, value in pairs})
    if step.name == "WORKDIR":
        return replace(image, workdir=str(PurePosixPath(image.workdir) / step.words[0]))
    if step.name == "USER":
        return replace(image, user=step.words[0])
    if step.name == "EXPOSE":
        return replace(image, ports=image.ports + tuple(int(word) for word in step.words))
    if step.name == "CMD":
        return replace(image, command=step.words)
    if step.name == "HEALTHCHECK":
        return replace(image, health=step.words)
    return image


# -- .dockerignore ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ignore:
    """The rules of a .dockerignore: the last one that matches a path, or a folder above it, decides."""

    rules: tuple[tuple[bool, re.Pattern[str]], ...]
    kept: tuple[str, ...] = ()
    """The paths that a ``!`` brings back."""

    @classmethod
    def parse(cls, text: str) -> Ignore:
        rules, kept = [], []
        for raw in text.splitlines():
            line = raw.strip()
            if not line or line.startswith("#"):
                continue
            out = not line.startswith("!")
            path = line.removeprefix("!").strip().strip("/")
            rules.append((out, _pattern(path)))
            kept += [] if out else [path]
        return cls(tuple(rules), tuple(kept))

    def leaves_out(self, path: str) -> bool:
        """Whether ``path``, relative and with slashes, stays out of the context."""
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        out = False
        for leaves_out, pattern in self.rules:
            if out != leaves_out and any(pattern.fullmatch(each) for each in above):
                out = leaves_out
        return out

    def context(self, root: Path) -> Iterator[Path]:
        """The files of the context, relative to ``root``, folder by folder."""
        for name, folders, files in os.walk(root):
            here = Path(name).relative_to(root)
            folders[:] = sorted(each for each in folders if not self._empty((here / each).as_posix()))
            links = [each for each in folders if (root / here / each).is_symlink()]
            for each in sorted((*files, *links)):
                if not self.leaves_out((here / each).as_posix()):
                    yield here / each

    def _empty(self, folder: str) -> bool:
        return self.leaves_out(folder) and not any(path.startswith((f"{folder}/", "*")) for path in self.kept)


def _pattern(line: str) -> re.Pattern[str]:
    out, at = "", 0
    while at < len(line):
        if line.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif line.startswith("**", at):
            out, at = out + ".*", at + 2
        elif line[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif line[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(line[at]), at + 1
    return re.compile(out)
