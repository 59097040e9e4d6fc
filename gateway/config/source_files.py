"""Reads the documents that a policy names by globs, so that guards compare with texts and never touch disks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.core.policy import SourceFile
from gateway.errors import ConfigError

MAX_FILES = 2000
MAX_BYTES = 32 << 20
"""All documents of one parameter together."""


def read_sources(globs: Any, directory: Path, seen: set[str]) -> tuple[SourceFile, ...]:
    """Files that match ``globs`` (relative to ``directory``), sorted by name, each once.

    Adds every path to ``seen``, the directories' globs included, for whoever watches them. Raises
    ConfigError when a glob matches nothing: a leak guard without documents would guard nothing.
    """
    patterns = [globs] if isinstance(globs, str) else globs
    if not isinstance(patterns, list) or not all(isinstance(each, str) and each for each in patterns):
        raise ConfigError("must be a list of file globs", cure="write [\"documents/*.md\"]")
    found: dict[str, Path] = {}
    for glob in patterns:
        paths = _matching(directory, glob)
        if not paths:
            raise ConfigError(f"no file matches '{glob}'", cure=f"looked in {directory.absolute()}, the policy file's "
                              "folder: bring the documents along when the file moves, or correct the glob")
        found.update((str(path), path) for path in paths)
    if len(found) > MAX_FILES:
        raise ConfigError(f"names {len(found)} files, more than {MAX_FILES}", cure="narrow the globs")
    seen.update(found)
    out, total = [], 0
    for name in sorted(found):
        text = _text(found[name])
        total += len(text)
        if total > MAX_BYTES:
            raise ConfigError("names more than 32 MiB of documents", cure="narrow the globs")
        out.append(SourceFile(found[name].name, text))
    return tuple(out)


def _matching(directory: Path, glob: str) -> list[Path]:
    """Files under ``directory`` that match; leading ``..`` steps are walked first, as globs do not take them."""
    path = Path(glob)
    start = Path(path.anchor) if path.is_absolute() else directory
    parts = list(path.relative_to(path.anchor).parts if path.is_absolute() else path.parts)
    while parts and not any(sign in parts[0] for sign in "*?["):
        start = start / parts.pop(0)
    try:
        if not parts:
            return [start] if start.is_file() else []
        return sorted(each for each in start.glob("/".join(parts)) if each.is_file())
    except OSError:
        return []
    except ValueError:
        raise ConfigError(f"'{glob}' is no glob", cure="`**` stands alone between slashes: documents/**/*.md") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"'{path.name}' cannot be read: {error.strerror}", cure="check its rights") from None
    except UnicodeDecodeError:
        raise ConfigError(f"'{path.name}' is not UTF-8 text", cure="convert it, or narrow the globs") from None
